//! Single pictures.

mod animation;
mod still;
