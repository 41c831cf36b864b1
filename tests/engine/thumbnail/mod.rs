//! Single pictures.

mod animation;
mod cover;
mod planned;
mod still;
