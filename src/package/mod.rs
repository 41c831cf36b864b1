//! Packages in sinks: preparing, finishing, updating and removing them, and writing one as a single file.

mod damage;
mod inventory;
mod output;
#[allow(clippy::module_inception)]
mod package;
mod prepare;
mod progressive;
mod summary;

pub(crate) use damage::save_damage;
pub(crate) use output::{Output, Staged};
pub use package::Package;
pub(crate) use prepare::{Prepared, Sizes, confirm, prepare, put_manifests};
pub(crate) use summary::warnings;
pub use summary::{RenditionSummary, Summary};
