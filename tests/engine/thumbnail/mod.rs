//! Single pictures.

mod animation;
mod cover;
mod still;
