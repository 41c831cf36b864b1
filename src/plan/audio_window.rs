//! The audio of one segment: where it is in the source.

use serde::{Deserialize, Serialize};

use crate::media::SeekPoint;

/// The audio of one segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AudioWindow {
    /// Number of AAC frames of 1024 samples.
    pub frames: u32,
    /// Where decoding or copying begins; `None` if the source has no more audio and silence is encoded, or if there are parts.
    pub start: Option<AudioStart>,
    /// Where decoding begins for each part that the source's edit list shows of it, where that is not left to the demuxer.
    /// Between them is silence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<AudioPart>,
}

/// A part of the source's audio that an edit list shows. Positions are in source samples from the start of the
/// presentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AudioPart {
    /// Where decoding begins.
    pub start: AudioStart,
    /// Position of the first sample that is presented.
    pub from: i64,
    /// Position after the last sample that is presented.
    pub to: i64,
}

/// Where the audio of a segment begins in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AudioStart {
    /// The packet that decoding begins with, some packets early so that the decoder has settled. For a passthrough, the
    /// first packet that is copied.
    pub seek: SeekPoint,
    /// Timestamp, in ticks of the source, of the frame whose sample position is known.
    pub time: i64,
    /// Position of that frame's first sample, in source samples from the start of the presentation.
    pub sample: i64,
}
