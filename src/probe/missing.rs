//! Whether a source is all that it should be by its own word, or was cut off while it was copied.

use super::extent;
use crate::base::{Error, ErrorKind, Rational, Result};
use crate::ffmpeg::{Input, MediaType};
use crate::media::{FrameIndex, Missing};
use crate::source::Source;

/// Seconds that may be stated and not be there: headers round, and leave what is cut off at the ends of sound in.
const MAX_ROUNDING: (i64, i64) = (1, 4);

/// What is to be said of a source whose index points past its end.
pub(super) fn truncation(input: &Input) -> Option<Error> {
    let needed = input.index_end();
    (needed > input.source().len()).then(|| truncated(input.source(), needed))
}

/// What is to be said of a source without a packet, if what it should have is missing.
pub(super) fn nothing_left(input: &Input, missing: Option<Missing>) -> Option<Error> {
    match missing? {
        Missing::Bytes { stated, .. } => Some(truncated(input.source(), stated)),
        _ => None,
    }
}

/// What is to be said of a source that should have so many bytes and has less.
pub(super) fn truncated(source: &Source, needed: u64) -> Error {
    let (name, len) = (source.name(), source.len());
    let message =
        format!("{name} is truncated: it should have at least {needed} bytes, but has only {len}; copy it again");
    Error::new(ErrorKind::Truncated, message)
}

/// How it is known that a source ends early, from all packets that can be read at the times that the container states.
/// `is_listed` if its index lists them, and does not point past its end.
pub(super) fn missing(
    input: &Input,
    index: &FrameIndex,
    is_listed: bool,
    error: Option<&Error>,
) -> Result<Option<Missing>> {
    let found = input.source().len();
    let place = if is_listed { 0 } else { input.last_index_place() };
    let stated = extent::stated(input.context(), place)?;
    let listed = if is_listed { 0 } else { input.index_end() };
    let needed = stated.unwrap_or(0).max(listed);
    // The bytes of a film of WebP's pictures are not those of its file.
    if needed > found && !input.context().is_webp() {
        return Ok(Some(Missing::Bytes { stated: needed, found }));
    }
    if needed > found || input.ends_within_packet() {
        return Ok(Some(Missing::Packet));
    }
    // All bytes being there, a duration may be that of a track that is not read.
    let is_sure =
        !is_listed && (stated.is_none() || input.of_kinds(&[MediaType::Subtitle, MediaType::Other]).is_empty());
    let seconds = is_sure.then(|| seconds(input, index)).flatten();
    Ok(seconds.or(error.map(|_| Missing::Damaged)))
}

/// If the header states more seconds than there are of any track.
fn seconds(input: &Input, index: &FrameIndex) -> Option<Missing> {
    let spans = index.tracks.iter().filter_map(|track| {
        let (start, end) = track.span()?;
        // Some state how long it is, some when it ends.
        Some((input.stated_duration(track.track)?, end - start.min(Rational::ZERO)))
    });
    let spans: Vec<_> = spans.collect();
    let rounding = Rational::new(MAX_ROUNDING.0, MAX_ROUNDING.1);
    let is_short = spans.iter().all(|(stated, found)| *found + rounding < *stated);
    let (stated, found) = spans.into_iter().max().filter(|_| is_short)?;
    Some(Missing::Seconds { stated, found })
}
