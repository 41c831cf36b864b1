//! Making one segment from a source and a plan: always the same bytes, in whatever order segments are made.

mod allowance;
mod around;
mod audio;
mod buffer;
mod decoding;
mod deinterlace;
mod error;
mod feed;
mod fitted;
mod frames;
mod group;
mod maker;
mod packets;
mod passthrough;
mod scaler;
mod storyboard;
mod target;
mod text;
mod tone_map;
mod video;
mod watermark;
mod window;

pub(crate) use allowance::Allowance;
pub(crate) use frames::FrameReader;
pub use maker::{SegmentMaker, init_segment, segment};
pub(crate) use maker::{check_build, check_source, init};
pub(crate) use scaler::Scaler;
pub(crate) use target::TargetFrame;
pub(crate) use watermark::{Overlay, Overlays};
pub(crate) use window::{Step, Window};
