// Picture and sound stay together in players, and they find the pictures of the storyboard.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { chromium, folder } from './serve.mjs';
import { flashing, play, PLAYERS, site } from './sync.mjs';

/** Seconds that picture and sound may be apart. */
const ALLOWED = 0.005;
/** Over the first seam, and behind a seek over another. */
const STRETCHES = [[1.2, 2.8], [9.3, 10.8]];

const scratch = folder();
let browser;
let web;

before(async () => {
  flashing(scratch.path, '--storyboard', '--storyboard-interval', '4');
  [browser, web] = [await chromium(), await site(scratch.path)];
});

after(async () => {
  await browser?.close();
  web?.stop();
  scratch.remove();
});

for (const [player, manifest] of PLAYERS) {
  test(`${player} keeps picture and sound of ${manifest} together`, { timeout: 40_000 }, async () => {
    const seen = await play(browser, web.address, player, manifest, STRETCHES);
    assert.deepEqual([seen.errors, seen.gaps], [[], 0]);
    for (const moment of [1.5, 2.5, 9.5, 10.5]) {
      const beep = seen.beeps.find((time) => Math.abs(time - moment) < 0.3);
      assert.ok(Math.abs(beep - moment) < ALLOWED, `${moment} s: it beeps at ${seen.beeps}`);
      // A busy machine drops pictures, but shows no other.
      const flash = seen.flashes.find((time) => Math.abs(time - moment) < 0.3);
      assert.ok(flash === undefined || (flash > moment - 0.001 && flash < moment + 0.1), `${moment} s: it flashes at ${seen.flashes}`);
    }
    assert.ok(seen.flashes.length > 1, `it flashes at ${seen.flashes}`);
  });
}

for (const manifest of ['master.m3u8', 'manifest.mpd']) {
  test(`Shaka Player finds the tiles of ${manifest}`, { timeout: 40_000 }, async () => {
    const look = (page) => page.evaluate(async () => {
      const [{ id }] = player.getImageTracks();
      const at = await Promise.all([0, 5, 11.9].map((time) => player.getThumbnails(id, time)));
      const tile = ({ startTime, positionX, uris }) => [startTime, positionX, uris[0].split('/').pop()];
      return [at.map(tile), (await player.getAllThumbnails(id)).length];
    });
    const { more } = await play(browser, web.address, 'shaka', manifest, [], look);
    assert.deepEqual(more, [[[0, 0, '00001.jpg'], [4, 160, '00001.jpg'], [8, 320, '00001.jpg']], 3]);
  });
}
