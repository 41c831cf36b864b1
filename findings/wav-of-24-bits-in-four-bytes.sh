#!/usr/bin/env bash
# FFmpeg plays a WAV of 24 bits in four bytes as noise at full scale, where its header is the one that says such a thing.
#
# Expected: WAVEFORMATEXTENSIBLE has the bits of a sample and the bytes that it takes apart, so 24 valid bits in a container of 32 are
# what wValidBitsPerSample is for; the valid ones are the upper ones. Libsndfile 1.2.2 reads a tone of a quarter of full scale
# (-12 dB). Seen with FFmpeg 7.0.2 and 9.0.2: the same at 0 dB without a message, and a duration a third too long. The demuxer takes
# the valid bits for the ones of a sample, and then, as a sample has four bytes, the sound for Cool Edit's "24.0 float", which states
# PCM of 24 bits in an older header. Each sample is read as floating point.
#
# Installs soundfile 0.13.1, numpy 2.2.6, imageio-ffmpeg 0.6.0 and 0.8.1 in a temporary folder. Exits with 1 if what is seen changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
pip() { env/bin/pip install --quiet --disable-pip-version-check --only-binary=:all: "$@"; }
pip soundfile==0.13.1 numpy==2.2.6
cat >wav.py <<'P'
import math
import struct

import soundfile

rate = 48000
tone = (math.sin(2 * math.pi * 440 * number / rate) for number in range(rate))
data = b"".join(struct.pack("<i", round(2**21 * sample) << 8) for sample in tone)
pcm = bytes.fromhex("0100000000001000800000aa00389b71")
description = struct.pack("<HHIIHHHHI", 0xFFFE, 1, rate, rate * 4, 4, 32, 22, 24, 4) + pcm
parts = ((b"fmt ", description), (b"data", data))
chunks = b"WAVE" + b"".join(name + struct.pack("<I", len(content)) + content for name, content in parts)
with open("a.wav", "wb") as file:
    file.write(b"RIFF" + struct.pack("<I", len(chunks)) + chunks)
samples, _ = soundfile.read("a.wav")
print("libsndfile", soundfile.__libsndfile_version__, len(samples), "samples,", round(20 * math.log10(abs(samples).max())), "dB")
P
seen=$(env/bin/python wav.py)$'\n'
for version in 0.6.0 0.8.1; do
  pip "imageio-ffmpeg==$version"
  ffmpeg=$(env/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')
  "$ffmpeg" -hide_banner -i a.wav -af volumedetect -f null - >said 2>&1
  seen+="FFmpeg $("$ffmpeg" -version | sed -n '1s/ffmpeg version n\?\([0-9.]*\).*/\1/p'), "
  seen+="$(sed -n 's/.*Audio: \([a-z0-9_]*\).*/\1/p;s/.*max_volume: \(.*\)/\1/p;s/.*Duration: \([0-9:.]*\).*/\1/p' said | sed '/^pcm_s16le$/d' | paste -sd' ')"$'\n'
done
printf '%s' "$seen"
[ "$seen" = 'libsndfile 1.2.2 48000 samples, -12 dB
FFmpeg 7.0.2, 00:00:01.33 pcm_f24le 0.0 dB
FFmpeg 9.0.2, 00:00:01.33 pcm_f24le 0.0 dB
' ] || { echo "this has changed" >&2; exit 1; }
