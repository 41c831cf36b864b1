//! Jobs: progress, cancelling, resuming, and sinks and sources that fail.

use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use vodkit::{
    CallbackSink, DirSink, ErrorKind, ImageFormat, Job, JobOptions, MemorySink, ReadAt, Sink, Source, ThumbnailOptions,
    thumbnail::Position,
};

use vodkit_tests as common;
use vodkit_tests::edited::edited;

use super::{plan, run, video};

#[test]
fn every_kind_of_source_and_sink_gives_the_same_package() {
    let folder = common::folder();
    let path = video(folder.path(), 9);
    let bytes = std::fs::read(&path).unwrap();
    let sources: [Source; 3] =
        [common::source(&path), Source::bytes(bytes.clone()), Source::reader(io::Cursor::new(bytes)).unwrap()];
    let plan = plan(&sources[0]);
    let memory = Arc::new(MemorySink::new());
    run(&sources[1], &plan, memory.clone()).unwrap();
    let expected = memory.files();
    assert!(expected.contains_key("master.m3u8") && expected.contains_key("240p/00001.m4s"));

    let out = folder.path().join("out");
    run(&sources[0], &plan, Arc::new(DirSink::open(&out).unwrap())).unwrap();
    let called = Arc::new(Mutex::new(std::collections::BTreeMap::new()));
    let into = called.clone();
    let sink = CallbackSink::new(move |key: &str, bytes: Bytes| {
        into.lock().unwrap().insert(key.to_owned(), bytes);
        Ok(())
    });
    run(&sources[2], &plan, Arc::new(sink)).unwrap();
    assert_eq!(*called.lock().unwrap(), expected);
    for (key, bytes) in &expected {
        assert!(std::fs::read(out.join(key)).unwrap() == bytes[..], "{key}");
    }
}

#[test]
fn progress_rises_to_the_end_one_call_at_a_time() {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 12));
    let plan = plan(&source);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = seen.clone();
    let options = JobOptions::default().workers(4).on_progress(move |progress| {
        let mut into = into.try_lock().expect("one call at a time");
        into.push(progress.clone());
        // Time for the others to come too.
        thread::sleep(Duration::from_millis(20));
        ControlFlow::Continue(())
    });
    let job = Job::start(&source, &plan, Arc::new(MemorySink::new()), options).unwrap();
    assert_eq!(job.progress().segments_total, 9);
    job.wait().unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.windows(2).all(|pair| pair[0].segments_done < pair[1].segments_done));
    assert!(seen.windows(2).all(|pair| pair[0].seconds_encoded < pair[1].seconds_encoded));
    let last = seen.last().unwrap();
    assert_eq!((last.segments_done, last.fraction()), (9, 1.0));
    assert!(last.speed > 0.0 && last.time_left == Some(Duration::ZERO));
    assert!((last.seconds_encoded - plan.duration().to_f64()).abs() < 1e-6);
}

#[test]
fn dropping_a_job_stops_it() {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 40));
    let plan = plan(&source);
    let sink = Arc::new(MemorySink::new());
    drop(Job::start(&source, &plan, sink.clone(), JobOptions::default()).unwrap());
    let count = sink.files().len();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(sink.files().len(), count, "something still works behind a dropped job");
}

#[test]
fn a_full_disk_is_named_and_the_same_job_goes_on_later() {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 12));
    let plan = plan(&source);
    let whole = Arc::new(MemorySink::new());
    run(&source, &plan, whole.clone()).unwrap();

    /// A disk with room for a few files.
    struct Small(MemorySink, AtomicU64);
    impl Sink for Small {
        fn put(&self, key: &str, bytes: Bytes) -> io::Result<()> {
            let taken = self.1.fetch_add(bytes.len() as u64, Ordering::SeqCst);
            if taken > 60_000 { Err(io::ErrorKind::StorageFull.into()) } else { self.0.put(key, bytes) }
        }
        fn get(&self, key: &str) -> io::Result<Option<Bytes>> {
            self.0.get(key)
        }
        fn remove(&self, key: &str) -> io::Result<()> {
            self.0.remove(key)
        }
        fn name(&self) -> String {
            "the small disk".into()
        }
    }
    let small = Arc::new(Small(MemorySink::new(), AtomicU64::new(0)));
    let error = run(&source, &plan, small.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSpace);
    assert!(error.to_string().contains("no space left") && error.to_string().contains("the small disk"), "{error}");
    assert!(!small.0.files().contains_key("master.m3u8"));
    // Space was made.
    small.1.store(0, Ordering::SeqCst);
    let kept = small.0.files().keys().filter(|key| key.ends_with(".m4s")).count() as u64;
    let room_for_all = Arc::new(small.0.files());
    let again = Arc::new(MemorySink::new());
    for (key, bytes) in room_for_all.iter() {
        again.put(key, bytes.clone()).unwrap();
    }
    let summary = run(&source, &plan, again.clone()).unwrap();
    assert_eq!(summary.segments_resumed, kept);
    assert_eq!(again.files(), whole.files());
}

/// A source that can be made to fail, to shrink, or to panic while it is read.
struct Moody {
    bytes: Vec<u8>,
    reads: AtomicU64,
    mood: fn(u64) -> io::Result<bool>,
}

impl ReadAt for Moody {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let gone = (self.mood)(self.reads.fetch_add(1, Ordering::SeqCst))?;
        let rest = &self.bytes[(offset as usize).min(self.bytes.len())..];
        let count = if gone { 0 } else { rest.len().min(buffer.len()) };
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
    fn name(&self) -> String {
        "the moody source".into()
    }
}

#[test]
fn a_source_that_fails_half_way_is_named_and_no_manifest_is_left() {
    let folder = common::folder();
    let bytes = std::fs::read(video(folder.path(), 20)).unwrap();
    let whole: Source = Source::bytes(bytes.clone());
    let plan = plan(&whole);
    type Mood = fn(u64) -> io::Result<bool>;
    let moods: [(Mood, ErrorKind, &str); 3] = [
        (
            |read| if read > 15 { Err(io::Error::other("cable pulled")) } else { Ok(false) },
            ErrorKind::SourceRead,
            "cable pulled",
        ),
        (|read| Ok(read > 15), ErrorKind::SourceChanged, "changed while it was read"),
        (|read| if read > 15 { panic!("moody") } else { Ok(false) }, ErrorKind::SourceRead, "panicked"),
    ];
    for (mood, kind, words) in moods {
        let source: Source = Source::new(Moody { bytes: bytes.clone(), reads: AtomicU64::new(0), mood });
        let sink = Arc::new(MemorySink::new());
        let error = run(&source, &plan, sink.clone()).unwrap_err();
        assert_eq!(error.kind(), kind, "{}", error.full_message());
        assert!(error.full_message().contains(words), "{}", error.full_message());
        assert!(!sink.files().contains_key("master.m3u8") && !sink.files().contains_key("manifest.mpd"));
    }
}

#[test]
fn another_source_or_another_build_is_refused_before_anything_is_written() {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 3));
    let made = plan(&source);
    let sink = Arc::new(MemorySink::new());
    let mut bytes = std::fs::read(folder.path().join("in.mp4")).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let other = Source::bytes(bytes);
    assert_eq!(run(&other, &made, sink.clone()).unwrap_err().kind(), ErrorKind::SourceChanged);
    let foreign = edited(&made, |json| json.set("build/h264", "x264 core 1")).unwrap();
    assert_eq!(run(&source, &foreign, sink.clone()).unwrap_err().kind(), ErrorKind::BuildMismatch);
    assert!(sink.files().is_empty());
}

#[test]
fn the_thumbnail_is_the_picture_that_the_renditions_show() {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 9));
    let sink = Arc::new(MemorySink::new());
    let mut options = JobOptions::default();
    let wanted = vodkit::ThumbnailOptions::default().at(vodkit::thumbnail::Position::Fraction(0.7));
    options.thumbnail = Some(wanted.clone());
    Job::start(&source, &plan(&source), sink.clone(), options).unwrap().wait().unwrap();
    assert_eq!(sink.files()["thumbnail.jpg"], vodkit::thumbnail(&source, &wanted).unwrap().bytes);
}

#[test]
fn a_thumbnail_that_cannot_be_is_refused_before_anything_is_written() {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 1));
    let plan = plan(&source);
    let (mut png, mut far) = (ThumbnailOptions::default(), ThumbnailOptions::default());
    png.format = ImageFormat::Png;
    far.at = Position::Fraction(1.5);
    for (picture, words) in [(png, "thumbnail.jpg"), (far, "fraction is 1.5")] {
        let sink = Arc::new(MemorySink::new());
        let options = JobOptions::default().thumbnail(picture);
        let error = Job::start(&source, &plan, sink.clone(), options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains(words), "{error}");
        assert!(sink.files().is_empty());
    }
}
