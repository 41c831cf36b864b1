//! Manifests.

mod languages;
mod sums;
mod texts;
