#!/usr/bin/env bash
# Sets everything up, makes a sample video and packages it into demo/: called by `make demo`.
set -euo pipefail
cd "$(dirname "$0")/.."

sample=demo/sample.mp4 vodkit=target/demo/vodkit
build=(cargo build --profile demo --target-dir target --quiet -p vodkit-cli "$@")
running=()
trap '[ ${#running[@]} -eq 0 ] || kill "${running[@]}" 2>/dev/null || true' EXIT

make_sample() {
  mkdir -p demo
  echo "demo: making a sample (30 seconds, 1280x720, frame numbers in the picture, a tone with a beep every second)"
  # Written under another name first: an interrupted run leaves no half sample to be taken for a whole one.
  ffmpeg -hide_banner -loglevel error -y \
    -f lavfi -i testsrc2=size=1280x720:rate=30:duration=30 \
    -f lavfi -i sine=frequency=330:beep_factor=4:sample_rate=48000:duration=30 \
    -c:v libx264 -preset ultrafast -crf 18 -pix_fmt yuv420p -c:a aac -b:a 160k -movflags +faststart demo/making.mp4
  mv demo/making.mp4 "$sample"
}

# What does not stand on FFmpeg compiles while set-up fetches and builds; what cannot be compiled yet the build below
# tries again, and says why if it cannot either.
"${build[@]}" --keep-going >/dev/null 2>&1 &
running=($!)
scripts/setup.sh --demo
echo "demo: building vodkit (1 to 3 minutes the first time)"
wait "${running[0]}" || true
running=()
if [ ! -s "$sample" ]; then
  make_sample &
  running=($!)
fi
"${build[@]}"
[ ${#running[@]} -eq 0 ] || wait "${running[0]}"
running=()

echo "demo: packaging $sample"
rm -rf demo/stream
"$vodkit" package "$sample" -o demo/stream --thumbnail-pct 0.5
"$vodkit" verify demo/stream

cat <<'NEXT'

What to try next:
  ffplay demo/stream/master.m3u8                                  play it
  (cd demo/stream && python3 -m http.server 8000)                 serve it, for any HLS or DASH player
  target/demo/vodkit probe demo/sample.mp4                     what is in a video
  target/demo/vodkit package YOUR_VIDEO -o demo/yours          package your own
  target/demo/vodkit thumbnail demo/sample.mp4 -o demo/at-12.jpg --at 12.5 --height 360
  target/demo/vodkit --help                                    all commands
NEXT
