//! Animated WebP (RFC 9649), which FFmpeg cannot play before version 9: read as a film of its pictures.

mod chunks;
mod film;
mod header;
mod pictures;

pub(super) use film::film;
