//! The HLS playlists, RFC 8216.

pub(crate) mod image_tags;
pub(crate) mod media;
pub(crate) mod multivariant;
pub(crate) mod playlists;
pub(crate) mod syntax;
