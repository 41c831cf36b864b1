#!/usr/bin/env bash
# FFmpeg decodes H.264 whose chroma is not subsampled, made by x264 before build 151, otherwise after a seek.
#
# Expected: the picture at a keyframe is the same whether decoding began with it or before it. Seen with FFmpeg 7.0.2: x264
# before build 151 coded such chroma wrongly, which the decoder makes up for if the message beside the first picture names
# that build; the message comes once. So after a seek what is decoded is another picture, in most videos green blocks. Who
# seeks has to tell the decoder, by its option x264_build, which then gives what decoding from the start gives.
#
# Makes the stream with a current x264 and another build number in its message: what counts is that the decoder's answer
# depends on where it began. Installs imageio-ffmpeg 0.6.0 in a temporary folder. Exits with 1 if what is seen changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check --only-binary=:all: imageio-ffmpeg==0.6.0
ffmpeg=$(env/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')
"$ffmpeg" -version | head -n 1 | cut -d ' ' -f 1-3
"$ffmpeg" -nostdin -v error -f lavfi -i testsrc2=s=128x96:r=25:d=2,noise=alls=20:allf=t -pix_fmt yuv444p -c:v libx264 \
  -preset slow -qp 0 -coder 0 -partitions all -g 25 -threads 1 made.mp4
python3 - <<'P'
data = bytearray(open("made.mp4", "rb").read())
place = data.index(b"x264 - core ") + 12
data[place : place + 3] = b"142"
open("older.mp4", "wb").write(data)
P
# The picture at 1.2 seconds; keyframes are at 0 and 1.
picture() { "$ffmpeg" -nostdin -v error -threads 1 "$@" -frames:v 1 -f md5 -; }
at='select=gte(t\,1.2)'
start=$(picture -i older.mp4 -vf "$at")
seek=$(picture -ss 1.2 -i older.mp4)
told=$(picture -x264_build 142 -ss 1.2 -i older.mp4)
same() { [ "$1" = "$start" ] && echo "the same picture" || echo "another picture"; }
seen="after a seek: $(same "$seek")
after a seek, told of the build: $(same "$told")"
echo "$seen"
[ "$seen" = 'after a seek: another picture
after a seek, told of the build: the same picture' ] || { echo "this has changed" >&2; exit 1; }
