// Real players in a real browser play a package that is made while they play it.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { brightness, chromium, film, folder, newPage, open, serve, song, subtitled } from './serve.mjs';

const SECONDS = 16;
const PLAYERS = ['hls', 'dash', 'native'];
const LADDER = ['--rungs', '360,240,144', '--preset', 'ultrafast', '--segment-seconds', '2'];
const shots = process.env.VODKIT_SCREENSHOTS;

const scratch = folder();
const captions = join(scratch.path, 'en.vtt');
let browser;
let video;

before(async () => {
  mkdirSync(shots, { recursive: true });
  video = film(join(scratch.path, 'film.mp4'), SECONDS);
  writeFileSync(captions, 'WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n\n00:05.000 --> 00:06.000\nFive\n');
  browser = await chromium();
});

after(async () => {
  await browser?.close();
  scratch.remove();
});

/** Opens the page of a new server, does `work` with it, and checks for errors. */
async function watch(name, query, work, ...options) {
  const server = await serve(video, ...LADDER, ...options);
  const page = await newPage(browser);
  const errors = [];
  page.on('pageerror', (error) => errors.push(`page: ${error.message}`));
  page.on('response', (answer) => { if (answer.status() >= 400) errors.push(`${answer.status()} ${answer.url()}`); });
  try {
    await open(page, `${server.address}?${query}`);
    await work(page);
    assert.deepEqual([...await page.evaluate(() => playback.errors), ...errors], []);
  } finally {
    await page.screenshot({ path: join(shots, `${name}.png`) }).catch(() => {});
    await page.close();
    assert.equal(await server.stop(), 0);
  }
}

/** What is drawn now, and when in the video: the mean of the middle of the picture. */
const drawn = (page) => page.evaluate(async () => {
  const player = document.getElementById('video');
  const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 36 });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(player, 0, 0, 64, 36);
  const { data } = context.getImageData(16, 9, 32, 18);
  let sum = 0;
  for (let place = 0; place < data.length; place += 4) sum += data[place + 1];
  return { time: player.currentTime, level: sum / (data.length / 4) };
});

/** The picture is the source's of that moment; full-range grey of what the source has in limited range. */
function isRight({ time, level }) {
  // At the edge of a second either picture may be there.
  const seconds = [Math.floor(time - 0.06), Math.floor(time), Math.floor(time + 0.06)].filter((second) => second >= 0);
  const levels = seconds.map((second) => (brightness(Math.min(second, SECONDS - 1)) - 16) * 255 / 219);
  const nearest = Math.min(...levels.map((expected) => Math.abs(expected - level)));
  assert.ok(nearest < 8, `at ${time} s the picture has ${level}, not ${levels}`);
}

/** The right picture is drawn, if not in this moment then in the next ones. */
async function shows(page) {
  for (let patience = 50; ; patience -= 1) {
    try {
      return isRight(await drawn(page));
    } catch (error) {
      if (patience === 0) throw error;
      await page.waitForTimeout(40);
    }
  }
}

/** Seeks, and waits until the player is there. */
const seek = (page, time) => page.evaluate((to) => new Promise((done) => {
  const player = document.getElementById('video');
  player.addEventListener('seeked', done, { once: true });
  player.currentTime = to;
}), time);

describe('a package that is made while it plays', { concurrency: 2 }, () => {
  for (const player of PLAYERS) {
    test(`${player} plays from start to end without a gap`, { timeout: 90_000 }, async () => {
      await watch(`${player}-end`, `player=${player}`, async (page) => {
        await shows(page);
        await page.evaluate(() => { video.playbackRate = 2; return video.play(); });
        for (const until of [4, 8, 12]) {
          await page.waitForFunction((time) => video.currentTime > time, until, { timeout: 30_000 });
          await shows(page);
        }
        await page.waitForFunction(() => video.ended, null, { timeout: 30_000 });
        const state = await page.evaluate(() => ({
          duration: video.duration,
          gaps: video.buffered.length - 1,
          dropped: video.getVideoPlaybackQuality().corruptedVideoFrames,
        }));
        assert.ok(Math.abs(state.duration - SECONDS) < 0.1, `it lasts ${state.duration} s`);
        assert.deepEqual([state.gaps, state.dropped], [0, 0]);
      });
    });

    test(`${player} seeks to near the end at once`, { timeout: 60_000 }, async () => {
      await watch(`${player}-seek`, `player=${player}`, async (page) => {
        for (const part of [0.9, 0.1, 0.55]) {
          await seek(page, SECONDS * part + 0.5);
          await shows(page);
        }
      });
    });
  }

  for (const player of PLAYERS) {
    test(`${player} plays sound in two languages without pictures`, { timeout: 60_000 }, async () => {
      const server = await serve(song(join(scratch.path, `${player}.m4a`), 5), '--segment-seconds', '2');
      const page = await newPage(browser);
      try {
        await page.goto(`${server.address}?player=${player}`, { waitUntil: 'commit' });
        await page.waitForFunction(() => window.playback && video.readyState > 2, null, { timeout: 20_000 });
        await page.evaluate(() => { video.playbackRate = 2; return video.play(); });
        await page.waitForFunction(() => video.ended, null, { timeout: 30_000 });
        const [duration, errors] = await page.evaluate(() => [video.duration, playback.errors]);
        assert.deepEqual(errors, []);
        assert.ok(Math.abs(duration - 5) < 0.1, `it lasts ${duration} s`);
      } finally {
        await page.screenshot({ path: join(shots, `${player}-sound.png`) }).catch(() => {});
        await page.close();
        assert.equal(await server.stop(), 0);
      }
    });
  }

  for (const player of ['hls', 'dash']) {
    test(`${player} shows captions`, { timeout: 60_000 }, async () => {
      await watch(`${player}-captions`, `player=${player}`, async (page) => {
        const shown = () => [...video.textTracks].filter((track) => track.language === 'en')
          .flatMap((track) => { track.mode = 'showing'; return [...track.activeCues ?? []]; })
          .map((cue) => cue.text);
        await seek(page, 5.5);
        await page.waitForFunction(`(${shown})().join() === 'Five'`, null, { timeout: 20_000, polling: 100 });
      }, '--captions', `en:English=${captions}`);
    });

    test(`${player} shows the video's own subtitles, a cue of two segments once`, { timeout: 60_000 }, async () => {
      const text = join(scratch.path, `${player}.srt`);
      writeFileSync(text, '1\n00:00:02,500 --> 00:00:03,500\nTwo\n\n2\n00:00:09,000 --> 00:00:10,000\n<i>Nine</i>\n');
      const server = await serve(subtitled(join(scratch.path, `${player}.mkv`), video, text), ...LADDER);
      const page = await newPage(browser);
      try {
        await open(page, `${server.address}?player=${player}`);
        const shown = () => [...video.textTracks].filter((track) => track.language === 'en')
          .flatMap((track) => { track.mode = 'showing'; return [...track.activeCues ?? []]; })
          .map((cue) => `${cue.startTime} ${cue.endTime} ${cue.text}`);
        for (const [time, cues] of [[2.8, '2.5 3.5 Two'], [3.2, '2.5 3.5 Two'], [9.5, '9 10 <i>Nine</i>']]) {
          await seek(page, time);
          const isShown = page.waitForFunction(`(${shown})().join() === '${cues}'`, null, { timeout: 20_000, polling: 100 });
          await isShown.catch(async (cause) => {
            const state = await page.evaluate(() => ({
              tracks: [...video.textTracks].map(({ language, mode, cues }) => [language, mode, cues?.length]),
              time: video.currentTime,
              errors: playback.errors,
            }));
            throw new Error(`no "${cues}" at ${time}: ${JSON.stringify(state)}`, { cause });
          });
        }
        assert.deepEqual(await page.evaluate(() => playback.errors), []);
      } finally {
        await page.close();
        assert.equal(await server.stop(), 0);
      }
    });

    test(`${player} switches renditions up and down`, { timeout: 60_000 }, async () => {
      await watch(`${player}-switch`, `player=${player}&quality=0`, async (page) => {
        await page.evaluate(() => { video.playbackRate = 2; video.loop = true; return video.play(); });
        for (const [quality, height] of [[2, 360], [0, 144], [1, 240]]) {
          await page.evaluate((index) => playback.setQuality(index), quality);
          await page.waitForFunction((lines) => video.videoHeight === lines, height, { timeout: 20_000 });
          await shows(page);
        }
      });
    });
  }
});
