//! Manifests.

mod texts;
