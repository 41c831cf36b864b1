//! The versions that made a plan: its segments' bytes depend on them.

use serde::{Deserialize, Serialize};

/// The versions a build is made of. Another build may make segments with other bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// This crate's version.
    pub vodkit: String,
    /// The versions of FFmpeg and its libraries.
    pub ffmpeg: String,
    /// The H.264 encoder and its version, or `"none"`.
    pub h264: String,
    /// The AAC encoder, or `"none"`.
    pub aac: String,
}
