// A web server of one file behind a proxy that has the bandwidth and the delay of a link to another place.

import { createReadStream, statSync } from 'node:fs';
import { createServer as createWebServer } from 'node:http';
import { connect, createServer } from 'node:net';

const PIECE = 16 * 1024;
/** Bytes under way at most, per connection: beyond that the server waits. */
const UNDER_WAY = 1 << 20;

const listening = async (server) => {
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return server.address().port;
};

/** Serves `video` with ranges. */
async function fileServer(video) {
  const { size } = statSync(video);
  const server = createWebServer((request, answer) => {
    const [, from, to] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? [];
    const first = Number(from ?? 0);
    const last = Math.min(to ? Number(to) : size - 1, size - 1);
    const headers = { 'Content-Type': 'video/mp4', 'Content-Length': last - first + 1, 'Accept-Ranges': 'bytes', ETag: '"1"' };
    if (from) headers['Content-Range'] = `bytes ${first}-${last}/${size}`;
    answer.writeHead(from ? 206 : 200, headers);
    const file = createReadStream(video, { start: first, end: last });
    answer.on('close', () => file.destroy());
    file.pipe(answer);
  });
  return { port: await listening(server), server };
}

/** Passes on what comes from a connection no sooner than `delay` after it came, and with `rate` bytes in a millisecond. */
class Slowed {
  constructor(rate, delay) {
    Object.assign(this, { rate, delay, free: 0, queue: [], timer: null });
  }

  pass(bytes, send) {
    for (let start = 0; start < bytes.length; start += PIECE) {
      const piece = bytes.subarray(start, start + PIECE);
      const begin = Math.max(performance.now() + this.delay, this.free);
      this.free = begin + piece.length / this.rate;
      this.queue.push({ at: this.free, send: () => send(piece) });
    }
    this.timer ??= setInterval(() => this.flush(), 1);
  }

  flush() {
    while (this.queue.length && this.queue[0].at <= performance.now()) this.queue.shift().send();
    if (!this.queue.length) {
      clearInterval(this.timer);
      this.timer = null;
    }
  }
}

/** A link to `video` over `megabits` per second, on which a connection and each answer take `delay` milliseconds longer. */
export async function farAway(video, megabits, delay) {
  const { port, server } = await fileServer(video);
  const line = new Slowed(megabits * 125, delay);
  const connections = new Set();
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    const end = () => { near.destroy(); far.destroy(); connections.delete(end); };
    connections.add(end);
    let underWay = 0;
    // As long as it would take to connect.
    const opened = performance.now() + delay;
    near.on('data', (bytes) => setTimeout(() => far.write(bytes), Math.max(0, opened - performance.now())));
    far.on('data', (bytes) => {
      underWay += bytes.length;
      if (underWay > UNDER_WAY) far.pause();
      line.pass(bytes, (piece) => {
        underWay -= piece.length;
        near.write(piece);
        if (underWay <= UNDER_WAY) far.resume();
      });
    });
    [near, far].forEach((socket) => socket.on('error', end).on('close', end));
  });
  const link = `http://127.0.0.1:${await listening(proxy)}/film.mp4`;
  const stop = () => {
    connections.forEach((end) => end());
    proxy.close();
    server.closeAllConnections();
    server.close();
  };
  return { link, stop };
}
