// How long it takes from `vodkit serve` to the first picture in a browser that is open already, for a video and for
// an hour of it; and from a link pasted into the example host's page. Called by `make bench-startup`.

import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { paste, site, startHost } from './host.mjs';
import { chromium, folder, newPage, open, serve } from './serve.mjs';

const runs = Number(process.env.RUNS ?? 5);
const scratch = folder();

function videos() {
  const clip = process.env.VIDEO;
  const short = existsSync(clip) ? clip : join(scratch.path, 'minute.mp4');
  if (short !== clip) {
    console.log('the clip is not there: making one');
    execFileSync('ffmpeg', ['-loglevel', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=1280x720:r=24:d=55', '-f', 'lavfi',
      '-i', 'sine=d=55', '-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', short]);
  }
  const hour = join(scratch.path, 'hour.mp4');
  const list = join(scratch.path, 'list.txt');
  writeFileSync(list, `file ${resolve(short)}\n`.repeat(66));
  // MP3 within MP4 has no index that tells all; nobody makes it any more.
  const sound = ['-c:a', 'aac', '-b:a', '128k'];
  execFileSync('ffmpeg', ['-loglevel', 'error', '-f', 'concat', '-safe', '0', '-i', list, '-map', '0:v:0', '-map', '0:a:0',
    '-c:v', 'copy', ...sound, '-movflags', '+faststart', hour]);
  return [['the clip', short], ['an hour of it', hour]];
}

async function once(browser, input, player) {
  const page = await newPage(browser);
  await page.goto('about:blank');
  // A browser that is open has nothing to do.
  await page.waitForTimeout(1000);
  const began = performance.now();
  const server = await serve(input);
  const listening = performance.now() - began;
  await open(page, `${server.address}?player=${player}&quality=0`);
  const shown = performance.now() - began;
  await page.close();
  await server.stop();
  return { listening, shown };
}

async function pasted(browser, input, run) {
  const page = await newPage(browser);
  await page.goto('about:blank');
  const [host, web] = [await startHost(join(scratch.path, `data-${run}`)), await site(input)];
  await page.waitForTimeout(1000);
  const shown = await paste(page, host, `${web.address}/film.mp4`);
  await page.close();
  web.stop();
  await host.stop();
  return shown;
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const browser = await chromium();
try {
  const [clip, hour] = videos();
  for (const [name, input] of [clip, hour]) {
    for (const player of ['hls', 'dash', 'native']) {
      const times = [];
      for (let run = 0; run < runs; run += 1) times.push(await once(browser, input, player));
      const [listening, shown] = ['listening', 'shown'].map((what) => median(times.map((time) => time[what])) / 1000);
      console.log(`${name}, ${player}: first picture after ${shown.toFixed(2)} s; planned and listening after ${listening.toFixed(2)} s`);
    }
  }
  const times = [];
  for (let run = 0; run < runs; run += 1) times.push(await pasted(browser, clip[1], run));
  console.log(`${clip[0]}, pasted into the host's page: playing after ${(median(times) / 1000).toFixed(2)} s`);
} finally {
  await browser.close();
  scratch.remove();
}
