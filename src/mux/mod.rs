//! CMAF (ISO/IEC 23000-19) init and media segments, one track each. The boxes' bytes come from a library.

mod init;
mod media;
mod whole;

pub(crate) use init::{audio_init, video_init};
pub(crate) use media::{Sample, SampleEntry, SampleTimes, media_segment, segment_head};
pub(crate) use whole::{WholeTrack, samples, whole_head};

use crate::{Error, ErrorKind};

/// The one track of a file.
const TRACK_ID: u32 = 1;

fn mux_error(cause: shiguredo_mp4::Error) -> Error {
    Error::new(ErrorKind::Internal, "a segment could not be written as MP4").with_cause(cause.to_string())
}
