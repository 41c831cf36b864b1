#!/usr/bin/env bash
# FFmpeg 7.1 does not tell how long the samples of an MP4 last if they are reordered, though its index states it.
#
# Expected: a packet's duration is the entry of `stts` (ISO/IEC 14496-12 8.6.1.2), here 10, 10 and 1 seconds, with and
# without B-frames. Seen with libavformat 61.7.100 (FFmpeg 7.1.1): 0 for each packet if there are B-frames, for which a
# parser then guesses 1 over the codec's frame rate; libavformat 62.3.100 (FFmpeg 8.0) gives the index's. What computes a
# video's end from its packets is wrong on 7.1 where the last picture does not last as long as the others.
#
# Installs PyAV 15.1.0 and 16.0.1 in a temporary folder. Exits with 1 if what is seen changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >durations.py <<'P'
import sys
from fractions import Fraction

import av

name, b_frames = sys.argv[1:]
if b_frames != "read":
    with av.open(name, "w") as out:
        stream = out.add_stream("libx264", rate=1, options={"bf": b_frames, "b_strategy": "0"})
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(3):
            frame = av.VideoFrame(64, 64, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([60 * number + 40]) * plane.buffer_size)
            frame.pts, frame.time_base = number * 10_000, Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
else:
    with av.open(name) as file:
        base = file.streams.video[0].time_base
        print(*(float(packet.duration * base) for packet in file.demux(video=0) if packet.size))
P
python3 -m venv env
seen=
for version in 15.1.0 16.0.1; do
  env/bin/pip install --quiet --disable-pip-version-check --only-binary=:all: "av==$version"
  [ -e plain.mp4 ] || { env/bin/python durations.py plain.mp4 0; env/bin/python durations.py reordered.mp4 2; }
  for file in plain reordered; do
    line="PyAV $version, $file: $(env/bin/python durations.py $file.mp4 read)"
    echo "$line"
    seen+=$line$'\n'
  done
done
[ "$seen" = 'PyAV 15.1.0, plain: 10.0 10.0 1.0
PyAV 15.1.0, reordered: 0.0 0.0 0.0
PyAV 16.0.1, plain: 10.0 10.0 1.0
PyAV 16.0.1, reordered: 10.0 10.0 1.0
' ] || { echo "this has changed" >&2; exit 1; }
