#!/usr/bin/env bash
# Makes a machine ready to build vodkit: system packages, an FFmpeg that rsmpeg can use, and
# .cargo/config.toml that points the build at it. Does nothing that is done already.
#
#   scripts/setup.sh              what building needs
#   scripts/setup.sh --demo       also the ffmpeg command
#   scripts/setup.sh --tests      also what the tests need (valgrind, Python's venv, npm, Chromium)
#   scripts/setup.sh --print-env     for another project that is to build against the same FFmpeg: does what building
#                                    needs, writes nothing here, and prints the environment for eval
#   scripts/setup.sh --print-config  the same, for that project's .cargo/config.toml
#
# VODKIT_FFMPEG_LICENSE=lgpl: an FFmpeg without x264, see scripts/build-ffmpeg.sh. It is to be set at each set-up, those
# of make too.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "${1:-}" != --help ] || { sed -n '2,/^set /s/^# \{0,1\}//p' scripts/setup.sh; exit; }

build_packages=(gcc g++ make nasm pkg-config libclang-dev libdav1d-dev
  zlib1g-dev xz-utils ca-certificates)
test_packages=(valgrind locales)
python_packages=(python3 python3-venv)
min_rust=1.93
license=${VODKIT_FFMPEG_LICENSE:-gpl}
[ "$license" = lgpl ] || build_packages+=(libx264-dev)

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

install_packages() {
  local missing root=()
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "these packages are missing and need root to install: ${missing[*]}"
    root=(sudo)
  fi
  local log=$log_dir/apt.log
  say "installing ${#missing[@]} system packages (about a minute; log: $log): ${missing[*]}"
  { "${root[@]}" apt-get update && "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 ||
    { tail -n 5 "$log" >&2; die "apt-get could not install the packages; the whole log is $log"; }
}

# Elsewhere than on Debian and its kin we install nothing, but say what is missing.
check_other_system() {
  local missing=() tool library
  for tool in cc make nasm pkg-config; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  for library in x264 dav1d zlib; do
    [ "$library" != x264 ] || [ "$license" != lgpl ] || continue
    pkg-config --exists "$library" 2>/dev/null || missing+=("$library (with headers)")
  done
  ldconfig -p 2>/dev/null | grep -q 'libclang[-.]' || missing+=("libclang")
  local tools=()
  [ "$1" != demo ] || tools=(ffmpeg)
  [ "$1" != tests ] || tools=(ffmpeg ffprobe python3)
  for tool in "${tools[@]}"; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  [ ${#missing[@]} -eq 0 ] || { printf 'setup: this system is not Debian or Ubuntu, so nothing was installed. Missing:\n' >&2
    printf '  %s\n' "${missing[@]}" >&2; exit 1; }
}

check_rust() {
  command -v cargo >/dev/null || die "Rust $min_rust or newer is needed and no cargo was found; install it with rustup"
  local have
  have=$(cargo --version | awk '{print $2}')
  [ "$(printf '%s\n%s\n' "$min_rust" "$have" | sort -V | head -n 1)" = "$min_rust" ] ||
    die "Rust $min_rust or newer is needed, but cargo is $have; update it with 'rustup update'"
}

# FFmpeg 6.1 is libavcodec 60.31; all seven libraries must be there, rusty_ffmpeg links each. Which licence it is under
# is not asked: whoever wants another than distributions choose has one built.
system_ffmpeg_fits() {
  [ "$license" = gpl ] && pkg-config --atleast-version=60.31 libavcodec 2>/dev/null &&
    pkg-config --exists libavformat libavfilter libavdevice libavutil libswscale libswresample
}

write_cargo_config() {
  local text
  text="# Written by scripts/setup.sh: which FFmpeg this checkout builds against, what \`vodkit serve\` brings along, and what
# the tests make videos with.
$(toml_environment)"
  [ -z "$players" ] || text+="
VODKIT_PLAYERS = \"$players\""
  [ -z "$tests_ffmpeg" ] || text+="
VODKIT_FFMPEG = \"$tests_ffmpeg\""
  mkdir -p .cargo
  [ "$(cat .cargo/config.toml 2>/dev/null)" = "$text" ] || printf '%s\n' "$text" >.cargo/config.toml
}

# A path that is not absolute is to be ignored (XDG Base Directory Specification).
cache=${XDG_CACHE_HOME:-} cache=${cache%/}
[[ $cache == /* ]] || cache=$HOME/.cache
cache+=/vodkit
# FFmpeg's makefiles, pkg-config and shells each have characters of their own that they read otherwise.
[[ $cache =~ ^[A-Za-z0-9/._+@,:=-]+$ ]] ||
  die "FFmpeg cannot be built in $cache: set XDG_CACHE_HOME to a path of letters, digits and / . _ + @ , : = - alone"
log_dir=$cache/log
mkdir -p "$log_dir"
wanted=${1:---build} wanted=${wanted#--}
case $wanted in
  build | demo | tests) ;;
  print-env | print-config) exec 3>&1 >&2 ;;
  *) die "--demo, --tests, --print-env, --print-config or --help, not $1" ;;
esac

if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
  packages=("${build_packages[@]}")
  if [ $wanted = demo ] || [ $wanted = tests ]; then
    # It may be of another make.
    { command -v ffmpeg && command -v ffprobe; } >/dev/null || packages+=(ffmpeg)
  fi
  if [ $wanted = tests ]; then
    packages+=("${test_packages[@]}")
    command -v curl >/dev/null || packages+=(curl)
    command -v npm >/dev/null || packages+=(nodejs npm)
    command -v "${CHROMIUM:-chromium}" >/dev/null || packages+=(chromium)
    # Debian's Python cannot make virtual environments without the second package; others' can.
    python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=("${python_packages[@]}")
  fi
  install_packages "${packages[@]}"
else
  check_other_system $wanted
fi
check_rust

# Fetched while FFmpeg is built; below each says where it is, and tries again where it failed.
fetching=()
if [[ $wanted != print-* ]] && command -v npm >/dev/null; then
  scripts/players.sh "$cache" >/dev/null &
  fetching+=($!)
fi
if [ $wanted = tests ]; then
  scripts/static-ffmpeg.sh "$cache" >/dev/null &
  fetching+=($!)
fi

if system_ffmpeg_fits; then
  environment=("FFMPEG_INCLUDE_DIR=$(pkg-config --variable=includedir libavcodec)"
    "FFMPEG_PKG_CONFIG_PATH=$(pkg-config --variable=pcfiledir libavcodec)")
  pkg-config --atleast-version=61 libavcodec ||
    say "this is FFmpeg 6: build with --no-default-features --features ffmpeg6"
else
  prefix=$(scripts/build-ffmpeg.sh "$cache")
  environment=("FFMPEG_INCLUDE_DIR=$prefix/include" "FFMPEG_PKG_CONFIG_PATH=$prefix/lib/pkgconfig"
    "FFMPEG_LINK_MODE=static")
fi
toml_environment() { printf '[env]\n'; printf '%s\n' "${environment[@]}" | sed 's/=\(.*\)/ = "\1"/'; }
case $wanted in
  print-env) printf 'export %s\n' "${environment[@]}" >&3; exit ;;
  print-config) toml_environment >&3; exit ;;
esac

for each in "${fetching[@]}"; do wait "$each" || true; done
# Without npm, `vodkit serve` has what the browser plays by itself.
players=
if command -v npm >/dev/null; then players=$(scripts/players.sh "$cache"); fi

# The tests in Rust start ffmpeg some 1500 times. For the others, and for ffprobe, the system's is fast enough.
if [ $wanted = tests ]; then
  tests_ffmpeg=$(scripts/static-ffmpeg.sh "$cache")
else # What an earlier set-up for the tests wrote stays.
  tests_ffmpeg=$(sed -nE 's/^VODKIT_FFMPEG = "(.*)"$/\1/p' .cargo/config.toml 2>/dev/null || true)
fi

write_cargo_config
