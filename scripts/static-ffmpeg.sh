#!/usr/bin/env bash
# Fetches a static ffmpeg from PyPI, once, and prints its path: a current one that starts in a fifth of the time that
# a distribution's takes with its 200 libraries. Prints `ffmpeg`, the system's, where it is not to be had.
# Called by scripts/setup.sh and scripts/compare.sh.
#
#   scripts/static-ffmpeg.sh CACHE
set -euo pipefail

version=0.8.1
ffmpeg=$1/imageio-ffmpeg-$version/ffmpeg
if [ ! -x "$ffmpeg" ]; then
  log=$1/log/static-ffmpeg.log
  printf 'setup: fetching an ffmpeg that starts fast, once (log: %s)\n' "$log" >&2
  mkdir -p "${ffmpeg%/*}" "${log%/*}"
  # Beside its place, so that the move is one step: another checkout may be here at the same time.
  work=$(mktemp -d -p "$1")
  trap 'rm -rf "$work"' EXIT
  # For a processor that the package was not built for it has no such file.
  { python3 -m venv "$work" && "$work/bin/pip" install "imageio-ffmpeg==$version" &&
      mv "$work"/lib/python*/site-packages/imageio_ffmpeg/binaries/ffmpeg-* "$ffmpeg"; } >"$log" 2>&1 ||
    { printf "setup: it is not to be had, so the system's ffmpeg is used\n" >&2; ffmpeg=ffmpeg; }
fi
echo "$ffmpeg"
