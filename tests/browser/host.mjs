// Starts the example host, and a third-party site.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

/** Starts the host with its data in a folder; returns its address and how to stop it. */
export async function startHost(data, ...more) {
  const options = ['--data', data, '--token', 'secret', '--port', '0', '--allow-private-addresses', ...more];
  const child = spawn(process.env.STREAM_HOST, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((done) => child.on('exit', done));
  const address = await new Promise((done) => createInterface(child.stdout).once('line', done));
  return { address, stop: () => { child.kill('SIGINT'); return ended; } };
}

/** A third-party site: a video, and a page with the HTML in `pages.embed`. */
export async function site(video) {
  const pages = { '/film.mp4': ['video/mp4', () => readFileSync(video)], '/': ['text/html', () => pages.embed ?? ''] };
  const server = createServer((request, answer) => {
    const [kind, content] = pages[request.url.split('?')[0]] ?? [];
    answer.writeHead(kind ? 200 : 404, { 'Content-Type': kind ?? 'text/plain' }).end(content?.());
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { address: `http://127.0.0.1:${server.address().port}`, pages, stop: () => server.close() };
}

/** Pastes a link into the host's page and plays the video as soon as it is playable; returns the milliseconds. */
export async function paste(page, host, link) {
  await page.goto(`${host.address}/#token=secret`);
  await page.fill('#link', link);
  const began = Date.now();
  await page.keyboard.press('Enter');
  const picture = await page.waitForSelector('.picture:not([disabled])', { timeout: 30_000 });
  // By keyboard, to test accessibility.
  await picture.focus();
  await page.keyboard.press('Enter');
  await playing(page);
  return Date.now() - began;
}

/** The player's frame, once it shows a frame of the video. */
export async function playing(page) {
  const frame = await page.waitForSelector('iframe').then((element) => element.contentFrame());
  await frame.waitForFunction(() => document.querySelector('video')?.currentTime > 0.1, null, { timeout: 30_000, polling: 20 });
  return frame;
}
