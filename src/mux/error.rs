//! Errors of reading and writing boxes.

use crate::base::{Error, ErrorKind};
use crate::codec;

/// The track_ID of the only track in a segment.
pub(super) const TRACK_ID: u32 = 1;

pub(super) fn mux_error(cause: shiguredo_mp4::Error) -> Error {
    Error::new(ErrorKind::Internal, "a segment could not be written as MP4").with_cause(codec::reason(&cause))
}
