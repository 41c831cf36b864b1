//! Jobs.

mod copied;
mod pool;
mod requests;
mod run;

use std::path::{Path, PathBuf};

use vodkit::{Job, JobOptions, Plan, SharedSink, Source};

/// A video of 320 by 240 with sound, and a keyframe each second.
pub(crate) fn video(folder: &Path, seconds: u32) -> PathBuf {
    let inputs =
        format!("-f lavfi -i testsrc2=size=320x240:rate=25:duration={seconds} -f lavfi -i sine=duration={seconds}");
    vodkit_tests::make(&folder.join("in.mp4"), &format!("{inputs} -c:v libx264 -preset ultrafast -g 25 -c:a aac"))
}

/// Two renditions of it.
pub(crate) fn plan(source: &Source) -> Plan {
    vodkit::plan(source, &vodkit_tests::quick(&[240, 144])).unwrap()
}

/// A whole job.
pub(crate) fn run(source: &Source, plan: &Plan, sink: SharedSink) -> vodkit::Result<vodkit::Summary> {
    Job::start(source, plan, sink, JobOptions::default())?.wait()
}
