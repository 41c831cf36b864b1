#!/usr/bin/env bash
# FFmpeg's MPEG program streams of small pictures do not keep their times, read by FFmpeg itself.
#
# Expected: 200 pictures at 25 per second, written as MPEG-2 into a program stream, come out 40 ms apart, as they do from
# Matroska. Seen with FFmpeg 7.0.2 and 9.0.2: two of them have the time of the one before, and two come after
# a gap, when several pictures share a packet of the stream. Such a packet states one time, that of the first picture whose
# picture_start_code begins in it (ISO/IEC 13818-1 2.4.3.7), and the demuxer goes by that. The muxer gives the time of the
# first picture whose bytes all begin there: where a keyframe's sequence header ends one packet and its picture starts the
# next, that is the picture after it.
#
# Installs imageio-ffmpeg 0.6.0 and 0.8.1 in a temporary folder. Exits with 1 if what is seen changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
seen=
for version in 0.6.0 0.8.1; do
  env/bin/pip install --quiet --disable-pip-version-check --only-binary=:all: "imageio-ffmpeg==$version"
  ffmpeg=$(env/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')
  seen+="FFmpeg $("$ffmpeg" -version | sed -n '1s/ffmpeg version n\?\([0-9.]*\).*/\1/p'):"
  for extension in mpg mkv; do
    "$ffmpeg" -v error -y -f lavfi -i mandelbrot=s=64x48:r=25:end_pts=200 -t 8 -pix_fmt yuv420p -c:v mpeg2video -q:v 3 -bf 2 -g 15 \
      "a.$extension"
    "$ffmpeg" -v error -i "a.$extension" -fps_mode passthrough -f framecrc - | sed '/^#/d' >frames
    seen+=$(awk -F, -v name=$extension 'NR > 1 { steps[$2 - last]++ } { last = $2 }
      END { printf " %s", name; for (step = 0; step < 3; step++) printf " %d:%d", step, steps[step] }' frames)
  done
  seen+=$'\n'
done
printf '%s' "$seen"
[ "$seen" = 'FFmpeg 7.0.2: mpg 0:2 1:195 2:2 mkv 0:0 1:199 2:0
FFmpeg 9.0.2: mpg 0:2 1:195 2:2 mkv 0:0 1:199 2:0
' ] || { echo "this has changed" >&2; exit 1; }
