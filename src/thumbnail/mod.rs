//! Still pictures of a video.

mod animation;
mod encode;
mod geometry;
mod still;

pub use animation::{AnimationOptions, plan_animation};
pub use geometry::Fit;
pub(crate) use still::planned;
pub use still::{ImageFormat, Position, Thumbnail, ThumbnailOptions, plan_thumbnail, thumbnail, thumbnail_within};
