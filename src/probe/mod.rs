//! What is in a media file, and when and where each of its packets is.

mod boxes;
mod codings;
mod index;
mod info;
mod rate;
mod read;
mod scan;

pub(crate) use codings::own_codings;
pub(crate) use index::FARTHEST;
pub use index::{FrameIndex, Packet, SeekPoint, TrackIndex};
pub use info::{AudioInfo, Colour, Disposition, FieldOrder, Hdr, MediaInfo, Track, TrackKind, VideoInfo};
pub(crate) use read::is_indexed;
pub(crate) use scan::{count_sounds, is_language, is_same, scan};

use crate::source::SharedSource;
use crate::{Limits, Result};

/// Finds out what is in `source`, within the default [`Limits`].
///
/// Reads the source once from start to end: frame rates and keyframes are found, not believed. Of an MP4 without
/// fragments it reads the index and the beginning: there it is all written down.
///
/// # Errors
/// [`NotMedia`](crate::ErrorKind::NotMedia) where it is no media file,
/// [`Truncated`](crate::ErrorKind::Truncated) where part of it is missing,
/// [`LimitExceeded`](crate::ErrorKind::LimitExceeded), and those of reading the source.
///
/// ```no_run
/// use std::sync::Arc;
/// let source: vodkit::SharedSource = Arc::new(vodkit::FileSource::open("holiday.mp4")?);
/// let info = vodkit::probe(&source)?;
/// println!("{} seconds", info.duration.to_f64());
/// # Ok::<(), vodkit::Error>(())
/// ```
pub fn probe(source: &SharedSource) -> Result<MediaInfo> {
    probe_within(source, &Limits::default())
}

/// As [`probe`], within limits of the caller's.
///
/// # Errors
/// As [`probe`].
pub fn probe_within(source: &SharedSource, limits: &Limits) -> Result<MediaInfo> {
    Ok(scan(source, limits)?.0)
}
