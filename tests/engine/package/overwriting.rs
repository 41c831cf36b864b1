//! What a package may be written over.

use std::sync::Arc;

use bytes::Bytes;
use vodkit::{DirSink, ErrorKind, Job, JobOptions, MemorySink, Plan, Sink};

use vodkit_tests as common;

use crate::job::{plan, run, video};

fn overwriting() -> JobOptions {
    JobOptions::default().overwrite(true)
}

#[test]
fn files_of_somebody_else_are_not_written_over() {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 2));
    let plan = plan(&source);
    for key in
        ["master.m3u8", "manifest.mpd", "thumbnail.jpg", "audio/init.mp4", "240p/playlist.m3u8", "144p/00000.m4s"]
    {
        let sink = Arc::new(MemorySink::new());
        sink.put(key, Bytes::from_static(b"mine")).unwrap();
        let error = run(&source, &plan, sink.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutputConflict, "{key}");
        assert!(error.to_string().contains(key), "{error}");
        assert_eq!(sink.files().into_iter().collect::<Vec<_>>(), [(key.to_owned(), Bytes::from_static(b"mine"))]);
        Job::start(&source, &plan, sink.clone(), overwriting()).unwrap().wait().unwrap();
        assert_ne!(sink.files().get(key).map(|bytes| &bytes[..]), Some(&b"mine"[..]), "{key}");
    }
}

#[test]
fn overwriting_leaves_nothing_of_the_package_before() {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 9));
    let wide = plan(&source);
    let narrow = vodkit::plan(&source, &common::quick(&[144])).unwrap();
    let out = folder.path().join("out");
    let options = JobOptions::default().thumbnail(vodkit::ThumbnailOptions::default());
    Job::start(&source, &wide, Arc::new(DirSink::open(&out).unwrap()), options).unwrap().wait().unwrap();
    std::fs::write(out.join("240p/notes.txt"), "not ours").unwrap();
    // As a version would have written it that this one cannot read.
    let json = std::fs::read_to_string(out.join("plan.json")).unwrap();
    let other = json.replace("\"schema\": 3", "\"schema\": 999");
    assert_ne!(other, json);
    std::fs::write(out.join("plan.json"), other).unwrap();
    let sink = Arc::new(DirSink::open(&out).unwrap());
    let error = run(&source, &narrow, sink.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutputConflict);
    Job::start(&source, &narrow, sink, overwriting()).unwrap().wait().unwrap();
    assert!(!out.join("thumbnail.jpg").exists());
    assert_eq!(std::fs::read_dir(out.join("240p")).unwrap().count(), 1, "only what was not ours is left");
    std::fs::remove_dir_all(out.join("240p")).unwrap();
    let fresh = Arc::new(MemorySink::new());
    run(&source, &narrow, fresh.clone()).unwrap();
    for (key, bytes) in fresh.files() {
        assert!(std::fs::read(out.join(&key)).unwrap() == bytes, "{key}");
    }
    let mut folders: Vec<_> = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    folders.sort();
    assert_eq!(folders, ["144p", "audio", "manifest.mpd", "master.m3u8", "plan.json"]);
}

#[test]
fn a_package_of_another_version_is_named_as_such() {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 2));
    let plan = plan(&source);
    let sink = Arc::new(MemorySink::new());
    sink.put("plan.json", plan.to_json().replace("\"vodkit\": \"", "\"vodkit\": \"9.").into()).unwrap();
    let error = run(&source, &plan, sink).unwrap_err();
    assert!(error.kind() == ErrorKind::OutputConflict && error.to_string().contains("another version"), "{error}");
}

#[test]
fn of_two_jobs_that_begin_at_once_in_one_folder_one_wins() {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 4));
    let (mut good, mut better) = (common::quick(&[240]), common::quick(&[240]));
    (good.crf, better.crf) = (30.0, 23.0);
    let plans = [good, better].map(|ladder| vodkit::plan(&source, &ladder).unwrap());
    for turn in 0..10 {
        let out = folder.path().join(turn.to_string());
        let start = |plan: &Plan| {
            let sink = Arc::new(DirSink::open(&out).unwrap());
            Job::start(&source, plan, sink, JobOptions::default()).unwrap()
        };
        let jobs = [start(&plans[turn % 2]), start(&plans[1 - turn % 2])];
        let outcomes = jobs.map(|job| job.wait().map_err(|error| error.kind()));
        let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(won, 1, "{outcomes:?}");
        assert!(outcomes.iter().any(|outcome| matches!(outcome, Err(ErrorKind::OutputConflict))), "{outcomes:?}");
    }
}

#[test]
fn of_equal_jobs_that_begin_at_once_in_one_folder_both_end_well() {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 4));
    let plan = plan(&source);
    let expected = Arc::new(MemorySink::new());
    run(&source, &plan, expected.clone()).unwrap();
    let out = folder.path().join("out");
    let jobs = [0, 1, 2].map(|_| {
        let sink = Arc::new(DirSink::open(&out).unwrap());
        Job::start(&source, &plan, sink, JobOptions::default()).unwrap()
    });
    for job in jobs {
        job.wait().unwrap();
    }
    for (key, bytes) in expected.files() {
        assert!(std::fs::read(out.join(&key)).unwrap() == bytes[..], "{key}");
    }
}

/// A package and the plans of two others.
fn three(folder: &std::path::Path) -> (vodkit::Source, [Plan; 3]) {
    let source = common::source(&video(folder, 4));
    let plans = [18.0, 25.0, 32.0].map(|crf| {
        let ladder = common::quick(&[240, 64]).segment_seconds(1).keyframe_seconds(1).crf(crf);
        vodkit::plan(&source, &ladder).unwrap()
    });
    (source, plans)
}

#[test]
fn a_job_whose_package_is_overwritten_meanwhile_ends_and_leaves_that_alone() {
    let folder = common::folder();
    let (source, [_, slow, fast]) = three(folder.path());
    let (slow_sink, fresh) = (Arc::new(MemorySink::new()), Arc::new(MemorySink::new()));
    run(&source, &fast, fresh.clone()).unwrap();
    let (begun, has_begun) = std::sync::mpsc::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let may_go_on = std::sync::Mutex::new(may_go_on);
    let waiting = JobOptions::default().workers(1).on_progress(move |_| {
        let _ = begun.send(());
        let _ = may_go_on.lock().unwrap().recv();
        std::ops::ControlFlow::Continue(())
    });
    let job = Job::start(&source, &slow, slow_sink.clone(), waiting).unwrap();
    has_begun.recv().unwrap();
    Job::start(&source, &fast, slow_sink.clone(), overwriting()).unwrap().wait().unwrap();
    // The job looks once a second.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    drop(go_on);
    let error = job.wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutputConflict);
    assert!(error.to_string().contains("memory was replaced or removed while it was made"), "{error}");
    assert!(slow_sink.files() == fresh.files());
}

#[test]
fn of_two_jobs_that_overwrite_at_once_none_leaves_a_mixed_package() {
    let folder = common::folder();
    let (source, [first, one, other]) = three(folder.path());
    let plans = [one, other];
    let expected = plans.each_ref().map(|plan| {
        let fresh = Arc::new(MemorySink::new());
        run(&source, plan, fresh.clone()).unwrap();
        fresh.files()
    });
    for turn in 0..5 {
        let out = folder.path().join(turn.to_string());
        let sink = || Arc::new(DirSink::open(&out).unwrap());
        run(&source, &first, sink()).unwrap();
        let jobs = plans.each_ref().map(|plan| Job::start(&source, plan, sink(), overwriting()).unwrap());
        let outcomes = jobs.map(|job| job.wait().map_err(|error| error.kind()));
        let expected = expected.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_ok());
        let won: Vec<_> = expected.map(|(files, _)| files).collect();
        assert!(won.len() <= 1, "{outcomes:?}");
        assert_eq!(out.join("master.m3u8").exists(), won.len() == 1, "{outcomes:?}");
        for (key, bytes) in won.into_iter().flatten() {
            assert!(std::fs::read(out.join(key)).unwrap() == bytes[..], "{key}");
        }
    }
}
