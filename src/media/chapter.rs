//! Chapters.

use serde::{Deserialize, Serialize};

use crate::base::Rational;

/// A part of a video that has a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Chapter {
    /// Its start in seconds: on the container's clock in a [`MediaInfo`](crate::MediaInfo), of the presentation in a
    /// [`Plan`](crate::Plan).
    pub start: Rational,
    /// Its end in seconds, on the same clock.
    pub end: Rational,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl Chapter {
    pub(crate) fn new(start: Rational, end: Rational, title: Option<String>) -> Self {
        Self { start, end, title }
    }
}
