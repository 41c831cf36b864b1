//! Opening a container, and what is said where that fails.

use std::ptr::NonNull;

use rsmpeg::avformat::{AVFormatContextInput, AVIOContextCustom};
use rsmpeg::avutil::AVDictionary;
use rsmpeg::ffi;

use super::error::failed;
use super::io::{self, SharedByteStream};
use super::log;
use crate::base::{Error, ErrorKind, Result};
use crate::source::Source;

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

/// Opens a container over `bytes`, which must outlive it; fails with FFmpeg's error code. rsmpeg's own function would
/// also find out the stream information, and frees the options twice when opening fails.
pub(super) fn open_context(
    bytes: &mut AVIOContextCustom,
    options: AVDictionary,
) -> std::result::Result<AVFormatContextInput, i32> {
    // SAFETY: the context is allocated here and gets its byte stream before it is used; avformat_open_input frees it
    // on failure. The options that it leaves are ours to free.
    unsafe {
        let mut context = ffi::avformat_alloc_context();
        let Some(fields) = context.as_mut() else { return Err(ffi::AVERROR(ffi::ENOMEM)) };
        fields.pb = bytes.as_mut_ptr();
        let mut left = options.into_raw().as_ptr();
        let code = ffi::avformat_open_input(&mut context, std::ptr::null(), std::ptr::null(), &mut left);
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
    if is_webp(source) {
        let message =
            format!("{name} is a WebP picture, which FFmpeg cannot play: use a video, a GIF or an animated PNG");
        return Error::new(ErrorKind::Unsupported, message);
    }
    let message = format!("{name} is not a media file that vodkit can read, or its beginning is damaged");
    failed(ErrorKind::NotMedia, message, code)
}

/// Whether a source begins as WebP does (RFC 9649 2.3).
fn is_webp(source: &Source) -> bool {
    let mut bytes = [0; 12];
    let read = source.read_at(0, &mut bytes).unwrap_or(0);
    read == bytes.len() && bytes.starts_with(b"RIFF") && bytes.ends_with(b"WEBP")
}
