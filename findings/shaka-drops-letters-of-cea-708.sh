#!/usr/bin/env bash
# Shaka Player drops the letters of CEA-708's extended sets, among them the ellipsis and typographic quotes.
#
# Expected: a letter of G2 (CTA-708-E 7.1), such as the ellipsis, 0x10 0x25, appears between those around it. Seen with Shaka Player
# 4.15.24 and 5.2.12: it does not, nor do the quotes of 0x10 0x31 to 0x34 or G3. Both bytes are joined with a shift of 16 bits, and then
# compared with numbers that a shift of 8 makes, so none of the sets is chosen; its own table of letters is right. mux.js has the letter.
# So who has captions of CEA-708 read as they are written gives players text beside the pictures.
#
# Installs shaka-player and mux.js 7.1.0 in a temporary folder. Exits with 1 if what is seen changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >read.cjs <<'J'
Object.defineProperty(globalThis, 'navigator', { value: { userAgent: '', vendor: '', platform: '' }, configurable: true });
globalThis.window = globalThis.self = globalThis;
globalThis.document = { createElement: () => ({}), addEventListener() {} };
// What Node.js 20 lacks, and browsers and later versions have.
Map.prototype.getOrInsertComputed ??= function (key, make) {
  if (!this.has(key)) this.set(key, make(key));
  return this.get(key);
};
globalThis.location = { href: 'http://localhost/', protocol: 'http:' };

// A message (ATSC A/53 part 4, 6.2.3) with one packet: window 0, shown, and in it A, the ellipsis, B; one that deletes it; and one that
// has nothing, as mux.js reads a packet once another begins.
const message = (sequence, codes) => {
  const packet = [0, 0x20 | codes.length, ...codes];
  if (packet.length % 2) packet.push(0);
  packet[0] = sequence << 6 | packet.length / 2;
  const pairs = [];
  for (let at = 0; at < packet.length; at += 2) pairs.push(at ? 0xfe : 0xff, packet[at], packet[at + 1]);
  return Uint8Array.from([0xb5, 0, 0x31, ...Buffer.from('GA94'), 3, 0xc0 | pairs.length / 3, 0xff, ...pairs, 0xff]);
};
const messages = [message(0, [0x98, 0x38, 0x4a, 0xd1, 0x71, 0x1f, 0, 0x41, 0x10, 0x25, 0x42]), message(1, [0x8c, 0xff]), message(2, [0])];

const shaka = require('shaka-player');
const decoder = new shaka.cea.CeaDecoder();
messages.forEach((bytes, second) => decoder.extract(bytes, second));
const text = (cue) => cue.nestedCues?.length ? cue.nestedCues.map(text).join('') : cue.payload;
console.log('Shaka Player', shaka.Player.version, decoder.decode().map(({ cue }) => text(cue)).join());

const { CaptionStream } = require('mux.js/lib/m2ts/caption-stream');
const stream = new CaptionStream();
stream.on('data', (cue) => console.log('mux.js', cue.text));
messages.forEach((bytes, second) => stream.push({ nalUnitType: 'sei_rbsp', pts: second * 90000, dts: second * 90000,
  escapedRBSP: Uint8Array.from([4, bytes.length, ...bytes, 0x80]) }));
stream.flush();
J
seen=
for version in 4.15.24 5.2.12; do
  npm install --silent --no-audit --no-fund "shaka-player@$version" mux.js@7.1.0 >/dev/null
  seen+=$(node read.cjs)$'\n'
done
echo "$seen"
expected=
for version in 4.15.24 5.2.12; do expected+="Shaka Player v$version AB"$'\n''mux.js A…B'$'\n'; done
[ "$seen" = "$expected" ]
