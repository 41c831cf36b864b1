//! Reading a source once: what is in it, and when and where each of its packets is.

mod boxes;
mod passthrough;
mod rate;
mod read;
mod scan;

pub(crate) use passthrough::{OwnCodings, OwnVideo, own_codings};
pub(crate) use read::is_indexed;
pub(crate) use scan::{count_sounds, scan};
pub use scan::{probe, probe_within};
