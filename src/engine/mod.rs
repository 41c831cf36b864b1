//! Packaging a whole video: every segment of a plan, on all cores, into a sink.

mod download;
mod job;
mod output;
mod package;
mod progress;
mod queue;
mod requests;
mod run;
mod update;

pub use download::{save_mp4, write_mp4};
pub use job::{Job, JobOptions, OnProgress};
pub use package::{Summary, TrackSummary};
pub use progress::Progress;
pub use update::update_package;

/// The place of the plan in a package.
pub const PLAN_KEY: &str = "plan.json";
/// The place of the thumbnail in a package.
pub const THUMBNAIL_KEY: &str = "thumbnail.jpg";
