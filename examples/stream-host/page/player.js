// The player, on its own page and embedded. Its options are in the query:
//
//   autoplay, loop, muted            on if present, unless "false"
//   controls                         on unless "false"
//   preload                          none, metadata or auto
//   poster                           the URL of an image
//   startTime                        seconds, or 1m30s
//
// A page that embeds it controls it with /embed/sdk.latest.js.

'use strict';

const options = new URLSearchParams(location.search);
const video = document.getElementById('video');
const message = document.getElementById('message');
const here = location.pathname.replace(/\/[^/]*$/, '');
const flag = (name, byDefault) => (options.has(name) ? options.get(name) !== 'false' : byDefault);

function seconds(text) {
  const found = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?$/.exec(text ?? '');
  return found ? (found[1] || 0) * 3600 + (found[2] || 0) * 60 + Number(found[3] || 0) : 0;
}

function showMessage(text) {
  message.hidden = !text;
  message.textContent = text;
}

video.controls = flag('controls', true);
video.loop = flag('loop', false);
video.muted = flag('muted', false);
video.autoplay = flag('autoplay', false);
video.preload = options.get('preload') || (video.autoplay ? 'auto' : 'metadata');
video.poster = options.get('poster') || `${here}/thumbnails/thumbnail.jpg`;
const start = seconds(options.get('startTime'));

function play() {
  const link = `${here}/manifest/video.m3u8`;
  if (typeof Hls !== 'undefined' && Hls.isSupported()) {
    // Once loading has begun it must not be begun again: hls.js 1.7 would lose the sound that it is loading.
    const waits = video.preload === 'none' && video.paused;
    const hls = new Hls({ startPosition: start || -1, autoStartLoad: !waits });
    hls.on(Hls.Events.ERROR, (_, { fatal, details }) => { if (fatal) showMessage(`The video cannot be played: ${details}`); });
    hls.loadSource(link);
    hls.attachMedia(video);
    if (waits) video.addEventListener('play', () => hls.startLoad(start || -1), { once: true });
  } else {
    video.src = link;
    video.addEventListener('loadedmetadata', () => { video.currentTime = start; }, { once: true });
  }
}

// Waits until the video is playable; fails if it never will be.
async function begin() {
  for (;;) {
    const answer = await fetch(`${here}/manifest/video.m3u8`, { cache: 'no-store' }).catch(() => null);
    if (answer?.ok) break;
    if (answer && answer.status !== 404) {
      showMessage('This video cannot be played here.');
      throw new Error(message.textContent);
    }
    showMessage('This video is not ready yet.');
    await new Promise((done) => setTimeout(done, 300));
  }
  showMessage('');
  play();
}

const begun = begin();
begun.catch(() => {});

// What the embedding page can read and change.
const READABLE = ['autoplay', 'controls', 'currentTime', 'duration', 'ended', 'loop', 'muted', 'paused', 'playbackRate',
  'poster', 'preload', 'seeking', 'videoHeight', 'videoWidth', 'volume'];
const WRITABLE = ['autoplay', 'controls', 'currentTime', 'loop', 'muted', 'playbackRate', 'poster', 'preload', 'volume'];
const EVENTS = ['abort', 'canplay', 'canplaythrough', 'durationchange', 'ended', 'error', 'loadeddata', 'loadedmetadata',
  'loadstart', 'pause', 'play', 'playing', 'progress', 'ratechange', 'resize', 'seeked', 'seeking', 'stalled', 'suspend',
  'timeupdate', 'volumechange', 'waiting'];

const state = () => Object.fromEntries(READABLE.map((name) => [name, video[name]]));
const tell = (message) => parent.postMessage({ vodkit: 1, ...message }, '*');

if (parent !== window) {
  addEventListener('message', async ({ source, data }) => {
    if (source !== parent || data?.vodkit !== 1) return;
    const { call, set, value, id } = data;
    if (WRITABLE.includes(set)) video[set] = value;
    let error = null;
    // Before its source is there, the source's arrival would interrupt it.
    if (call === 'play') await begun.then(() => video.play()).catch((cause) => { error = cause.message; });
    if (call === 'pause') video.pause();
    tell({ answer: id, error, state: state() });
  });
  EVENTS.forEach((name) => video.addEventListener(name, () => tell({ event: name, state: state() })));
  tell({ event: 'ready', state: state() });
}
