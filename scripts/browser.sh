#!/usr/bin/env bash
# Plays packages in Chromium, with hls.js, dash.js, Shaka Player, video.js and by itself. CHROMIUM=path names another browser.
#
#   scripts/browser.sh            the tests; called by `make test`, which has built the command. Screenshots are in
#                                 target/browser.
#   scripts/browser.sh --players  how far apart picture and sound are in players: the rows of docs/players.md
#   scripts/browser.sh --startup  how long it takes to the first picture; VIDEO=file for another video
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
cd tests/browser
[ -d node_modules/shaka-player-4 ] || npm ci --silent --no-audit --no-fund
if [ "${1:-}" = --startup ]; then
  export VIDEO=${VIDEO:-../../../shared/media/bbb_trailer_720p_55s.mp4}
  STREAM_HOST=$target/release/stream-host VODKIT_COMMAND=$target/release/vodkit node startup.mjs
elif [ "${1:-}" = --players ]; then
  VODKIT_COMMAND=$target/debug/vodkit node sync.mjs
else
  export STREAM_HOST=$target/debug/stream-host
  VODKIT_COMMAND=$target/debug/vodkit VODKIT_SCREENSHOTS=$target/browser node --test
fi
