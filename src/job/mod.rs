//! Packaging a whole video: every segment of a plan, on all cores, into a sink.

#[allow(clippy::module_inception)]
mod job;
mod options;
mod progress;
mod queue;
mod requests;
mod run;

pub use job::Job;
pub use options::{JobOptions, OnProgress};
pub use progress::Progress;
