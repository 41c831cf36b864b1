//! Reading a source once: what is in it, and when and where each of its packets is.

mod boxes;
mod passthrough;
mod rate;
mod read;
mod scan;

pub(crate) use passthrough::{Passthrough, PassthroughVideo, read_passthrough};
pub(crate) use read::is_indexed;
pub use scan::probe;
pub(crate) use scan::{count_samples, scan};
