//! Copied segments in a folder, which get their names many at a time.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use vodkit::{CopyTop, DirSink, ErrorKind, Job, JobOptions, MemorySink, Plan, Sink, Source};

use vodkit_tests as common;

use super::{run, video};

/// A source of 20 segments of a second, half of them sound, and the plan to copy it.
fn copyable(folder: &Path) -> (Source, Plan) {
    let source = common::source(&video(folder, 10));
    let ladder = common::quick(&[]).segment_seconds(1).keyframe_seconds(1).copy_top(CopyTop::Always);
    let plan = vodkit::plan(&source, &ladder).unwrap();
    assert!(plan.renditions().iter().all(|rendition| rendition.is_passthrough()));
    (source, plan)
}

/// The names of all files in a folder and those below it.
fn names(folder: &Path) -> Vec<String> {
    let below = |entry: fs::DirEntry| match entry.path() {
        path if path.is_dir() => names(&path),
        path => vec![path.file_name().unwrap().to_string_lossy().into_owned()],
    };
    fs::read_dir(folder).unwrap().flat_map(|entry| below(entry.unwrap())).collect()
}

#[test]
fn a_cancelled_job_leaves_whole_segments_and_goes_on_later() {
    let folder = common::folder();
    let (source, plan) = copyable(folder.path());
    let memory = Arc::new(MemorySink::new());
    run(&source, &plan, memory.clone()).unwrap();
    let expected = memory.files();

    let out = folder.path().join("out");
    let sink = Arc::new(DirSink::open(&out).unwrap());
    let options = JobOptions::default().on_progress(|_| ControlFlow::Break(()));
    let job = Job::start(&source, &plan, sink.clone(), options).unwrap();
    assert_eq!(job.wait().unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(job.progress().segments_done, 1);
    let left = names(&out);
    assert!(left.iter().all(|name| !name.starts_with('.')), "{left:?}");
    let segments = left.iter().filter(|name| name.ends_with("m4s")).count();
    assert!((1..20).contains(&segments), "{segments} segments");

    let summary = run(&source, &plan, sink.clone()).unwrap();
    assert_eq!(summary.segments_resumed, segments as u64);
    for (key, bytes) in &expected {
        assert!(sink.get(key).unwrap().as_ref() == Some(bytes), "{key}");
    }
    assert_eq!(names(&out).len(), expected.len());
}

#[test]
fn a_segment_that_waits_for_its_name_can_be_asked_for() {
    let folder = common::folder();
    let (source, plan) = copyable(folder.path());
    let sink = Arc::new(DirSink::open(folder.path().join("out")).unwrap());
    // Naming stands still meanwhile.
    let options = JobOptions::default().workers(1).on_progress(|progress| {
        if progress.segments_done == 1 {
            thread::sleep(Duration::from_secs(1));
        }
        ControlFlow::Continue(())
    });
    let job = Job::start(&source, &plan, sink, options).unwrap();
    let last = plan.renditions()[0].segment_key(9);
    let alone = vodkit::segment(&source, &plan, &plan.renditions()[0].id, 9).unwrap();
    assert!(job.get(&last).unwrap() == Some(alone));
    job.wait().unwrap();
}
