use rsmpeg::avutil::err2str;
use rsmpeg::error::RsmpegError;
use rsmpeg::ffi;

use super::log;
use crate::base::{Error, ErrorKind};

/// An error of `kind`, with FFmpeg's text for `code` and its last log line as the cause.
pub(super) fn failed(kind: ErrorKind, message: impl Into<String>, code: i32) -> Error {
    let text = err2str(code).unwrap_or_else(|| format!("FFmpeg error {code}"));
    let cause = match log::take_last_error() {
        Some(line) => format!("{text} ({line})"),
        None => text,
    };
    Error::new(kind, message).with_cause(cause)
}

pub(super) fn code_of(error: &RsmpegError) -> i32 {
    error.raw_error().unwrap_or(ffi::AVERROR_UNKNOWN)
}
