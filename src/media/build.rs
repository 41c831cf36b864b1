//! What made a plan: its segments' bytes depend on it.

use serde::{Deserialize, Serialize};

/// The versions that a build is made of, and what it runs on. Another build may make segments with other bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// This crate's version.
    pub vodkit: String,
    /// The architecture of the processor, as [`std::env::consts::ARCH`] names it: `"x86_64"`. Scalers and encoders have
    /// code of their own for each, which rounds differently.
    pub architecture: String,
    /// The versions of FFmpeg and its libraries.
    pub ffmpeg: String,
    /// The H.264 encoder and its version, or `"none"`.
    pub h264: String,
    /// The AAC encoder, or `"none"`.
    pub aac: String,
}
