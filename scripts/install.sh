#!/usr/bin/env bash
# Installs the library for C and the vodkit command, or takes them away again. Called by `make install`, which
# has built them, and by the tests.
#
#   scripts/install.sh FOLDER      install what cargo built in FOLDER
#   scripts/install.sh --remove    take it away
#
# Cargo calls the library for C libvodkit_capi, after its crate; here it gets the name that it is known by.
#
# PREFIX (/usr/local) and LIBDIR (PREFIX/lib) say where; DESTDIR goes before both, for packagers.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."

prefix=$(realpath -ms "${PREFIX:-/usr/local}")
libdir=$(realpath -ms "${LIBDIR:-$prefix/lib}")
bin=${DESTDIR:-}$prefix/bin include=${DESTDIR:-}$prefix/include lib=${DESTDIR:-}$libdir
soname=libvodkit.so.$(sed -n 's/^pub const VODKIT_ABI_VERSION: u32 = \(.*\);/\1/p' bindings/c/src/version.rs)

# Only the files need root, and only in some places: cargo runs as whoever calls.
place=$lib
while [ ! -e "$place" ]; do place=$(dirname "$place"); done
root=()
[ -w "$place" ] || root=(sudo)

# The system's loader keeps a list of what is in its own folders.
tell_loader() {
  case "${DESTDIR:-}$libdir" in
    /lib* | /usr/*) "${root[@]}" ldconfig || echo "install: run ldconfig as root, for programs to find the library" >&2 ;;
  esac
}

# What a program needs besides libvodkit.a: the libraries of FFmpeg, or, where that is static and so inside
# of libvodkit.a, those beneath it; then those of Rust. The compiler adds gcc_s and c itself.
private_libs() {
  local path
  path=$(sed -n 's/^FFMPEG_PKG_CONFIG_PATH = "\(.*\)"/\1/p' .cargo/config.toml)
  {
    PKG_CONFIG_PATH=$path pkg-config --libs libavdevice libavfilter libavformat libavcodec libswresample \
      libswscale libavutil | tr ' ' '\n' |
      if grep -q '^FFMPEG_LINK_MODE = "static"' .cargo/config.toml; then
        grep -vxE -e "-L${path%/pkgconfig}|-l(av|sw).*"
      else
        cat
      fi
    rustc --crate-type staticlib --print native-static-libs -o "$work/nothing.a" - <<<'' 2>&1 |
      sed -n 's/^note: native-static-libs: //p' | tr ' ' '\n' | grep -vxE -e '-l(gcc_s|c)'
  } | tac | awk 'NF && !seen[$0]++' | tac | paste -sd ' '
}

if [ "$1" = --remove ]; then
  "${root[@]}" rm -f "$lib"/{"$soname",libvodkit.so,libvodkit.a,pkgconfig/vodkit.pc} "$include/vodkit.h" "$bin/vodkit"
  tell_loader
  exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
private=$(private_libs)
cat >"$work/vodkit.pc" <<EOF
prefix=$prefix
includedir=\${prefix}/include
libdir=${libdir/#"$prefix"/\$\{prefix\}}

Name: vodkit
Description: $(sed -n 's/^description = "\(.*\)"/\1/p' Cargo.toml)
Version: $(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
Cflags: -I\${includedir}
Libs: -L\${libdir} -lvodkit
Libs.private: $private
EOF
"${root[@]}" install -D "$1/libvodkit_capi.so" "$lib/$soname"
"${root[@]}" ln -sfn "$soname" "$lib/libvodkit.so"
"${root[@]}" install -D -m 644 "$1/libvodkit_capi.a" "$lib/libvodkit.a"
"${root[@]}" install -D -m 644 include/vodkit.h "$include/vodkit.h"
"${root[@]}" install -D -m 644 "$work/vodkit.pc" "$lib/pkgconfig/vodkit.pc"
# Not where the tests install the library alone.
[ ! -x "$1/vodkit" ] || "${root[@]}" install -D "$1/vodkit" "$bin/vodkit"
tell_loader
