// The owner's page: add, play, embed and delete videos.

'use strict';

const find = (id) => document.getElementById(id);
const cards = new Map();
const uploads = new Map();
const api = '/client/v4/accounts';

// After the #, which browsers do not send to servers.
const fragment = new URLSearchParams(location.hash.slice(1));
for (const name of ['token', 'account']) if (fragment.has(name)) sessionStorage.setItem(name, fragment.get(name));
if (location.hash) history.replaceState(null, '', location.pathname);
const token = () => sessionStorage.getItem('token');
const account = () => sessionStorage.getItem('account') || 'demo';

async function ask(method, path, body) {
  const headers = { Authorization: `Bearer ${token()}` };
  const options = { method, headers, body: body && JSON.stringify(body) };
  const answer = await fetch(`${api}/${account()}/stream${path}`, options);
  const { success, result, errors } = await answer.json();
  if (answer.status === 401 || answer.status === 403) sessionStorage.removeItem('token');
  if (!success) throw new Error(errors.map(({ message }) => message).join('; '));
  return result;
}

function showError(error) {
  find('error').hidden = !error;
  find('error').textContent = error ? error.message : '';
}

// Refreshes at once after each action.
let wake = () => {};
const attempt = (work) => work().then(() => showError(null), showError).then(() => wake());

const STATES = {
  pendingupload: 'waiting for upload', downloading: 'downloading', queued: 'queued',
  inprogress: 'encoding', ready: 'ready', error: 'failed',
};

function length(seconds) {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return (parts[0] ? parts : parts.slice(1)).map((part, index) => (index ? String(part).padStart(2, '0') : part)).join(':');
}

// The name of a video in links: its uid, or a token that is valid for an hour.
async function nameOf(uid) {
  const { requireSignedURLs } = await ask('GET', `/${uid}`);
  return requireSignedURLs ? (await ask('POST', `/${uid}/token`)).token : uid;
}

function newCard(uid) {
  const card = find('card').content.firstElementChild.cloneNode(true);
  const part = (name) => card.querySelector(name);
  const copy = (button, text) => button.addEventListener('click', async () => {
    const copied = await text();
    await navigator.clipboard.writeText(copied).catch(() => prompt('Copy this:', copied));
    const label = button.textContent;
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = label; }, 1500);
  });
  part('.picture').addEventListener('click', () => attempt(() => play(uid)));
  copy(part('.embed'), async () => {
    const headers = { Authorization: `Bearer ${token()}` };
    return (await fetch(`${api}/${account()}/stream/${uid}/embed`, { headers })).text();
  });
  copy(part('.link'), async () => `${location.origin}/${await nameOf(uid)}/watch`);
  part('.delete').addEventListener('click', () => {
    if (confirm(`Delete "${part('h2').textContent}"?`)) attempt(() => ask('DELETE', `/${uid}`));
  });
  cards.set(uid, card);
  return card;
}

function show(video) {
  const card = cards.get(video.uid) ?? newCard(video.uid);
  const part = (name) => card.querySelector(name);
  const name = video.meta.name || 'Untitled';
  const { state, pctComplete, errorReasonText } = video.status;
  part('h2').textContent = name;
  const sent = uploads.get(video.uid);
  const percent = sent ?? Number(pctComplete);
  const description = errorReasonText ? `${STATES[state]}: ${errorReasonText}` : STATES[state];
  const playable = video.readyToStream && state !== 'ready' ? ', playable' : '';
  part('.state').textContent = `${sent === undefined ? description : 'uploading'}${playable}`;
  part('.state').classList.toggle('error', state === 'error');
  part('progress').hidden = state === 'ready' || state === 'error';
  if (percent > 0) part('progress').value = percent; else part('progress').removeAttribute('value');
  part('.length').textContent = video.duration > 0 ? length(video.duration) : '';
  part('.picture').disabled = !video.readyToStream;
  part('.picture').setAttribute('aria-label', `Play ${name}`);
  if (video.readyToStream && !card.pictured) {
    card.pictured = true;
    nameOf(video.uid).then((shown) => { part('img').src = `/${shown}/thumbnails/thumbnail.jpg?height=180`; }, showError);
  }
  return card;
}

async function play(uid) {
  const name = await nameOf(uid);
  find('player').querySelector('iframe').src = `/${name}/iframe?autoplay=true&muted=true`;
  find('player').showModal();
}

find('player').addEventListener('close', () => { find('player').querySelector('iframe').src = 'about:blank'; });

async function refresh() {
  find('token-form').hidden = Boolean(token());
  find('add').hidden = !token();
  if (!token()) return true;
  const videos = await ask('GET', '?limit=100');
  const known = new Set(videos.map(({ uid }) => uid));
  for (const [uid, card] of cards) {
    if (!known.has(uid)) {
      card.remove();
      cards.delete(uid);
    }
  }
  videos.map(show).forEach((card, place) => {
    if (find('videos').children[place] !== card) find('videos').insertBefore(card, find('videos').children[place] ?? null);
  });
  find('nothing').hidden = videos.length > 0;
  find('usage').textContent = videos.length ? `${videos.length}` : '';
  return videos.every(({ status }) => ['ready', 'error', 'pendingupload'].includes(status.state)) && !uploads.size;
}

async function upload(file) {
  const settings = { maxDurationSeconds: 21600, meta: { name: file.name } };
  const { uid, uploadURL } = await ask('POST', '/direct_upload', settings);
  const form = new FormData();
  form.append('file', file);
  const request = new XMLHttpRequest();
  uploads.set(uid, 0);
  request.upload.addEventListener('progress', ({ loaded, total }) => uploads.set(uid, 100 * loaded / total));
  try {
    await new Promise((done, fail) => {
      request.addEventListener('load', () => (request.status < 300 ? done() : fail(new Error(request.responseText))));
      request.addEventListener('error', () => fail(new Error('the upload was interrupted')));
      request.open('POST', new URL(uploadURL).pathname);
      request.send(form);
    });
  } finally {
    uploads.delete(uid);
  }
}

find('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem('token', find('token').value);
  attempt(async () => {});
});
find('add').addEventListener('submit', (event) => {
  event.preventDefault();
  const url = find('link').value;
  find('link').value = '';
  attempt(() => ask('POST', '/copy', { url }));
});
find('file').addEventListener('change', ({ target }) => {
  [...target.files].forEach((file) => attempt(() => upload(file)));
  target.value = '';
});
for (const name of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  addEventListener(name, (event) => {
    event.preventDefault();
    find('add').classList.toggle('over', name === 'dragenter' || name === 'dragover');
    if (name === 'drop') [...event.dataTransfer.files].forEach((file) => attempt(() => upload(file)));
  });
}

async function watch() {
  for (;;) {
    const idle = await refresh().catch((error) => { showError(error); return true; });
    await new Promise((done) => { wake = done; setTimeout(done, idle ? 2000 : 300); });
  }
}
watch();
