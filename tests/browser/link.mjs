// How long it takes from a link to the first picture in a browser that is open already, with this build of the command
// and with another one, in turns. The link's server is 100 Mbit/s and 40 ms away. Called by `make compare`.
//
//   VODKIT_COMMAND=command BASE=command node link.mjs PAIRS VIDEO...
//
// Prints a line of JSON for each video: its milliseconds with both, turn by turn.

import { farAway } from './far.mjs';
import { chromium, newPage, open, serveWith } from './serve.mjs';

const [pairs, ...videos] = process.argv.slice(2);
const commands = [process.env.VODKIT_COMMAND, process.env.BASE];

async function once(browser, command, video) {
  const page = await newPage(browser);
  await page.goto('about:blank');
  const far = await farAway(video, 100, 40);
  // A browser that is open has nothing to do.
  await page.waitForTimeout(500);
  const began = performance.now();
  const server = await serveWith(command, far.link, '--allow-private-addresses');
  await open(page, server.address);
  const shown = performance.now() - began;
  await page.close();
  await server.stop();
  far.stop();
  return shown;
}

const browser = await chromium();
try {
  for (const video of videos) {
    const times = [[], []];
    for (let turn = 0; turn < pairs; turn += 1) {
      const order = turn % 2 ? [1, 0] : [0, 1];
      for (const side of order) times[side].push(await once(browser, commands[side], video));
    }
    console.log(JSON.stringify({ ours: times[0], base: times[1] }));
  }
} finally {
  await browser.close();
}
