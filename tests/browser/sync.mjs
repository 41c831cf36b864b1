// Packages a source that flashes and beeps at the same moments, and measures them in players.
// As a program it prints the rows of docs/players.md.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium, folder, newPage } from './serve.mjs';

export const PLAYERS = [
  ['hls', 'master.m3u8'], ['native', 'master.m3u8'], ['dash', 'manifest.mpd'],
  ...['shaka', 'shaka4', 'videojs'].flatMap((player) => [[player, 'master.m3u8'], [player, 'manifest.mpd']]),
];
const HERE = fileURLToPath(new URL('.', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.m3u8': 'application/vnd.apple.mpegurl', '.mpd': 'application/dash+xml' };

/** A package of 12 seconds, 24 pictures per second with B-frames, which flashes and beeps half a second after each second. */
export function flashing(path, ...options) {
  const source = join(path, 'source.mov');
  const now = 'lt(mod(t+0.5,1),0.12)';
  const inputs = [`color=black:s=160x96:r=24:d=12,drawbox=c=white:t=fill:enable='${now}'`,
    'aevalsrc=0.7*sin(4000*PI*mod(t+0.5\\,1))*lt(mod(t+0.5\\,1)\\,0.02):s=48000:d=12'];
  execFileSync('ffmpeg', ['-loglevel', 'error', '-y', ...inputs.flatMap((input) => ['-f', 'lavfi', '-i', input]),
    '-c:v', 'libx264', '-g', '48', '-bf', '2', '-b_strategy', '0', '-pix_fmt', 'yuv420p', '-c:a', 'pcm_s16le', source]);
  execFileSync(process.env.VODKIT_COMMAND, ['package', source, '-o', join(path, 'package'), '--rungs', '96',
    '--preset', 'superfast', '--segment-seconds', '2', ...options], { stdio: 'ignore' });
}

/** Serves the page, the players and the package in `path`. */
export async function site(path) {
  const server = createServer(({ url }, answer) => {
    const [name] = url.split('?');
    const file = name.startsWith('/package/') ? join(path, name) : join(HERE, name);
    if (!existsSync(file)) return answer.writeHead(404).end();
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    return answer.writeHead(200, { 'Content-Type': type }).end(readFileSync(file));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { address: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** What a player shows and plays in these stretches of the video, each from one second to another. */
export async function play(browser, address, player, manifest, stretches, look) {
  const page = await newPage(browser);
  try {
    await page.goto(`${address}/sync.html?player=${player}&src=/package/${manifest}`);
    await page.waitForFunction(() => window.run);
    const seen = await page.evaluate((stretches) => run(stretches), stretches);
    return { ...seen, more: await look?.(page) };
  } finally {
    await page.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const scratch = folder();
  flashing(scratch.path);
  const [browser, web] = [await chromium(), await site(scratch.path)];
  for (const [player, manifest] of PLAYERS) {
    const { flashes, beeps } = await play(browser, web.address, player, manifest, [[0, 3.2], [8.2, 10.8]]);
    const apart = flashes.map((flash) => beeps.map((beep) => (beep - flash) * 1000).sort((a, b) => Math.abs(a) - Math.abs(b))[0]);
    console.log(player.padEnd(8), manifest.padEnd(12), apart.map((late) => late.toFixed(1)).join(' '));
  }
  await browser.close();
  web.stop();
  scratch.remove();
}
