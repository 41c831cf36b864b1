//! A package in a sink: made ready, finished, changed, removed, and written as one file.

mod inventory;
mod output;
#[allow(clippy::module_inception)]
mod package;
mod prepare;
mod progressive;
mod summary;

pub(crate) use output::Output;
pub use package::Package;
pub(crate) use prepare::{Sizes, prepare, put_manifests};
pub use summary::{RenditionSummary, Summary};
