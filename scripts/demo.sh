#!/usr/bin/env bash
# Makes a sample video and packages it into demo/: called by `make demo`, which has done the set-up.
set -euo pipefail
cd "$(dirname "$0")/.."

sample=demo/sample.mp4
mkdir -p demo
if [ ! -s "$sample" ]; then
  echo "demo: making a sample (30 seconds, 1280x720, frame numbers in the picture, a tone with a beep every second)"
  # Written under another name first: an interrupted run leaves no half sample to be taken for a whole one.
  ffmpeg -hide_banner -loglevel error -y \
    -f lavfi -i testsrc2=size=1280x720:rate=30:duration=30 \
    -f lavfi -i sine=frequency=330:beep_factor=4:sample_rate=48000:duration=30 \
    -c:v libx264 -preset veryfast -crf 18 -pix_fmt yuv420p -c:a aac -b:a 160k -movflags +faststart demo/making.mp4
  mv demo/making.mp4 "$sample"
fi

echo "demo: building vodkit (1 to 3 minutes the first time)"
cargo build --profile demo --quiet -p vodkit-cli "$@"

echo "demo: packaging $sample"
rm -rf demo/stream
target/demo/vodkit package "$sample" -o demo/stream --thumbnail-pct 0.5
target/demo/vodkit verify demo/stream

cat <<'NEXT'

What to try next:
  ffplay demo/stream/master.m3u8                                  play it
  (cd demo/stream && python3 -m http.server 8000)                 serve it, for any HLS or DASH player
  target/demo/vodkit probe demo/sample.mp4                     what is in a video
  target/demo/vodkit package YOUR_VIDEO -o demo/yours          package your own
  target/demo/vodkit thumbnail demo/sample.mp4 -o demo/at-12.jpg --at 12.5 --height 360
  target/demo/vodkit --help                                    all commands
  make install                                                    the command at its full speed, and the library for C
NEXT
