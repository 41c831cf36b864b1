#!/usr/bin/env bash
# FFmpeg presents fragmented MP4 with signed composition offsets late, against sound and against what its boxes say.
#
# Expected: pictures that a file with `tfdt` 0 and a composition offset of 0 puts at 0 (ISO/IEC 14496-12 8.8.12 and 8.6.1.3;
# version 1 of `trun` has signed offsets, and CMAF's brand cmf2 asks for them and against edit lists) are presented at 0, as
# Chromium with hls.js, dash.js, Shaka Player and video.js does. Seen with FFmpeg 8.0 and 8.1: all come later by the most negative
# offset, here one frame of 40 ms, and sound does not. The demuxer takes that offset for a shift of decode times, and has no
# edit list that would take it back. So who writes for all players has neither: decode times that need no negative offset.
#
# Installs PyAV 16.0.1 and 18.1.0 in a temporary folder. Exits with 1 if what is seen changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >signed.py <<'P'
import sys
from fractions import Fraction

import av


def write(name):
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof+negative_cts_offsets"}
    with av.open(name, "w", options=options) as out:
        video = out.add_stream("libx264", rate=25, options={"bf": "2", "b_strategy": "0"})
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        for number in range(25):
            frame = av.VideoFrame(64, 64, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([4 * number + 40]) * plane.buffer_size)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode())


def boxes(data):
    """The first composition offset and decode time that the boxes state, in ticks."""
    tfdt, trun = data.index(b"tfdt"), data.index(b"trun")
    decoded = int.from_bytes(data[tfdt + 8 : tfdt + (16 if data[tfdt + 4] else 12)], "big")
    flags = int.from_bytes(data[trun + 5 : trun + 8], "big")
    place = trun + 12 + 4 * (bool(flags & 1) + bool(flags & 4))
    before = 4 * sum(bool(flags & flag) for flag in (0x100, 0x200, 0x400))
    return decoded, int.from_bytes(data[place + before : place + before + 4], "big", signed=True)


name, task = sys.argv[1:]
if task == "write":
    write(name)
    print("tfdt %d, offset of the first picture %d" % boxes(open(name, "rb").read()))
else:
    with av.open(name) as file:
        frames = [frame for frame in file.decode(video=0)]
    print("the first picture at", float(frames[0].pts * frames[0].time_base))
P
python3 -m venv env
seen=
for version in 16.0.1 18.1.0; do
  env/bin/pip install --quiet --disable-pip-version-check --only-binary=:all: "av==$version"
  [ -e signed.mp4 ] || seen+=$(env/bin/python signed.py signed.mp4 write)$'\n'
  seen+="PyAV $version: $(env/bin/python signed.py signed.mp4 read)"$'\n'
done
printf '%s' "$seen"
[ "$seen" = 'tfdt 0, offset of the first picture 0
PyAV 16.0.1: the first picture at 0.04
PyAV 18.1.0: the first picture at 0.04
' ] || { echo "this has changed" >&2; exit 1; }
