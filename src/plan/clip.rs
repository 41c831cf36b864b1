//! The part of a video that a ladder asks for.

use serde::{Deserialize, Serialize};

use crate::base::{Error, Rational, Result};

/// A part of a video. The package starts at 0, and the clip is always encoded, since it may start at any frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Clip {
    /// Start of the clip in seconds from the start of the video: at least 0 and before the end of the video, rounded to
    /// a whole frame.
    pub start: Rational,
    /// End of the clip in seconds from the start of the video, after `start`; the clip has at least one frame. `None`
    /// and times past the end of the video mean its end.
    pub end: Option<Rational>,
}

impl Clip {
    /// A clip from `start` to `end` in seconds; `None` means the end of the video.
    pub fn new(start: impl Into<Rational>, end: impl Into<Option<Rational>>) -> Self {
        Self { start: start.into(), end: end.into() }
    }

    pub(super) fn check(&self) -> Result<()> {
        let Self { start, end } = *self;
        if start < Rational::ZERO || end.is_some_and(|end| end <= start) {
            let end = end.map_or_else(|| "the end".to_owned(), |end| format!("{end} s"));
            return Err(Error::invalid(format!(
                "the clip is from {start} s to {end}, but must start at 0 or later and end after its start"
            )));
        }
        Ok(())
    }
}
