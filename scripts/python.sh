#!/usr/bin/env bash
# The Python package: builds its wheel, tests it. Called by `make python` and `make test`.
#
#   scripts/python.sh build [CARGO OPTIONS]    the wheel, into target/wheels
#   scripts/python.sh test [CARGO OPTIONS]     a wheel of the tests' profile, in a fresh virtual environment of python3
#                                              and of each newer python3.N that is installed
#
# The tools come from PyPI into the user's cache folder, once; from then on nothing is fetched.
set -euo pipefail
cd "$(dirname "$0")/.."

command=$1
shift
package=bindings/python
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
min_python=3.11

say() { printf 'python: %s\n' "$*" >&2; }
die() { printf 'python: %s\n' "$*" >&2; exit 1; }

# The python3 that is called so, and each newer python3.N that is on the PATH or pyenv's, and that runs.
pythons() {
  local minor program
  command -v python3
  for minor in $(seq $(($(python3 -c 'import sys; print(sys.version_info.minor)') + 1)) 30); do
    for program in $(type -ap "python3.$minor") "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3."$minor".*/bin/python3."$minor"; do
      # pyenv's own python3.N is one that does not run where no version was chosen.
      if [ -x "$program" ] && "$program" -c 'import venv, ctypes' 2>/dev/null; then
        echo "$program"
        break
      fi
    done
  done
}

# Sets `kit`: the folder of the tools, and of the packages that test environments of a Python are made of.
find_kit() {
  local python=$1 version log cache=${XDG_CACHE_HOME:-$HOME/.cache}/vodkit
  version=$("$python" -c 'import platform; print(platform.python_version())')
  printf '%s\n' $min_python "$version" | sort -VC ||
    die "Python $min_python or newer is needed, but python3 is $version"
  kit=$cache/python-$version-$({ echo "$python"; cat $package/requirements-*.txt; } | sha256sum | cut -c1-12)
  log=$cache/log/python.log
  mkdir -p "$cache/log"
  # Another checkout may be here at the same time.
  exec 9>"$kit.lock"
  flock 9
  if [ ! -e "$kit/.complete" ]; then
    say "fetching the tools for the Python package and Python $version, once (about a minute; log: $log)"
    rm -rf "$kit"
    { "$python" -m venv "$kit/tools" &&
        "$kit/tools/bin/pip" wheel -r $package/requirements-build.txt -r $package/requirements-test.txt \
          -w "$kit/packages" &&
        "$kit/tools/bin/pip" install --no-index -f "$kit/packages" -r $package/requirements-build.txt &&
        touch "$kit/.complete"; } >"$log" 2>&1 ||
      { tail -n 5 "$log" >&2; die "the tools could not be installed; the whole log is $log"; }
  fi
  exec 9>&-
}

# wheel LIBRARY FOLDER: a wheel around the library, alone in the folder.
wheel() {
  local scratch=$target/python/build log=$target/python/build.log
  rm -rf "$scratch" "$2"/vodkit-*.whl
  mkdir -p "$scratch" "$2"
  # The repair copies x264 and dav1d into the wheel, under names that no other library has.
  { VODKIT_LIBRARY=$1 VODKIT_SCRATCH=$scratch "$kit/tools/bin/pip" wheel --no-deps --no-build-isolation \
      --no-index -w "$scratch" ./$package &&
      PATH=$kit/tools/bin:$PATH auditwheel repair -w "$2" "$scratch"/vodkit-*.whl; } >"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; die "the wheel could not be built; the whole log is $log"; }
}

# fresh_environment PYTHON: sets `fresh`, a virtual environment with the wheel and what tests need.
fresh_environment() {
  find_kit "$1"
  fresh=$target/python/fresh-$(basename "$kit")
  rm -rf "$fresh"
  "$1" -m venv --without-pip "$fresh"
  "$kit/tools/bin/pip" --python "$fresh/bin/python" install -q --no-index -f "$kit/packages" \
    "$target"/python/wheel/*.whl -r $package/requirements-test.txt
}

find_kit "$(command -v python3)"
case $command in
  build)
    cargo build --release -p vodkit-capi --lib "$@"
    wheel "$target/release/libvodkit_capi.so" "$target/wheels"
    say "built $(ls "$target"/wheels/*.whl)"
    ;;
  test)
    # The library that the Rust tests have built, so it costs no further build. Their profile slows down our
    # own part alone: FFmpeg and x264 are optimised in any case.
    library=$(cargo test --workspace --no-run --quiet --message-format=json "$@" |
      grep -o '"[^"]*/libvodkit_capi\.so"' | tail -n 1 | tr -d '"')
    wheel "$library" "$target/python/wheel"
    rm -rf "$target"/python/fresh*
    for python in $(pythons); do
      fresh_environment "$python"
      if [ "$python" = "$(command -v python3)" ]; then
        (cd $package && "$fresh/bin/mypy" --cache-dir "$target/python/mypy" --python-executable "$fresh/bin/python")
      fi
      say "testing with $("$fresh/bin/python" --version)"
      (cd $package && VODKIT_COMMAND=$target/debug/vodkit "$fresh/bin/pytest")
    done
    ;;
esac
