//! Passthrough: which of the source's tracks can be copied instead of encoded.

mod audio;
mod eligible;
mod video;

pub(crate) use audio::AudioCandidate;
pub(crate) use eligible::check_video;
pub(crate) use video::{CopiedVideo, VideoCandidate};
