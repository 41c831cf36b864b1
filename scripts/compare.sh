#!/usr/bin/env bash
# Compares vodkit with ffmpeg, ffprobe, Shaka Packager and PyAV. Called by `make compare`.
#
#   VIDEO=file make compare       another video than the 55 second clip
#   FFMPEG=command make compare   another ffmpeg than that of PyPI's imageio-ffmpeg
#   BASE=vodkit make compare      another build of vodkit, with which planning and waiting are compared
#   ONLY=ladder PAIRS=9 ...       one kind of work, in more pairs; the rest of the page stays
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'compare: %s\n' "$*" >&2; }

cargo build --release --quiet -p vodkit-cli "$@"
scripts/python.sh build "$@"
case host in
  *"${ONLY:-}"*) cargo build --release --quiet -p stream-host "$@" ;;
esac
cache=${XDG_CACHE_HOME:-$HOME/.cache}/vodkit
kit=$cache/compare-$(sha256sum scripts/compare/requirements.txt | cut -c1-12)
if [ ! -e "$kit/.complete" ]; then
  say "fetching what vodkit is compared with, once (about a minute)"
  rm -rf "$kit"
  python3 -m venv "$kit"
  "$kit/bin/pip" install -q -r scripts/compare/requirements.txt
  touch "$kit/.complete"
fi
"$kit/bin/pip" install -q --force-reinstall --no-deps target/wheels/vodkit-*.whl
FFMPEG=${FFMPEG:-$(scripts/static-ffmpeg.sh "$cache")}
export FFMPEG

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
video=${VIDEO:-../shared/media/bbb_trailer_720p_55s.mp4}
if [ ! -s "$video" ]; then
  say "the clip is not there: making one"
  video=$work/sample.mp4
  ffmpeg -hide_banner -loglevel error -f lavfi -i testsrc2=size=1280x720:rate=24:duration=55 \
    -f lavfi -i sine=duration=55 -c:v libx264 -preset veryfast -crf 20 -c:a aac "$video"
fi
"$kit/bin/python" scripts/compare --pairs "${PAIRS:-5}" --only "${ONLY:-}" "$video"
