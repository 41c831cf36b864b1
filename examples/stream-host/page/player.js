// The player, on its own page and in frames. Its options are in the address:
//
//   autoplay, loop, muted            on where they are named, unless "false"
//   controls                         on unless "false"
//   preload                          none, metadata or auto
//   poster                           the link of a picture
//   startTime                        seconds, or 1m30s
//
// A page that has it in a frame drives it with /embed/sdk.latest.js.

'use strict';

const options = new URLSearchParams(location.search);
const video = document.getElementById('video');
const words = document.getElementById('words');
const here = location.pathname.replace(/\/[^/]*$/, '');
const is = (name, usual) => (options.has(name) ? options.get(name) !== 'false' : usual);

function seconds(text) {
  const found = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?$/.exec(text ?? '');
  return found ? (found[1] || 0) * 3600 + (found[2] || 0) * 60 + Number(found[3] || 0) : 0;
}

function say(text) {
  words.hidden = !text;
  words.textContent = text;
}

video.controls = is('controls', true);
video.loop = is('loop', false);
video.muted = is('muted', false);
video.autoplay = is('autoplay', false);
video.preload = options.get('preload') || (video.autoplay ? 'auto' : 'metadata');
video.poster = options.get('poster') || `${here}/thumbnails/thumbnail.jpg`;
const start = seconds(options.get('startTime'));

function play() {
  const link = `${here}/manifest/video.m3u8`;
  if (typeof Hls !== 'undefined' && Hls.isSupported()) {
    const hls = new Hls({ startPosition: start || -1, autoStartLoad: video.preload !== 'none' });
    hls.on(Hls.Events.ERROR, (_, { fatal, details }) => { if (fatal) say(`The video cannot be played: ${details}`); });
    hls.loadSource(link);
    hls.attachMedia(video);
    video.addEventListener('play', () => hls.startLoad(video.currentTime || start || -1), { once: true });
  } else {
    video.src = link;
    video.addEventListener('loadedmetadata', () => { video.currentTime = start; }, { once: true });
  }
}

// A video that is still being made is waited for.
async function begin() {
  for (;;) {
    const answer = await fetch(`${here}/manifest/video.m3u8`, { cache: 'no-store' }).catch(() => null);
    if (answer?.ok) break;
    if (answer && answer.status !== 404) {
      say('This video cannot be played here.');
      return;
    }
    say('This video is not ready yet.');
    await new Promise((done) => setTimeout(done, 300));
  }
  say('');
  play();
}

// What the page around may read and change.
const READABLE = ['autoplay', 'controls', 'currentTime', 'duration', 'ended', 'loop', 'muted', 'paused', 'playbackRate',
  'poster', 'preload', 'seeking', 'videoHeight', 'videoWidth', 'volume'];
const CHANGEABLE = ['autoplay', 'controls', 'currentTime', 'loop', 'muted', 'playbackRate', 'poster', 'preload', 'volume'];
const EVENTS = ['abort', 'canplay', 'canplaythrough', 'durationchange', 'ended', 'error', 'loadeddata', 'loadedmetadata',
  'loadstart', 'pause', 'play', 'playing', 'progress', 'ratechange', 'resize', 'seeked', 'seeking', 'stalled', 'suspend',
  'timeupdate', 'volumechange', 'waiting'];

const state = () => Object.fromEntries(READABLE.map((name) => [name, video[name]]));
const tell = (message) => parent.postMessage({ vodkit: 1, ...message }, '*');

if (parent !== window) {
  addEventListener('message', async ({ source, data }) => {
    if (source !== parent || data?.vodkit !== 1) return;
    const { call, set, value, id } = data;
    if (CHANGEABLE.includes(set)) video[set] = value;
    let error = null;
    if (call === 'play') await video.play().catch((cause) => { error = cause.message; });
    if (call === 'pause') video.pause();
    tell({ answer: id, error, state: state() });
  });
  EVENTS.forEach((name) => video.addEventListener(name, () => tell({ event: name, state: state() })));
  tell({ event: 'ready', state: state() });
}

begin();
