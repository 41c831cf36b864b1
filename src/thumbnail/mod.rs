//! Thumbnails and animations of a video.

mod animation;
mod encode;
mod geometry;
mod options;
mod render;
#[allow(clippy::module_inception)]
mod thumbnail;

pub use animation::{AnimationOptions, plan_animation};
pub use geometry::Fit;
pub use options::{ImageFormat, Position, ThumbnailOptions};
pub use thumbnail::{Thumbnail, plan_thumbnail, thumbnail};
pub(crate) use thumbnail::{cover, of_plan};
