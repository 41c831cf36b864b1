// The example host's page, its player embedded in a third-party page, and the script that controls it, in a browser.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { paste, playing, site, startHost } from './host.mjs';
import { chromium, film, folder, newPage } from './serve.mjs';
import { PLAYERS, site as playersSite } from './sync.mjs';

const SECONDS = 8;
const shots = process.env.VODKIT_SCREENSHOTS;
const scratch = folder();
let browser;
let host;
let web;

async function api(method, path, body) {
  const headers = { Authorization: 'Bearer secret', 'Content-Type': 'application/json' };
  const url = `${host.address}/client/v4/accounts/demo/stream${path}`;
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  return (await answer.json()).result;
}

before(async () => {
  mkdirSync(shots, { recursive: true });
  web = await site(film(join(scratch.path, 'film.mp4'), SECONDS));
  host = await startHost(join(scratch.path, 'data'), '--rungs', '360,180', '--preset', 'ultrafast');
  browser = await chromium();
});

after(async () => {
  await browser?.close();
  web?.stop();
  const code = await host?.stop();
  scratch.remove();
  assert.equal(code, 0);
});

test('the page takes a link and plays it', { timeout: 90_000 }, async (t) => {
  const page = await newPage(browser);
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  const waited = await paste(page, host, `${web.address}/film.mp4`);
  assert.equal(new URL(page.url()).hash, '');
  t.diagnostic(`from the link to playback: ${(waited / 1000).toFixed(2)} s`);
  await page.screenshot({ path: join(shots, 'host-playing.png') });
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.getElementById('player').open), false);
  await page.waitForFunction(() => document.querySelector('.state').textContent === 'ready', null, { timeout: 60_000 });
  await page.waitForFunction(() => document.querySelector('.card img').naturalWidth > 0);
  await page.setViewportSize({ width: 390, height: 800 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it does not fit a phone');
  await page.screenshot({ path: join(shots, 'host-phone.png') });
  assert.deepEqual([errors, await page.isHidden('#error')], [[], true]);
  await page.close();
});

test('a file is uploaded, and a video deleted', { timeout: 60_000 }, async () => {
  const page = await newPage(browser);
  page.on('dialog', (dialog) => dialog.accept());
  await page.goto(`${host.address}/#token=secret`);
  const file = { name: 'mine.mp4', mimeType: 'video/mp4', buffer: readFileSync(join(scratch.path, 'film.mp4')) };
  await page.setInputFiles('#file', file);
  const card = page.locator('.card', { has: page.getByText('mine.mp4') });
  await card.getByText('ready', { exact: true }).waitFor();
  await card.getByText('Delete').click();
  await card.waitFor({ state: 'detached' });
  await page.close();
});

test('a third-party page controls the player', { timeout: 60_000 }, async () => {
  const { uid } = await api('POST', '/copy', { url: `${web.address}/film.mp4` });
  web.pages.embed = `<iframe src="${host.address}/${uid}/iframe?muted=true&startTime=2s" width="640" height="360"
    allow="autoplay"></iframe><script src="${host.address}/embed/sdk.latest.js"></script>
    <script>window.heard = []; window.player = Stream(document.querySelector('iframe'));
    for (const name of ['play', 'pause', 'seeked', 'ended']) player.addEventListener(name, () => heard.push(name));</script>`;
  const page = await newPage(browser);
  await page.goto(`${web.address}/`);
  await page.evaluate(() => player.play());
  const frame = await playing(page);
  assert.ok(await frame.evaluate(() => document.querySelector('video').currentTime) >= 1.9, 'startTime is not kept');
  await page.evaluate(() => player.pause());
  assert.ok(await frame.evaluate(() => document.querySelector('video').paused));
  await page.waitForFunction(() => Math.abs(player.duration - 8) < 0.2 && player.paused);
  await page.evaluate(() => { player.currentTime = 7.5; return player.play(); });
  await page.waitForFunction(() => heard.includes('ended'), null, { timeout: 20_000 });
  const heard = await page.evaluate(() => window.heard);
  assert.ok(['play', 'pause', 'seeked', 'ended'].every((name) => heard.includes(name)), heard.join());
  await page.screenshot({ path: join(shots, 'host-embedded.png') });
  await page.close();
});

test('play may be asked for at any moment while the player loads', { timeout: 90_000 }, async () => {
  const { uid } = await api('POST', '/copy', { url: `${web.address}/film.mp4` });
  web.pages.embed = `<iframe src="${host.address}/${uid}/iframe?muted=true&startTime=2s" allow="autoplay"></iframe>
    <script src="${host.address}/embed/sdk.latest.js"></script>
    <script>window.player = Stream(document.querySelector('iframe'));</script>`;
  for (let delay = 0; delay < 400; delay += 25) {
    const page = await newPage(browser);
    await page.goto(`${web.address}/`, { waitUntil: 'commit' });
    await page.waitForFunction(() => window.player, null, { polling: 5 });
    await page.waitForTimeout(delay);
    await page.evaluate(() => player.play());
    await playing(page);
    await page.evaluate(() => { player.currentTime = 7.8; });
    await page.waitForFunction(() => player.ended, null, { timeout: 20_000 });
    await page.close();
  }
});

/** The videos of which a player loads segments while it plays from start to end. */
async function loaded(players, player, address) {
  const page = await newPage(browser);
  const videos = new Set();
  page.on('request', (request) => {
    const [, id] = request.url().match(/\/(\d+p)\/\d+\.m4s/) ?? [];
    if (id) videos.add(id);
  });
  try {
    await page.goto(`${players.address}/sync.html?player=${player}&src=${encodeURIComponent(address)}`);
    await page.waitForFunction(() => window.run);
    assert.deepEqual((await page.evaluate(() => run([]))).errors, []);
    await page.evaluate(() => Object.assign(document.querySelector('video'), { playbackRate: 4, muted: true }).play());
    await page.waitForFunction(() => document.querySelector('video').ended, null, { timeout: 30_000 });
    return [...videos].sort();
  } finally {
    await page.close();
  }
}

describe('a bandwidth hint', { concurrency: 3 }, () => {
  let players;
  let manifests;
  let hint;

  before(async () => {
    players = await playersSite(scratch.path);
    const { uid } = await api('POST', '/copy', { url: `${web.address}/film.mp4` });
    while ((await api('GET', `/${uid}`)).status.state !== 'ready') await new Promise((done) => setTimeout(done, 100));
    manifests = `${host.address}/${uid}/manifest/video`;
    const playlist = await (await fetch(`${manifests}.m3u8`)).text();
    // A bit per second less than the larger one takes.
    hint = (Math.max(...[...playlist.matchAll(/:BANDWIDTH=(\d+)/g)].map(([, rate]) => Number(rate))) - 1) / 1e6;
  });

  after(() => players?.stop());

  // video.js goes by the size of the player too, whatever the bandwidth.
  for (const [player, manifest] of PLAYERS.filter(([name]) => name !== 'videojs')) {
    const address = () => manifests + manifest.slice(manifest.indexOf('.'));
    test(`${player} obeys it with ${manifest}`, { timeout: 90_000 }, async () => {
      assert.deepEqual(await loaded(players, player, `${address()}?clientBandwidthHint=${hint}`), ['180p']);
      const free = await loaded(players, player, address());
      assert.ok(free.includes('360p'), `without it loads ${free}`);
    });
  }
});

test('a signed video plays only with its token', { timeout: 60_000 }, async () => {
  const { uid } = await api('POST', '/copy', { url: `${web.address}/film.mp4`, requireSignedURLs: true });
  const { token } = await api('POST', `/${uid}/token`);
  const page = await newPage(browser);
  const answer = await page.goto(`${host.address}/${uid}/watch`);
  assert.equal(answer.status(), 401);
  assert.equal(await page.locator('video').count(), 0);
  await page.goto(`${host.address}/${token}/watch?autoplay=true&muted=true`);
  await page.waitForFunction(() => document.querySelector('video')?.currentTime > 0.1, null, { timeout: 30_000 });
  // The owner sees its thumbnail.
  await page.goto(`${host.address}/#token=secret`);
  await page.waitForFunction(() => document.querySelector('.card img').naturalWidth > 0, null, { timeout: 30_000 });
  await page.close();
});

test('a third-party page makes a resumable upload and resumes it', { timeout: 60_000 }, async () => {
  const client = readFileSync(new URL('node_modules/tus-js-client/dist/tus.min.js', import.meta.url));
  const bytes = readFileSync(join(scratch.path, 'film.mp4'));
  web.pages['/tus.js'] = ['text/javascript', () => client];
  web.pages.embed = '<script src="/tus.js"></script>';
  const page = await newPage(browser);
  await page.goto(`${web.address}/`);
  const [uid, offsets] = await page.evaluate(async ([endpoint, size]) => {
    const file = new File([await (await fetch('/film.mp4')).arrayBuffer()], 'film.mp4', { type: 'video/mp4' });
    const offsets = [];
    let [uid, upload] = [];
    const options = (settle, fail) => ({
      endpoint,
      chunkSize: Math.ceil(size / 4),
      headers: { Authorization: 'Bearer secret' },
      metadata: { name: 'From a page', filename: file.name, filetype: file.type },
      onAfterResponse: (_, response) => { uid = response.getHeader('stream-media-id') ?? uid; },
      onChunkComplete: (_, sent) => { offsets.push(sent); if (offsets.length === 2) upload.abort().then(settle); },
      onSuccess: settle,
      onError: fail,
    });
    await new Promise((settle, fail) => { upload = new tus.Upload(file, options(settle, fail)); upload.start(); });
    upload = null;
    await new Promise((settle, fail) => {
      const again = new tus.Upload(file, options(settle, fail));
      again.findPreviousUploads().then(([previous]) => { again.resumeFromPreviousUpload(previous); again.start(); });
    });
    return [uid, offsets];
  }, [`${host.address}/client/v4/accounts/demo/stream`, bytes.length]);
  const quarter = Math.ceil(bytes.length / 4);
  assert.deepEqual(offsets, [quarter, 2 * quarter, 3 * quarter, bytes.length]);
  const { size, meta } = await api('GET', `/${uid}`);
  assert.deepEqual([size, meta.name], [bytes.length, 'From a page']);
  await page.close();
});
