//! One segment from a source and a plan: the same bytes whoever asks, whenever, and in whatever order.

mod audio;
mod error;
mod maker;
mod packets;
mod passthrough;
mod pictures;
mod storyboard;
mod video;
mod watermark;

pub(crate) use maker::{SegmentMaker, check_build, check_source, init};
pub use maker::{init_segment, segment};
pub(crate) use pictures::{KnownPicture, PictureReader};
pub(crate) use watermark::Mark;
