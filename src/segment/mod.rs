//! One segment from a source and a plan: the same bytes whoever asks, whenever, and in whatever order.

mod audio;
mod error;
mod frames;
mod maker;
mod packets;
mod passthrough;
mod storyboard;
mod video;
mod watermark;

pub(crate) use frames::{FrameReader, WantedFrame};
pub use maker::{SegmentMaker, init_segment, segment};
pub(crate) use maker::{check_build, check_source, init};
pub(crate) use watermark::Overlay;
