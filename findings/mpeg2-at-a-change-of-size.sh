#!/usr/bin/env bash
# FFmpeg's decoder of MPEG-2 loses a picture wherever the size of the pictures changes.
#
# Expected: of 30 pictures of one size and 30 of another, each group closed and with its own sequence header (ISO/IEC 13818-2 6.1.1.6),
# 60 are decoded, as of H.264. Seen with FFmpeg 7.0.2 and 9.0.2: 59 without a message, also where there are no
# B-frames. The decoder gives each reference picture when the next one comes; where that has another size it is set up anew, and the
# picture that it still has is dropped. Broadcasts change between sizes at advertisements.
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
  for codec in "mpeg2video m2v -bf 0" "mpeg2video m2v -bf 2" "libx264 h264 -bf 2"; do
    read -r encoder extension options <<<"$codec"
    for size in 128x96 192x144; do
      # shellcheck disable=SC2086
      "$ffmpeg" -v error -y -f lavfi -i "testsrc2=s=$size:r=25:d=1.2" -pix_fmt yuv420p -c:v "$encoder" $options "$size.$extension"
    done
    cat "128x96.$extension" "192x144.$extension" >"both.$extension"
    "$ffmpeg" -v info -i "both.$extension" -fps_mode passthrough -vf showinfo -f null - 2>&1 | grep -c ' pts_time:' >count || true
    seen+=" $encoder${options:+ $options} $(cat count)"
  done
  seen+=$'\n'
done
printf '%s' "$seen"
[ "$seen" = 'FFmpeg 7.0.2: mpeg2video -bf 0 59 mpeg2video -bf 2 59 libx264 -bf 2 60
FFmpeg 9.0.2: mpeg2video -bf 0 59 mpeg2video -bf 2 59 libx264 -bf 2 60
' ] || { echo "this has changed" >&2; exit 1; }
