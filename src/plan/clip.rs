//! Parts of videos.

use serde::{Deserialize, Serialize};

use crate::base::{Error, Rational, Result};

/// A part of a video. What is made of it begins at 0, and is always encoded: a clip begins with any picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Clip {
    /// Seconds from the video's start to that of the part, 0 or more and before the pictures' end; made a whole number
    /// of frames.
    pub start: Rational,
    /// Seconds from the video's start to the end of the part, above `start`, with one frame at least; times behind the
    /// video's end, and `None`, mean that.
    pub end: Option<Rational>,
}

impl Clip {
    /// The part from `start` to `end`, in seconds; `None`: to the end.
    pub fn new(start: impl Into<Rational>, end: impl Into<Option<Rational>>) -> Self {
        Self { start: start.into(), end: end.into() }
    }

    pub(super) fn check(&self) -> Result<()> {
        let Self { start, end } = *self;
        if start < Rational::ZERO || end.is_some_and(|end| end <= start) {
            let end = end.map_or_else(|| "the end".to_owned(), |end| format!("{end} s"));
            return Err(Error::invalid(format!(
                "the clip is from {start} s to {end}, but has to begin at 0 or later and end after that"
            )));
        }
        Ok(())
    }
}
