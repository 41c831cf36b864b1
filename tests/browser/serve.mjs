// `vodkit serve` as a test runs it, and videos for it.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { chromium as chrome } from 'playwright-core';

const command = process.env.VODKIT_COMMAND;

/** A headless Chromium with a fresh profile. */
export const chromium = () => chrome.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--autoplay-policy=no-user-gesture-required'],
});

/** An empty page. */
export const newPage = (browser) => browser.newPage({ viewport: { width: 1000, height: 800 } });

/** Opens a server's page, and waits until the first picture is there. */
export async function open(page, address) {
  await page.goto(address, { waitUntil: 'commit' });
  await page.waitForFunction(() => window.playback?.startup, null, { timeout: 20_000, polling: 10 });
}

/** A folder that `remove` takes away. */
export function folder() {
  const path = mkdtempSync(join(tmpdir(), 'vodkit-browser-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The brightness of all pixels of the source's pictures in this second. */
export const brightness = (second) => 40 + (second * 37) % 170;

/** A video that has another brightness in each second, and a tone. */
export function film(path, seconds) {
  const grey = `color=s=640x360:r=25:d=${seconds},geq=lum='40+mod(floor(T)*37\\,170)':cb=128:cr=128`;
  const line = ['-loglevel', 'error', '-y', '-f', 'lavfi', '-i', grey, '-f', 'lavfi', '-i', `sine=d=${seconds}`];
  execFileSync('ffmpeg', [...line, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p',
    '-color_range', 'tv', '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709',
    '-g', '50', '-c:a', 'aac', path]);
  return path;
}

/** The same video with subtitles: SubRip in English, and in German forced ones. */
export function subtitled(path, video, text) {
  const languages = ['-metadata:s:s:0', 'language=eng', '-metadata:s:s:1', 'language=ger', '-disposition:s:1', 'forced'];
  execFileSync('ffmpeg', ['-loglevel', 'error', '-y', '-i', video, '-i', text, '-i', text, '-map', '0', '-map', '1',
    '-map', '2', '-c', 'copy', '-c:a', 'flac', '-c:s', 'srt', ...languages, path]);
  return path;
}

/** Sound without pictures, in English and German. */
export function song(path, seconds) {
  const tones = [440, 880].flatMap((tone) => ['-f', 'lavfi', '-i', `sine=f=${tone}:d=${seconds}`]);
  execFileSync('ffmpeg', ['-loglevel', 'error', '-y', ...tones, '-map', '0', '-map', '1', '-c:a', 'aac',
    '-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=ger', path]);
  return path;
}

/** Starts the server; gives its address once it tells it, and how to stop it as Ctrl-C does. */
export const serve = (input, ...options) => serveWith(command, input, ...options);

/** The same with another build of the command. */
export async function serveWith(command, input, ...options) {
  const child = spawn(command, ['serve', input, '--port', '0', '--quiet', ...options]);
  let said = '';
  child.stderr.on('data', (text) => { said += text; });
  const ended = new Promise((done) => child.on('exit', done));
  const line = await Promise.race([
    new Promise((done) => createInterface(child.stdout).once('line', done)),
    ended.then((code) => { throw new Error(`the server ended with ${code}: ${said}`); }),
  ]);
  const stop = async () => {
    child.kill('SIGINT');
    return ended;
  };
  return { address: line.match(/http:\S+/)[0], stop };
}
