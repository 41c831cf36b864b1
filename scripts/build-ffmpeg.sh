#!/usr/bin/env bash
# Builds the FFmpeg libraries that vodkit links (static, position independent, only what the engine
# uses) into a cache folder, and prints the folder. Called by setup.sh where the system has no FFmpeg
# of 6.1 or newer.
#
#   scripts/build-ffmpeg.sh CACHE_FOLDER
#
# The source is Debian 13's source package, fetched by apt with its signatures checked, from the mirror
# that this system uses anyway; nothing is added to the system's own package sources. Or set
# VODKIT_FFMPEG_SOURCE to an ffmpeg-*.tar.xz that you have.
set -euo pipefail

cache=$1
suite=trixie
log=$cache/log/ffmpeg-build.log

say() { printf 'setup: %s\n' "$*" >&2; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

demuxers=aac,ac3,aiff,asf,av1,avi,caf,dv,eac3,flac,flv,gif,h264,hevc,ivf,m4v,matroska,mov,mp3,mpegps
demuxers+=,mpegts,mpegvideo,mxf,obu,ogg,wav,w64
video_decoders=h264,hevc,libdav1d,vp8,vp9,mpeg1video,mpeg2video,mpeg4,msmpeg4v2,msmpeg4v3,h263,h263p
video_decoders+=,flv,vp6,vp6f,vc1,wmv1,wmv2,wmv3,prores,dnxhd,cfhd,mjpeg,theora,dvvideo,rawvideo,v210
video_decoders+=,ffv1,huffyuv,ffvhuff,utvideo,qtrle,svq3,png,gif
audio_decoders='aac,aac_latm,mp1float,mp2float,mp3float,ac3,eac3,dca,truehd,mlp,opus,vorbis,flac,alac'
audio_decoders+=',wmav1,wmav2,wmapro,amrnb,amrwb,adpcm_*,pcm_*'
parsers=aac,aac_latm,ac3,av1,dca,flac,gif,h263,h264,hevc,mjpeg,mlp,mpeg4video,mpegaudio,mpegvideo
parsers+=,opus,png,vc1,vorbis,vp3,vp8,vp9,dnxhd,amr
filters=buffer,buffersink,scale,format,transpose,hflip,vflip,bwdif,setparams,zscale,tonemap

configuration=(--disable-everything --disable-autodetect --disable-programs --disable-doc --disable-network
  --disable-debug --disable-postproc --disable-shared --enable-static --enable-pic
  --enable-gpl --enable-zlib --enable-libx264 --enable-libdav1d --enable-libzimg
  --enable-demuxer="$demuxers" --enable-decoder="$video_decoders" --enable-decoder="$audio_decoders"
  --enable-parser="$parsers" --enable-encoder=libx264,aac --enable-bsf=extract_extradata
  --enable-filter="$filters")

# apt, with a sources list of our own that has only Debian's source packages.
private_apt() {
  local tool=$1; shift
  "$tool" -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@"
}

fetch_source() {
  local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  command -v apt-get >/dev/null ||
    die "FFmpeg 6.1 or newer is needed: install its development packages, or set VODKIT_FFMPEG_SOURCE to an ffmpeg-*.tar.xz"
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -E '/debian/?$' | head -n 1)
  [ -n "$mirror" ] && [ -r "$keyring" ] ||
    die "this system has no Debian mirror to take FFmpeg's source from: install FFmpeg 6.1 or newer with its headers, or set VODKIT_FFMPEG_SOURCE to an ffmpeg-*.tar.xz"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  echo "deb-src [signed-by=$keyring] $mirror $suite main" >"$work/sources.list"
  { private_apt apt-get update && (cd "$work" && private_apt apt-get source --download-only ffmpeg); } >>"$log" 2>&1 ||
    die "FFmpeg's source could not be fetched; the log is $log"
  ls "$work"/ffmpeg_*.orig.tar.xz
}

# The cache is keyed by the configuration; the version is in the folder's name for people.
key=$(printf '%s\n' "${configuration[@]}" | sha256sum | cut -c1-12)
ready=$(find "$cache" -maxdepth 2 -path "*/ffmpeg-*-$key/.complete" -printf '%h\n' 2>/dev/null | sort | tail -n 1)
[ -n "$ready" ] && { echo "$ready"; exit; }

mkdir -p "$cache/log"
work=$(mktemp -d "$cache/ffmpeg-build.XXXXXX")
trap 'rm -rf "$work"' EXIT
: >"$log"
say "building FFmpeg, once for this machine (3 to 5 minutes on two cores; log: $log)"
tarball=${VODKIT_FFMPEG_SOURCE:-$(fetch_source)}
tar -C "$work" -xf "$tarball"
source_dir=$(find "$work" -mindepth 1 -maxdepth 1 -type d -name 'ffmpeg-*' | head -n 1)
prefix=$cache/ffmpeg-$(cat "$source_dir/VERSION")-$key
if ! (cd "$source_dir" && ./configure --prefix="$prefix" "${configuration[@]}" &&
      make -j"$(nproc)" && rm -rf "$prefix" && make install) >>"$log" 2>&1; then
  tail -n 5 "$log" >&2
  die "FFmpeg did not build; the whole log is $log"
fi
touch "$prefix/.complete"
echo "$prefix"
