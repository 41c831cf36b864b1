//! A package in a sink: made ready, finished, changed, and given out as one file.

mod download;
mod output;
mod prepare;
mod update;

pub use download::{save_mp4, write_mp4};
pub(crate) use output::Output;
pub(crate) use prepare::{Sizes, finish, first_segments, prepare, work};
pub use prepare::{Summary, TrackSummary};
pub use update::update_package;
