//! The contents of a plan, before and after its validation.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::captions::Captions;
use super::rendition::Rendition;
use super::source_video::SourceVideo;
use super::warning::Warning;
use crate::base::Rational;
use crate::media::{Build, Chapter, Pids};

/// The version of the plan's JSON that this crate writes and reads.
pub const SCHEMA: u32 = 3;

/// The contents of a [`Plan`](super::plan::Plan), not validated yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parts {
    pub(crate) build: Build,
    pub(crate) source: SourceId,
    /// Under which PIDs it is read, if it is a transport stream whose tracks change theirs.
    pub(crate) pids: Option<Pids>,
    pub(crate) origin: Rational,
    pub(crate) duration: Rational,
    pub(crate) renditions: Vec<Rendition>,
    pub(crate) video: Option<Arc<SourceVideo>>,
    pub(crate) captions: Vec<Captions>,
    pub(crate) chapters: Vec<Chapter>,
    pub(crate) warnings: Vec<Warning>,
}

/// Identifies a source by its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SourceId {
    /// Length in bytes.
    pub length: u64,
    /// SHA-256 in hexadecimal over the length (8 bytes, big-endian), the first and the last 64 KiB.
    pub digest: String,
}
