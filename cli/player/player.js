// The page of `vodkit serve`: plays the package with hls.js, dash.js or the browser's own HLS.
//
//   ?player=hls|dash|native   which player
//   ?quality=N                start with rendition N, counted from the smallest (0), and stay there

'use strict';

const query = new URLSearchParams(location.search);
const video = document.getElementById('video');
const quality = document.getElementById('quality');
const started = performance.now();

// Read by tests too.
window.playback = { errors: [], startup: null, setQuality: () => {}, qualities: [] };

function showError(message) {
  playback.errors.push(message);
  const element = document.getElementById('error');
  element.hidden = false;
  element.textContent = playback.errors.join('\n');
}

function setQualities(qualities, set) {
  playback.qualities = qualities;
  playback.setQuality = set;
  quality.length = 1;
  qualities.forEach((name, index) => quality.add(new Option(name, index)));
  const first = query.get('quality');
  if (first !== null) {
    quality.value = first;
    set(Number(first));
  }
}

const players = {
  hls() {
    const hls = new Hls();
    hls.on(Hls.Events.ERROR, (_, data) => {
      // Aborted by hls.js itself, for example after a seek.
      if (data.details === Hls.ErrorDetails.INTERNAL_ABORTED) return;
      // It waits for a segment that is still being made, as the other players do silently. It is an error only if
      // enough is buffered to continue, or a later segment.
      const { bufferInfo } = data;
      if (data.details === Hls.ErrorDetails.BUFFER_STALLED_ERROR && bufferInfo.len < 0.5 && !bufferInfo.nextStart) return;
      showError(`hls.js: ${data.details}${data.fatal ? ' (fatal)' : ''}`);
    });
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      const order = hls.levels.map((level, index) => [level.height, index]).sort((a, b) => a[0] - b[0]);
      const set = (index) => { hls.nextLevel = index < 0 ? -1 : order[index][1]; };
      setQualities(order.map(([height]) => `${height}p`), set);
    });
    hls.loadSource('master.m3u8');
    hls.attachMedia(video);
  },

  dash() {
    const dash = dashjs.MediaPlayer().create();
    dash.updateSettings({ debug: { logLevel: dashjs.Debug.LOG_LEVEL_NONE } });
    dash.on(dashjs.MediaPlayer.events.ERROR, ({ error }) => showError(`dash.js: ${error.message || error.code}`));
    dash.on(dashjs.MediaPlayer.events.STREAM_INITIALIZED, () => {
      const order = dash.getRepresentationsByType('video').sort((a, b) => a.height - b.height);
      const set = (index) => {
        dash.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: index < 0 } } } });
        if (index >= 0) dash.setRepresentationForTypeById('video', order[index].id, true);
      };
      setQualities(order.map(({ height }) => `${height}p`), set);
    });
    dash.initialize(video, 'manifest.mpd', false);
  },

  native() {
    video.src = 'master.m3u8';
  },
};

// Loads a player's script, which takes the browser long enough that only the one that plays is loaded.
const load = (name) => new Promise((done) => {
  const script = document.createElement('script');
  script.src = `player/${name}.js`;
  script.onload = script.onerror = done;
  document.head.append(script);
});

const supports = {
  hls: () => load('hls').then(() => typeof Hls !== 'undefined' && Hls.isSupported()),
  native: async () => video.canPlayType('application/vnd.apple.mpegurl') !== '',
  dash: () => load('dash').then(() => typeof dashjs !== 'undefined' && 'MediaSource' in window),
};

async function choosePlayer() {
  for (const button of document.querySelectorAll('[name=player]')) {
    button.addEventListener('change', () => { query.set('player', button.value); location.search = query; });
  }
  const wanted = [query.get('player')].filter((name) => Object.hasOwn(supports, name));
  for (const name of new Set([...wanted, ...Object.keys(supports)])) {
    const button = document.querySelector(`[value=${name}]`);
    button.checked = await supports[name]();
    if (button.checked) return name;
    button.disabled = true;
  }
  return null;
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

function showThumbnails() {
  const count = 8;
  for (let index = 0; index < count; index += 1) {
    const time = video.duration * (index + 0.5) / count;
    const button = document.createElement('button');
    const image = new Image();
    image.src = `thumbnail.jpg?time=${time.toFixed(3)}s&height=180`;
    image.alt = `Go to ${Math.round(time)} seconds`;
    image.onerror = () => button.remove();
    button.append(image);
    button.addEventListener('click', () => { video.currentTime = time; });
    document.getElementById('thumbnails').append(button);
  }
}

quality.addEventListener('change', () => playback.setQuality(Number(quality.value)));
video.addEventListener('error', () => showError(`the browser: ${video.error.message || video.error.code}`));
video.addEventListener('resize', () => {
  document.getElementById('size').textContent = `${video.videoWidth}×${video.videoHeight}`;
});
const onFirstFrame = (then) => (video.requestVideoFrameCallback
  ? video.requestVideoFrameCallback(then)
  : video.addEventListener('loadeddata', then, { once: true }));
onFirstFrame(() => {
  playback.startup = performance.now() - started;
  document.getElementById('startup').textContent = `${(playback.startup / 1000).toFixed(2)} s`;
  // Only now, so that they do not delay playback.
  showThumbnails();
});

choosePlayer().then((player) => {
  if (player) players[player]();
  else showError('This browser cannot play HLS natively, and this build has no hls.js and dash.js.');
});
watchProgress();
