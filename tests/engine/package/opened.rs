//! A package in a sink, as who serves it has it.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use vodkit::{DirSink, ErrorKind, MemorySink, Package, Sink};

use vodkit_tests::{folder, opened, source};

use crate::job::{plan, run, video};

#[test]
fn where_nothing_is_there_is_no_package() {
    let folder = folder();
    let sink = Arc::new(MemorySink::new());
    sink.put("master.m3u8", Bytes::from_static(b"#EXTM3U")).unwrap();
    let error = Package::open(sink).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("memory has no package"), "{error}");
    let nowhere = folder.path().join("nowhere");
    assert_eq!(Package::open(Arc::new(DirSink::open(&nowhere).unwrap())).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(!nowhere.exists(), "to look for one leaves a folder");
}

#[test]
fn it_is_finished_with_its_last_file_and_not_before() {
    let folder = folder();
    let source = source(&video(folder.path(), 2));
    let plan = plan(&source);
    let whole = Arc::new(MemorySink::new());
    run(&source, &plan, whole.clone()).unwrap();
    // The files as they come: the plan first.
    let partial = Arc::new(MemorySink::new());
    let files = whole.files();
    partial.put("plan.json", files["plan.json"].clone()).unwrap();
    let package = Package::open(partial.clone()).unwrap();
    for (key, bytes) in files.iter().filter(|(key, _)| *key != "master.m3u8") {
        partial.put(key, bytes.clone()).unwrap();
        assert!(!package.is_finished().unwrap(), "with {key}");
    }
    partial.put("master.m3u8", files["master.m3u8"].clone()).unwrap();
    assert!(package.is_finished().unwrap());
    assert_eq!(package.plan().unwrap(), plan);
    assert!(Package::open(whole).unwrap().is_finished().unwrap());
}

#[test]
fn after_an_update_it_has_the_other_plan() {
    let folder = folder();
    let source = source(&video(folder.path(), 2));
    let plan = plan(&source);
    let sink = Arc::new(MemorySink::new());
    run(&source, &plan, sink.clone()).unwrap();
    let before = sink.files();
    let mut package = Package::open(sink.clone()).unwrap();
    let text = "WEBVTT\n\n00:00.000 --> 00:01.000\nHello!\n";
    let captioned = plan.with_captions("en", "English", text).unwrap();
    package.update(&captioned).unwrap();
    assert_eq!(package.plan().unwrap(), captioned);
    assert_eq!(Package::open(sink.clone()).unwrap().plan().unwrap(), captioned);
    assert_eq!(sink.files()["captions/en.vtt"], text);
    // From the other back to the first, with the same handle.
    package.update(&plan).unwrap();
    assert!(sink.files() == before);
}

#[test]
fn an_mp4_is_saved_whole_or_not_at_all() {
    let folder = folder();
    let source = source(&video(folder.path(), 2));
    let out = folder.path().join("out");
    run(&source, &plan(&source), Arc::new(DirSink::open(&out).unwrap())).unwrap();
    let (package, mut bytes) = (opened(&out), Vec::new());
    package.write_mp4(Some("144p"), &mut bytes).unwrap();
    let saved = folder.path().join("saved/deep/144p.mp4");
    assert_eq!(package.save_mp4(Some("144p"), &saved).unwrap(), bytes.len() as u64);
    assert!(std::fs::read(&saved).unwrap() == bytes);
    // One that fails leaves what was there, and nothing beside it.
    std::fs::remove_file(out.join("144p/00000.m4s")).unwrap();
    assert_eq!(package.save_mp4(Some("144p"), &saved).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(std::fs::read(&saved).unwrap() == bytes);
    assert_eq!(std::fs::read_dir(saved.parent().unwrap()).unwrap().count(), 1);
    // Nor does it talk of temporary files.
    let nowhere = std::path::Path::new("/proc/144p.mp4");
    let error = package.save_mp4(Some("240p"), nowhere).unwrap_err();
    assert_eq!(error.full_message(), "cannot write /proc/144p.mp4: No such file or directory (os error 2)");
}

#[test]
fn a_handle_whose_package_was_replaced_changes_nothing() {
    let folder = folder();
    let source = source(&video(folder.path(), 2));
    let plan = plan(&source);
    let text = "WEBVTT\n\n00:00.000 --> 00:01.000\nHello!\n";
    let captioned = |language| plan.with_captions(language, "Captions", text).unwrap();
    let sink = Arc::new(MemorySink::new());
    run(&source, &plan, sink.clone()).unwrap();
    let mut stale = Package::open(sink.clone()).unwrap();
    Package::open(sink.clone()).unwrap().update(&captioned("en")).unwrap();
    let before = sink.files();
    let errors = |stale: &mut Package| {
        [
            stale.update(&captioned("de")).unwrap_err(),
            stale.write_mp4(None, &mut Vec::new()).unwrap_err(),
            stale.clone().remove().unwrap_err(),
        ]
    };
    for error in errors(&mut stale) {
        assert_eq!(error.kind(), ErrorKind::OutputConflict);
        assert!(error.to_string().contains("memory was replaced, updated or removed"), "{error}");
    }
    assert!(sink.files() == before);
    // One that is opened again does.
    Package::open(sink.clone()).unwrap().remove().unwrap();
    assert!(sink.files().is_empty());
    assert!(errors(&mut stale).iter().all(|error| error.kind() == ErrorKind::OutputConflict));
    assert!(sink.files().is_empty());
}

#[test]
fn an_update_to_another_package_says_what_to_do() {
    let folder = folder();
    let source = source(&video(folder.path(), 2));
    let sink = Arc::new(MemorySink::new());
    run(&source, &plan(&source), sink.clone()).unwrap();
    let other = vodkit::plan(&source, &vodkit_tests::quick(&[144])).unwrap();
    let error = Package::open(sink).unwrap().update(&other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutputConflict);
    assert!(error.to_string().contains("more than captions: make the plan's package with a job"), "{error}");
}

/// A sink that cannot be read.
struct Locked;

impl Sink for Locked {
    fn put(&self, _: &str, _: Bytes) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn get(&self, _: &str) -> io::Result<Option<Bytes>> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn remove(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn name(&self) -> String {
        "the locked sink".into()
    }
}

#[test]
fn a_sink_that_cannot_be_read_is_not_taken_for_an_empty_one() {
    let error = Package::open(Arc::new(Locked)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SinkWrite);
    assert!(error.to_string().contains("plan.json in the locked sink"), "{error}");
}
