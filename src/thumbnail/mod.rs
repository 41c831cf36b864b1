//! Still pictures of a video.

mod animation;
mod encode;
mod geometry;
mod options;
mod render;
mod still;

pub use animation::{AnimationOptions, plan_animation};
pub use geometry::Fit;
pub use options::{ImageFormat, Position, ThumbnailOptions};
pub(crate) use still::of_plan;
pub use still::{Thumbnail, plan_thumbnail, thumbnail};
