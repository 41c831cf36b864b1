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

demuxers=aac,ac3,aiff,amr,ape,apng,asf,au,av1,avi,caf,dhav,dirac,dsf,dv,eac3,flac,flic,flv,gif,gsm,gxf,h261,h263,h264,hevc
demuxers+=,iff,ivf,m4v,matroska,mjpeg,mov,mp3,mpc,mpc8,mpegps,mpegts,mpegvideo,mxf,nut,obu,ogg,oma,qcp,rm,shorten,tak,tta
demuxers+=,vc1,voc,vvc,w64,wav,wtv,wv,yuv4mpegpipe
# The codec of a transport stream's private data is found by asking these what it looks like.
demuxers+=,dts,dtshd,loas,mlp,truehd
# WAV's finds out with this that what it states as PCM is a stream for a digital output (IEC 61937).
demuxers+=,spdif
video_decoders=h261,h263,h263i,h263p,h264,hevc,vvc,libdav1d,vp3,vp4,vp5,vp6,vp6a,vp6f,vp7,vp8,vp9,theora,dirac,cavs
video_decoders+=,mpeg1video,mpeg2video,mpegvideo,mpeg4,msmpeg4v1,msmpeg4v2,msmpeg4v3,wmv1,wmv2,wmv3,vc1,mss1,mss2
video_decoders+=,flv,flashsv,flashsv2,rv10,rv20,rv30,rv40,svq1,svq3,cinepak,indeo2,indeo3,indeo4,indeo5,msvideo1,msrle
video_decoders+=,rpza,smc,eightbps,qtrle,qdraw,mjpeg,mjpegb,amv,jpeg2000,jpegls,prores,dnxhd,cfhd,hap,dxv,aic,pixlet
video_decoders+=,notchlc,speedhq,dvvideo,rawvideo,bitpacked,v210,v210x,v308,v408,v410,y41p,yuv4,r10k,r210,avui,avrn
video_decoders+=,ffv1,huffyuv,ffvhuff,hymt,utvideo,magicyuv,lagarith,fraps,cllc,vble,sheervideo,snow,asv1,asv2
video_decoders+=,flic,tscc,tscc2,cscd,zmbv,mszh,zlib,g2m,screenpresso,rscc,png,apng,gif,webp,bmp,tiff,targa
audio_decoders='aac,aac_latm,als,mp1float,mp2float,mp3float,mp3adufloat,mp3on4float,ac3,eac3,dca,truehd,mlp,s302m'
audio_decoders+=',opus,vorbis,speex,flac,alac,ape,tta,wavpack,mpc7,mpc8,wmav1,wmav2,wmapro,wmavoice,wmalossless'
audio_decoders+=',cook,sipr,ra_144,ra_288,atrac1,atrac3,atrac3p,qdm2,qdmc,mace3,mace6,nellymoser,imc,iac,truespeech'
audio_decoders+=',tak,shorten,dst,eightsvx_exp,eightsvx_fib,on2avc,dolby_e,dsd_*,amrnb,amrwb,evrc,qcelp,gsm,gsm_ms,ilbc,g723_1,g729,adpcm_*,pcm_*'
subtitle_decoders=subrip,srt,text,ass,ssa,movtext,webvtt,ccaption
parsers=aac,aac_latm,ac3,amr,av1,bmp,cavsvideo,cook,dca,dirac,dnxhd,dolby_e,dvaudio,flac,gif,gsm,g723_1,g729,h261,h263,h264,hevc
parsers+=,jpeg2000,mjpeg,mlp,mpeg4video,mpegaudio,mpegvideo,opus,png,rv34,sipr,tak,vc1,vorbis,vp3,vp8,vp9,vvc,webp
bsfs=extract_extradata
filters=buffer,buffersink,scale,format,transpose,hflip,vflip,bwdif,premultiply

case ${VODKIT_FFMPEG_LICENSE:-gpl} in
  gpl) licensed=(--enable-gpl --enable-zlib --enable-libx264) encoders=libx264,aac ;;
  lgpl) licensed=(--enable-zlib) encoders=aac ;;
  *) die "VODKIT_FFMPEG_LICENSE is gpl or lgpl, not $VODKIT_FFMPEG_LICENSE" ;;
esac
configuration=(--disable-everything --disable-autodetect --disable-programs --disable-doc --disable-network
  --disable-debug --disable-postproc --disable-shared --enable-static --enable-pic
  "${licensed[@]}" --enable-libdav1d
  --enable-demuxer="$demuxers" --enable-decoder="$video_decoders" --enable-decoder="$audio_decoders"
  --enable-decoder="$subtitle_decoders" --enable-parser="$parsers" --enable-encoder="$encoders" --enable-bsf="$bsfs"
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
say "building FFmpeg, once for this machine (2 to 4 minutes on two cores; log: $log)"
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
