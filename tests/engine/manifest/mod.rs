//! Manifests.

mod chapters;
mod closed_captions;
mod languages;
mod sums;
mod texts;
mod within;
