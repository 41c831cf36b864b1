//! Thumbnails and animations of a video.

mod animation;
mod cache;
mod encode;
mod geometry;
mod jpeg;
mod maker;
mod memory;
mod options;
mod render;
#[allow(clippy::module_inception)]
mod thumbnail;
mod webp;

pub use animation::{AnimationOptions, plan_animation};
pub use cache::ThumbnailCache;
pub use geometry::Fit;
pub use maker::{ThumbnailMaker, plan_thumbnail};
pub use options::{ChromaSampling, ImageFormat, Position, ThumbnailOptions};
pub(crate) use thumbnail::cover;
pub use thumbnail::{Thumbnail, thumbnail};
