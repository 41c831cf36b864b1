//! Planning: turns what probing found and what the caller asks for into a plan.

mod access;
mod audio;
mod audio_source;
mod channels;
mod chapters;
mod clip;
mod closed_captions;
mod colour;
mod counting;
mod error;
mod left_out;
mod loudness;
mod make;
mod names;
mod passthrough;
#[allow(clippy::module_inception)]
mod plan;
mod rates;
mod rungs;
mod storyboard;
mod text;
mod video;

pub(crate) use access::{AccessPoints, shown};
pub(crate) use make::presentation_start;
pub use plan::plan;
pub(crate) use video::{VideoSpan, source_video};
