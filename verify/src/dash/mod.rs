//! The DASH manifest, ISO/IEC 23009-1.

pub(crate) mod manifest;
pub(crate) mod representation;
pub(crate) mod text_sets;
