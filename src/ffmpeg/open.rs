//! Opening a container, and what is said where that fails.

use std::ffi::CStr;
use std::ptr::NonNull;

use rsmpeg::avformat::{AVFormatContextInput, AVIOContextCustom, AVInputFormat, AVInputFormatRef};
use rsmpeg::avutil::AVDictionary;
use rsmpeg::ffi;

use super::error::failed;
use super::io::{self, SharedByteStream};
use super::log;
use super::mend::Mend;
use super::mended;
use crate::base::{Error, ErrorKind, Result};
use crate::source::{Context, Source};

/// The demuxers that may read a source. None opens other resources (as playlists, image sequences and scripts do), or is
/// for formats that are never uploaded.
const DEMUXERS: &CStr =
    c"aac,ac3,aiff,amr,ape,apng,asf,au,avi,caf,dhav,dsf,dts,dtshd,dv,eac3,flac,flic,flv,gif,gsm,gxf,h261,h263,h264,\
hevc,iff,ivf,loas,m4v,matroska,webm,mjpeg,mlp,mov,mp4,mp3,mpc,mpc8,mpeg,mpegts,mpegvideo,mxf,nut,obu,ogg,oma,qcp,rm,shn,tak,\
truehd,tta,voc,wav,w64,wtv,wv,yuv4mpegpipe";

/// How files of one format begin, and those of no other: from which byte on, what, and the demuxer. FFmpeg would ask all demuxers,
/// which brings the code of all of them into memory.
const BEGINNINGS: [(usize, &[u8], &CStr); 5] = [
    (4, b"ftyp", c"mov"),
    (0, b"\x1a\x45\xdf\xa3", c"matroska"),
    (0, b"FLV\x01", c"flv"),
    (0, b"OggS\0", c"ogg"),
    (8, b"AVI LIST", c"avi"),
];
/// As many bytes as say which of them it is.
const BEGINNING: usize = 16;

pub(super) fn check_size(source: &Source) -> Result<()> {
    let (name, len) = (source.name(), source.len());
    if len == 0 {
        return Err(Error::new(ErrorKind::NotMedia, format!("{name} is empty")));
    }
    if len > source.limits().source_bytes {
        let message = format!("{name} has {len} bytes, more than the limit of {}", source.limits().source_bytes);
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    Ok(())
}

/// A container and what it reads from.
pub(super) struct Container {
    pub(super) format: AVFormatContextInput,
    /// Dropped after the container, as fields are dropped in order.
    pub(super) bytes: AVIOContextCustom,
    pub(super) io: SharedByteStream,
}

/// What is read of the tables of an MP4.
pub(super) enum Tables {
    Edited,
    /// The same, but for what is written over.
    Begun(Vec<Mend>),
    /// Its edit lists are left aside.
    Unedited,
    /// They are too, and so is all that is written over.
    Cut(Vec<Mend>),
}

pub(super) fn open_container(context: &Context, tables: Tables) -> Result<Container> {
    let is_edited = matches!(tables, Tables::Edited | Tables::Begun(_));
    let mended = match tables {
        Tables::Cut(cut) => cut,
        Tables::Begun(cut) => [mended::sound(context)?, cut].concat(),
        Tables::Edited | Tables::Unedited => mended::sound(context)?,
    };
    let demuxer = demuxer(context)?;
    let open = |mended: Vec<Mend>| {
        let (mut bytes, io) = io::open(context, mended)?;
        let options = AVDictionary::new(c"format_whitelist", DEMUXERS, 0)
            .set(c"protocol_whitelist", c"", 0)
            // Derives presentation times that a container lacks (AVI, MPEG program streams) from the decoding order,
            // in the same way for probing and decoding.
            .set(c"fflags", c"+genpts", 0)
            // However much of a transport stream is lost, what follows is looked for.
            .set(c"resync_size", c"2147483647", 0)
            .set(c"ignore_editlist", if is_edited { c"0" } else { c"1" }, 0);
        match open_context(&mut bytes, demuxer.as_ref(), options) {
            Ok(format) => {
                if format.iformat().name() == c"mpeg" {
                    io::lock(&io).set_program_stream();
                }
                Ok(Ok(Container { format, bytes, io }))
            }
            Err(code) => Ok(Err((io, code))),
        }
    };
    let opened = match open(mended.clone())? {
        // FFmpeg knows no index of indexes of fragments. Without any it finds the fragments by itself.
        Err((_, ffi::AVERROR_PATCHWELCOME)) => open([mended, mended::segment_indexes(context)].concat())?,
        opened => opened,
    };
    opened.map_err(|(io, code)| open_error(&context.source, &io, code))
}

/// The demuxer of a source whose beginning says which it is.
fn demuxer(context: &Context) -> Result<Option<AVInputFormatRef<'static>>> {
    let mut head = vec![0; BEGINNING.min(usize::try_from(context.source.len()).unwrap_or(BEGINNING))];
    context.read_exact_at(0, &mut head)?;
    let known =
        BEGINNINGS.iter().find(|(start, bytes, _)| head.get(*start..).is_some_and(|head| head.starts_with(bytes)));
    Ok(known.and_then(|(_, _, name)| AVInputFormat::find(name)))
}

/// Opens a container over `bytes`, which must outlive it; fails with FFmpeg's error code. rsmpeg's own function would
/// also find out the stream information, and frees the options twice when opening fails.
fn open_context(
    bytes: &mut AVIOContextCustom,
    demuxer: Option<&AVInputFormatRef<'static>>,
    options: AVDictionary,
) -> std::result::Result<AVFormatContextInput, i32> {
    let demuxer = demuxer.map_or(std::ptr::null(), |demuxer| demuxer.as_ptr());
    // SAFETY: the context is allocated here and gets its byte stream before it is used; avformat_open_input frees it
    // on failure. The options that it leaves are ours to free.
    unsafe {
        let mut context = ffi::avformat_alloc_context();
        let Some(fields) = context.as_mut() else { return Err(ffi::AVERROR(ffi::ENOMEM)) };
        fields.pb = bytes.as_mut_ptr();
        let mut left = options.into_raw().as_ptr();
        let code = ffi::avformat_open_input(&mut context, std::ptr::null(), demuxer, &mut left);
        ffi::av_dict_free(&mut left);
        match NonNull::new(context).filter(|_| code >= 0) {
            Some(context) => Ok(AVFormatContextInput::from_raw(context)),
            None => Err(code),
        }
    }
}

pub(super) fn open_error(source: &Source, io: &SharedByteStream, code: i32) -> Error {
    if let Some(failure) = io::lock(io).take_failure() {
        return failure;
    }
    let name = source.name();
    let last = log::take_last_error().unwrap_or_default();
    if last.contains("moov atom not found") {
        let message = format!("{name} is a truncated MP4: its index (the moov box) is missing, so it cannot be read");
        return Error::new(ErrorKind::Truncated, message);
    }
    let message = format!("{name} is not a media file that vodkit can read, or it is damaged or incomplete");
    failed(ErrorKind::NotMedia, message, code)
}
