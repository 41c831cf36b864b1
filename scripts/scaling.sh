#!/usr/bin/env bash
# Measures how a ladder's speed grows with cores, beside ffmpeg's on the same cores, from programs that are built: it needs
# them, Python and a clip, so that it can be brought to any machine. Prints a table, and JSON where asked to.
#
#   scripts/scaling.sh [--cores 1,2,4,8,16] [--seconds 270] [--json FILE] [--vodkit COMMAND] [--ffmpeg COMMAND] CLIP
#
# A clip of less than ten minutes is repeated, without encoding it, until it has them. On few cores a shorter part of them is
# made, so that each run takes about as long; the most cores make as much of it as there is time for.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec python3 "$here/compare/scaling.py" "$@"
