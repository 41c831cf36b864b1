// Lets a page control a player that it embeds:
//
//   <script src="https://HOST/embed/sdk.latest.js"></script>
//   const player = Stream(document.querySelector('iframe'));
//   player.addEventListener('timeupdate', () => console.log(player.currentTime));
//   await player.play();

'use strict';

window.Stream = function Stream(frame) {
  const events = new EventTarget();
  const waiting = new Map();
  const origin = new URL(frame.src, location.href).origin;
  let [state, count, connected] = [{}, 0, false];
  const queue = [];

  const send = (message) => (connected ? frame.contentWindow.postMessage({ vodkit: 1, ...message }, origin) : queue.push(message));

  addEventListener('message', ({ source, data }) => {
    if (source !== frame.contentWindow || data?.vodkit !== 1) return;
    state = data.state;
    if (!connected) {
      connected = true;
      queue.splice(0).forEach(send);
    }
    if (data.event) events.dispatchEvent(new Event(data.event));
    const answer = waiting.get(data.answer);
    waiting.delete(data.answer);
    if (answer) (data.error ? answer.fail(new Error(data.error)) : answer.done());
  });

  const ask = (call) => new Promise((done, fail) => {
    count += 1;
    waiting.set(count, { done, fail });
    send({ call, id: count });
  });

  const player = {
    play: () => ask('play'),
    pause: () => ask('pause'),
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
  };
  const readable = ['duration', 'ended', 'paused', 'seeking', 'videoHeight', 'videoWidth'];
  const writable = ['autoplay', 'controls', 'currentTime', 'loop', 'muted', 'playbackRate', 'poster', 'preload', 'volume'];
  for (const name of readable) Object.defineProperty(player, name, { get: () => state[name] });
  for (const name of writable) {
    Object.defineProperty(player, name, {
      get: () => state[name],
      set: (value) => { state[name] = value; send({ set: name, value }); },
    });
  }
  // The player may have loaded before this script.
  if (frame.contentWindow) frame.contentWindow.postMessage({ vodkit: 1, id: 0 }, origin);
  return player;
};
