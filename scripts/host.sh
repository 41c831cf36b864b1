#!/usr/bin/env bash
# The example host. Called by `make host` and `make test`.
#
#   scripts/host.sh run [CARGO OPTIONS]    builds and starts it; PORT, DATA, TOKEN and ARGS, which is for further options,
#                                          change what it is started with
#   scripts/host.sh test                   its API by other people's clients; the tests in Rust have built it
#
# The clients come from PyPI into the user's cache folder, once.
set -euo pipefail
cd "$(dirname "$0")/.."

command=$1
shift
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
case $command in
  run)
    [ -e "$target/release/stream-host" ] || printf 'host: building it, once (5 to 10 minutes on two cores)\n' >&2
    cargo build --release -p stream-host "$@"
    data=${DATA:-stream-data} port=${PORT:-8787}
    mkdir -p "$data"
    # The same at each start, so that links to the page stay good.
    [ -s "$data/token" ] || (umask 077 && head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$data/token")
    token=${TOKEN:-$(cat "$data/token")}
    address=http://127.0.0.1:$port
    cat <<TEXT

  The page:  $address/#token=$token
  The API:   curl -H 'Authorization: Bearer $token' \\
               -d '{"url": "https://LINK/TO/A/VIDEO.mp4"}' $address/client/v4/accounts/demo/stream/copy
             curl -H 'Authorization: Bearer $token' \\
               -F file=@VIDEO.mp4 $address/client/v4/accounts/demo/stream

TEXT
    # shellcheck disable=SC2086 # These are words.
    STREAM_TOKEN=$token exec "$target/release/stream-host" --data "$data" --port "$port" ${ARGS:-}
    ;;
  test)
    requirements=$PWD/examples/stream-host/tests/requirements.txt
    kit=${XDG_CACHE_HOME:-$HOME/.cache}/vodkit/host-$({ python3 --version; cat "$requirements"; } | sha256sum | cut -c1-12)
    if [ ! -e "$kit/.complete" ]; then
      printf 'host: fetching the clients that the tests use, once (half a minute)\n' >&2
      rm -rf "$kit"
      python3 -m venv "$kit"
      "$kit/bin/pip" install -q -r "$requirements"
      touch "$kit/.complete"
    fi
    cd examples/stream-host/tests
    STREAM_HOST=$target/debug/stream-host "$kit/bin/pytest" -q -p no:cacheprovider
    ;;
esac
