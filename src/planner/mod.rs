//! Decisions: from what a probe found and what the caller wants to a plan.

mod access;
mod audio;
mod audio_source;
mod clip;
mod error;
mod make;
mod passthrough;
#[allow(clippy::module_inception)]
mod plan;
mod rates;
mod rungs;
mod storyboard;
mod video;

pub(crate) use access::AccessPoints;
pub(crate) use make::presentation_start;
pub use plan::plan;
pub(crate) use video::{VideoSpan, source_video};
