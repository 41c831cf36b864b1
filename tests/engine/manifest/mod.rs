//! Manifests.

mod languages;
mod texts;
