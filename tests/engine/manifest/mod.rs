//! Manifests.

mod chapters;
mod languages;
mod sums;
mod texts;
