//! The build that makes a plan and its segments.

use serde::{Deserialize, Serialize};

/// What a build is made of. Segments made by other builds may differ in their bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// This crate's version.
    pub vodkit: String,
    /// FFmpeg's version and those of its libraries.
    pub ffmpeg: String,
    /// The H.264 encoder, or `"none"`.
    pub h264: String,
    /// The AAC encoder, or `"none"`.
    pub aac: String,
}
