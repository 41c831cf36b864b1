#!/usr/bin/env bash
# Fetches hls.js and dash.js, which `vodkit serve` brings along for its page, with their licences, and prints the folder
# that they are in.
# Called by scripts/setup.sh.
#
#   scripts/players.sh CACHE
set -euo pipefail

# What is fetched, its licence, where it is inside, and the SHA-256 of that.
players=(
  'hls.js 1.7.4 Apache-2.0 dist/hls.min.js cfc70cc9e9fc63d071919e087670abc760c8fd1bc889b88588026e4d22193bbe hls.js'
  'dashjs 5.2.1 BSD-3-Clause dist/modern/umd/dash.mediaplayer.min.js d4ee2d6fd00a3944f448964787d4603ca1e4ae5ce2956d0a755b78e0d3566b57 dash.js'
)
folder=$1/players-$(printf '%s\n' "${players[@]}" | sha256sum | cut -c1-12)
if [ ! -e "$folder/.complete" ]; then
  printf 'setup: fetching hls.js and dash.js, once\n' >&2
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$folder"
  for player in "${players[@]}"; do
    read -r name version licence path sum target <<<"$player"
    (cd "$work" && npm pack --silent "$name@$version" >/dev/null && tar xzf "$name-$version.tgz")
    echo "$sum  $work/package/$path" | sha256sum --check --quiet >&2
    # For scripts/licenses.py.
    cat "$work"/package/LICENSE* "$work/package/${path}".LICENSE* >"$folder/$name.license" 2>/dev/null || true
    echo "$name $version $licence" >>"$work/about"
    mv "$work/package/$path" "$folder/$target"
    rm -rf "$work/package"
  done
  mv "$work/about" "$folder/about"
  touch "$folder/.complete"
fi
echo "$folder"
