// Players read closed captions of the source from the text renditions, each at its time and once.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { chromium, folder } from './serve.mjs';
import { play, site } from './sync.mjs';

/** Codes of CEA-608: what loads HELLO and LATER, shows them, and takes them away. */
const LOAD = '9420 9420 94ae 94ae 9470 9470';
const CODES = [['01:00', `${LOAD} c845 4c4c 4f80`], ['02:00', '942f 942f'], ['05:00', '942c 942c'],
  ['06:00', `${LOAD} 4cc1 5445 5280`], ['07:00', '942f 942f'], ['09:00', '942c 942c'], ['10:00', '942c 942c']];
/** The first one stands in three segments, the second in two. */
const CUES = [[2, 5, 'HELLO'], [7, 9, 'LATER']];

const scratch = folder();
let browser;
let web;

before(async () => {
  const [codes, source] = [join(scratch.path, 'a.scc'), join(scratch.path, 'a.mov')];
  writeFileSync(codes, `Scenarist_SCC V1.0\n\n${CODES.map(([time, words]) => `00:00:${time}\t${words}\n\n`).join('')}`);
  execFileSync('ffmpeg', ['-loglevel', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=160x96:r=30:d=12', '-f', 'lavfi',
    '-i', 'sine=d=12', '-i', codes, '-map', '0', '-map', '1', '-map', '2', '-c:v', 'libx264', '-pix_fmt', 'yuv420p',
    '-c:a', 'aac', '-c:s', 'copy', '-metadata:s:s:0', 'language=spa', source]);
  execFileSync(process.env.VODKIT_COMMAND, ['package', source, '-o', join(scratch.path, 'package'), '--rungs', '96',
    '--preset', 'superfast', '--segment-seconds', '2'], { stdio: 'ignore' });
  [browser, web] = [await chromium(), await site(scratch.path)];
});

after(async () => {
  await browser?.close();
  web?.stop();
  scratch.remove();
});

/** Has the player show its first text, plays to the end, and tells which texts there are and what was to be read. On a busy
 * machine text may come after the pictures that it belongs to: then it is chosen and played once more. It plays as fast as
 * people watch: at three times that, dash.js passes over cues. */
const read = (page) => page.evaluate(async ({ count, patience }) => {
  const name = new URLSearchParams(location.search).get('player');
  const video = document.querySelector('video');
  const offered = {
    dash: () => player.getTracksFor('text').map(({ lang, labels }) => [lang, labels[0]?.text]),
    hls: () => player.subtitleTracks.map((track) => [track.lang, track.name]),
    shaka: () => player.getTextTracks().map(({ language, label }) => [language, label]),
  }[name.replace('4', '')]();
  const show = {
    dash: () => { player.enableText(true); player.setTextTrack(0); },
    hls: () => { player.subtitleDisplay = true; player.subtitleTrack = 0; },
    shaka: () => { player.selectTextTrack(player.getTextTracks()[0]); player.setTextTrackVisibility?.(true); },
  }[name.replace('4', '')];
  const seen = new Map();
  const look = setInterval(() => {
    for (const track of video.textTracks) {
      for (const { startTime, endTime, text } of track.cues ?? []) {
        const round = (time) => Math.round(time * 1000) / 1000;
        seen.set(`${round(startTime)} ${round(endTime)} ${text}`, [round(startTime), round(endTime), text.trim()]);
      }
    }
  }, 20);
  const deadline = performance.now() + patience;
  do {
    show();
    video.currentTime = 0;
    await video.play();
    await new Promise((done) => { video.ontimeupdate = () => { if (video.currentTime > 11) done(); }; });
  } while (seen.size < count && performance.now() < deadline);
  clearInterval(look);
  const twice = [...video.textTracks].flatMap((track) => [...track.cues ?? []].map(({ startTime, text }) => `${startTime} ${text}`));
  return { offered, cues: [...seen.values()].sort(([one], [other]) => one - other), doubled: twice.length - new Set(twice).size };
}, { count: CUES.length, patience: 30_000 });

for (const [player, manifest] of [['dash', 'manifest.mpd'], ['shaka', 'manifest.mpd'], ['shaka4', 'manifest.mpd'],
  ['hls', 'master.m3u8'], ['shaka', 'master.m3u8']]) {
  test(`${player} reads the captions of ${manifest}`, { timeout: 90_000 }, async () => {
    const seen = await play(browser, web.address, player, manifest, [], read);
    assert.deepEqual(seen.errors, []);
    assert.deepEqual(seen.more, { offered: [['es', 'CC1']], cues: CUES, doubled: 0 });
  });
}
