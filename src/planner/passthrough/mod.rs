//! What of the source can be taken as it is, instead of being encoded again.

mod audio;
mod eligible;
mod video;

pub(crate) use audio::Frames;
pub(crate) use eligible::check_pictures;
pub(crate) use video::{Candidate, CopiedVideo};
