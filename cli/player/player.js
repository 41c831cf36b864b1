// The page of `vodkit serve`: plays the package with hls.js, dash.js or the browser's own HLS.
//
//   ?player=hls|dash|native   which of them
//   ?quality=N                start at this rendition, the smallest being 0, and stay there

'use strict';

const asked = new URLSearchParams(location.search);
const video = document.getElementById('video');
const quality = document.getElementById('quality');
const began = performance.now();

// What tests look at too.
window.playback = { errors: [], startup: null, setQuality: () => {}, qualities: [] };

function trouble(words) {
  playback.errors.push(words);
  const place = document.getElementById('trouble');
  place.hidden = false;
  place.textContent = playback.errors.join('\n');
}

function offer(qualities, set) {
  playback.qualities = qualities;
  playback.setQuality = set;
  quality.length = 1;
  qualities.forEach((name, index) => quality.add(new Option(name, index)));
  const first = asked.get('quality');
  if (first !== null) {
    quality.value = first;
    set(Number(first));
  }
}

const players = {
  hls() {
    const hls = new Hls();
    hls.on(Hls.Events.ERROR, (_, data) => {
      // Its own doing: what it loaded is not wanted any more, after a seek say.
      if (data.details === Hls.ErrorDetails.INTERNAL_ABORTED) return;
      // Waiting for a segment that is still being made, as the other players do without a word. Where a later one is
      // there already, or pictures to go on with, it is trouble.
      const { bufferInfo } = data;
      if (data.details === Hls.ErrorDetails.BUFFER_STALLED_ERROR && bufferInfo.len < 0.5 && !bufferInfo.nextStart) return;
      trouble(`hls.js: ${data.details}${data.fatal ? ', which ends it' : ''}`);
    });
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      const order = hls.levels.map((level, index) => [level.height, index]).sort((a, b) => a[0] - b[0]);
      const set = (index) => { hls.nextLevel = index < 0 ? -1 : order[index][1]; };
      offer(order.map(([height]) => `${height}p`), set);
    });
    hls.loadSource('master.m3u8');
    hls.attachMedia(video);
  },

  dash() {
    const dash = dashjs.MediaPlayer().create();
    dash.updateSettings({ debug: { logLevel: dashjs.Debug.LOG_LEVEL_NONE } });
    dash.on(dashjs.MediaPlayer.events.ERROR, ({ error }) => trouble(`dash.js: ${error.message || error.code}`));
    dash.on(dashjs.MediaPlayer.events.STREAM_INITIALIZED, () => {
      const order = dash.getRepresentationsByType('video').sort((a, b) => a.height - b.height);
      const set = (index) => {
        dash.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: index < 0 } } } });
        if (index >= 0) dash.setRepresentationForTypeById('video', order[index].id, true);
      };
      offer(order.map(({ height }) => `${height}p`), set);
    });
    dash.initialize(video, 'manifest.mpd', false);
  },

  native() {
    video.src = 'master.m3u8';
  },
};

function choose() {
  const there = {
    hls: typeof Hls !== 'undefined' && Hls.isSupported(),
    dash: typeof dashjs !== 'undefined' && 'MediaSource' in window,
    native: video.canPlayType('application/vnd.apple.mpegurl') !== '',
  };
  const usual = ['hls', 'native', 'dash'].find((name) => there[name]);
  for (const button of document.querySelectorAll('[name=player]')) {
    button.disabled = !there[button.value];
    button.addEventListener('change', () => { asked.set('player', button.value); location.search = asked; });
  }
  const player = there[asked.get('player')] ? asked.get('player') : usual;
  if (player) document.querySelector(`[value=${player}]`).checked = true;
  return player;
}

async function watchProgress() {
  for (;;) {
    const state = await fetch('status').then((answer) => answer.json()).catch(() => null);
    if (state) {
      document.getElementById('made').value = state.pctComplete;
      document.getElementById('percent').textContent = `${state.pctComplete.toFixed(1)} %`;
      if (state.state !== 'inprogress') return;
    }
    await new Promise((done) => setTimeout(done, 1000));
  }
}

function showStills() {
  const count = 8;
  for (let index = 0; index < count; index += 1) {
    const time = video.duration * (index + 0.5) / count;
    const still = document.createElement('button');
    const picture = new Image();
    picture.src = `thumbnail.jpg?time=${time.toFixed(3)}s&height=180`;
    picture.alt = `Go to ${Math.round(time)} seconds`;
    picture.onerror = () => still.remove();
    still.append(picture);
    still.addEventListener('click', () => { video.currentTime = time; });
    document.getElementById('stills').append(still);
  }
}

quality.addEventListener('change', () => playback.setQuality(Number(quality.value)));
video.addEventListener('error', () => trouble(`the browser: ${video.error.message || video.error.code}`));
video.addEventListener('resize', () => {
  document.getElementById('size').textContent = `${video.videoWidth}×${video.videoHeight}`;
});
const onFirstPicture = (then) => (video.requestVideoFrameCallback
  ? video.requestVideoFrameCallback(then)
  : video.addEventListener('loadeddata', then, { once: true }));
onFirstPicture(() => {
  playback.startup = performance.now() - began;
  document.getElementById('startup').textContent = `${(playback.startup / 1000).toFixed(2)} s`;
  // Only now: what is made for them is made instead of what plays.
  showStills();
});

const player = choose();
if (player) players[player]();
else trouble('This browser cannot play HLS by itself, and this build has no hls.js and dash.js.');
watchProgress();
