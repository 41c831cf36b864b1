//! Jobs: making all segments of a plan on all cores, into a sink.

mod copying;
#[allow(clippy::module_inception)]
mod job;
mod naming;
mod options;
mod pool;
mod progress;
mod queue;
mod requests;
mod run;
mod windows;
mod workers;

pub use job::Job;
pub use options::{JobOptions, OnProgress};
pub use pool::Pool;
pub use progress::Progress;
