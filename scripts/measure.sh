#!/usr/bin/env bash
# Measures what the README states: speed, use of cores, peak memory, that memory does not grow with
# the length of the video, and what damage costs. Called by `make bench`; give VIDEO=file to measure another video.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --quiet -p vodkit-cli "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
video=${VIDEO:-../shared/media/bbb_trailer_720p_55s.mp4}
if [ ! -s "$video" ]; then
  video=$work/sample.mp4
  ffmpeg -hide_banner -loglevel error -f lavfi -i testsrc2=size=1280x720:rate=24:duration=55 \
    -f lavfi -i sine=duration=55 -c:v libx264 -preset veryfast -crf 20 -c:a aac "$video"
fi
# The same video ten times over, for memory.
ffmpeg -hide_banner -loglevel error -stream_loop 9 -i "$video" -c copy "$work/long.mp4"

# run NAME VIDEO OPTIONS...: one row of the table.
run() {
  local name=$1 input=$2; shift 2
  rm -rf "$work/out"
  python3 - "$name" target/release/vodkit package "$input" -o "$work/out" --quiet "$@" <<'PY'
import os, subprocess, sys, time, resource
name, command = sys.argv[1], sys.argv[2:]
start = time.monotonic()
pid = subprocess.Popen(command).pid
_, status, usage = os.wait4(pid, 0)
wall = time.monotonic() - start
if status: sys.exit(f"{name}: failed")
cpu = usage.ru_utime + usage.ru_stime
print(f"| {name} | {wall:.1f} s | {cpu:.1f} s | {cpu / wall:.2f} | {usage.ru_maxrss / 1024:.0f} MB |", flush=True)
PY
}

echo "$(basename "$video"), $(nproc) cores, $(target/release/vodkit --version)"
echo
echo "| run | wall | processor | cores busy | peak memory |"
echo "| --- | --- | --- | --- | --- |"
for _ in 1 2 3; do
  run "720, 480, 360, 240; veryfast" "$video"
done
run "720, 480, 360; veryfast" "$video" --rungs 720,480,360
run "720, 480, 360; medium" "$video" --rungs 720,480,360 --preset medium
run "240 alone; veryfast" "$video" --rungs 240
run "ten times as long; 360, 240; veryfast" "$work/long.mp4" --rungs 360,240
run "once; 360, 240; veryfast" "$video" --rungs 360,240
echo
python3 scripts/damaged.py target/release/vodkit
