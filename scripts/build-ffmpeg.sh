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
#
# VODKIT_FFMPEG_LICENSE=lgpl leaves x264 out, and with it the GPL; nothing else of what is listed below is under it.
# vodkit then probes, plans, copies and takes thumbnails, and says that it has no H.264 encoder where it needs one.
set -euo pipefail

cache=$1
suite=trixie

say() { printf 'setup: %s\n' "$*" >&2; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

demuxers=aac,ac3,aiff,amr,asf,av1,avi,caf,dv,eac3,flac,flv,gif,h264,hevc,ivf,m4v,matroska,mov,mp3,mpegps
demuxers+=,mpegts,mpegvideo,mxf,obu,ogg,wav,w64
# The codec of a transport stream's private data is found by asking these what it looks like.
demuxers+=,dts,dtshd,loas,mlp,truehd
video_decoders=h264,hevc,libdav1d,vp8,vp9,mpeg1video,mpeg2video,mpeg4,msmpeg4v2,msmpeg4v3,h263,h263p
video_decoders+=,flv,vp6,vp6f,vc1,wmv1,wmv2,wmv3,prores,dnxhd,cfhd,mjpeg,theora,dvvideo,rawvideo,v210
video_decoders+=,ffv1,huffyuv,ffvhuff,utvideo,qtrle,svq3,png,gif
audio_decoders='aac,aac_latm,mp1float,mp2float,mp3float,ac3,eac3,dca,truehd,mlp,opus,vorbis,flac,alac'
audio_decoders+=',wmav1,wmav2,wmapro,amrnb,amrwb,adpcm_*,pcm_*'
parsers=aac,aac_latm,ac3,av1,dca,flac,gif,h263,h264,hevc,mjpeg,mlp,mpeg4video,mpegaudio,mpegvideo
parsers+=,opus,png,vc1,vorbis,vp3,vp8,vp9,dnxhd,amr
filters=buffer,buffersink,scale,format,transpose,hflip,vflip,bwdif,setparams,zscale,tonemap

case ${VODKIT_FFMPEG_LICENSE:-gpl} in
  gpl) licensed=(--enable-gpl --enable-zlib --enable-libx264) encoders=libx264,aac ;;
  lgpl) licensed=(--enable-zlib) encoders=aac ;;
  *) die "VODKIT_FFMPEG_LICENSE is gpl or lgpl, not $VODKIT_FFMPEG_LICENSE" ;;
esac
configuration=(--disable-everything --disable-autodetect --disable-programs --disable-doc --disable-network
  --disable-debug --disable-postproc --disable-shared --enable-static --enable-pic
  "${licensed[@]}" --enable-libdav1d --enable-libzimg
  --enable-demuxer="$demuxers" --enable-decoder="$video_decoders" --enable-decoder="$audio_decoders"
  --enable-parser="$parsers" --enable-encoder="$encoders" --enable-bsf=extract_extradata
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

# For FFmpeg's makefiles, on x86-64: what is hot nowhere (containers, and C where every such processor has assembly) is
# compiled at -O1, in half the time. And macros in assembly are expanded once: nasm does it anew in each of its passes,
# six of them. Only `align` is left to it, which wants to know addresses. The objects are the same.
quicker='
libavformat/%.o libavcodec/vp9dsp_%.o: CFLAGS += -O1
libavcodec/h264dsp.o libavcodec/h264pred.o libavcodec/h264qpel.o libavcodec/hevc/dsp.o libavcodec/qpeldsp.o: CFLAGS += -O1
libavcodec/vp8dsp.o libavutil/tx_double.o libavutil/tx_int32.o: CFLAGS += -O1
override define COMPILE_X86ASM
nasm $(X86ASMFLAGS) -E -o $(@:.o=.i) $<
sed -i -E -e "1i %use smartalign\nALIGNMODE p6" -e "s/^times \(\(\(([0-9]+)\) - .* nop$$/align \1/" $(@:.o=.i)
nasm $(filter-out -P%,$(X86ASMFLAGS)) -o $@ $(@:.o=.i)
endef'

# The cache is keyed by the configuration; the version is in the folder's name for people.
key=$(printf '%s\n' "${configuration[@]}" | sha256sum | cut -c1-12)
log=$cache/log/ffmpeg-$key.log
find_ready() { find -H "$cache" -maxdepth 2 -path "*/ffmpeg-*-$key/.complete" -printf '%h\n' 2>/dev/null | sort | tail -n 1; }
ready=$(find_ready)
[ -n "$ready" ] && { echo "$ready"; exit; }

# Another checkout may be here at the same time.
mkdir -p "$cache/log"
exec 9>"$cache/ffmpeg-$key.lock"
flock -n 9 || { say "waiting for another set-up, which builds FFmpeg"; flock 9; }
ready=$(find_ready)
[ -n "$ready" ] && { echo "$ready"; exit; }

# Kept where somebody interrupts it: the next run goes on from there.
work=$cache/ffmpeg-build-$key
say "building FFmpeg, once for this machine (1 to 3 minutes on two cores; log: $log)"
if [ ! -e "$work/.configured" ]; then
  rm -rf "$work"
  mkdir "$work"
  : >"$log"
  tarball=${VODKIT_FFMPEG_SOURCE:-$(fetch_source)}
  tar -C "$work" -xf "$tarball"
fi
source_dir=$(find "$work" -mindepth 1 -maxdepth 1 -type d -name 'ffmpeg-*' | head -n 1)
prefix=$cache/ffmpeg-$(cat "$source_dir/VERSION")-$key
configure() {
  ./configure --prefix="$prefix" "${configuration[@]}" || return
  [ "$(uname -m)" != x86_64 ] || printf '%s\n' "$quicker" >>ffbuild/config.mak
  touch "$work/.configured"
}
if ! (cd "$source_dir" && { [ -e "$work/.configured" ] || configure; } &&
      make -j"$(nproc)" && rm -rf "$prefix" && make install) >>"$log" 2>&1; then
  tail -n 5 "$log" >&2
  rm -rf "$work"
  die "FFmpeg did not build; the whole log is $log"
fi
touch "$prefix/.complete"
rm -rf "$work"
echo "$prefix"
