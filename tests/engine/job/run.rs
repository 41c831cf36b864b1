//! Jobs: progress, cancelling, resuming, and sinks and sources that fail.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use vodkit::manifest::Bandwidth;
use vodkit::{
    CallbackSink, DirSink, ErrorKind, ImageFormat, Job, JobOptions, Ladder, Limits, MemorySink, Plan, ReadAt,
    SharedSink, Sink, Source, ThumbnailOptions, thumbnail::Position,
};

use vodkit_tests as common;

fn video(folder: &Path, seconds: u32) -> PathBuf {
    let inputs =
        format!("-f lavfi -i testsrc2=size=320x240:rate=25:duration={seconds} -f lavfi -i sine=duration={seconds}");
    common::make(&folder.join("in.mp4"), &format!("{inputs} -c:v libx264 -preset ultrafast -g 25 -c:a aac"))
}

fn plan(source: &Source) -> Plan {
    vodkit::plan(source, &common::quick(&[240, 144])).unwrap()
}

fn run(source: &Source, plan: &Plan, sink: SharedSink) -> vodkit::Result<vodkit::Summary> {
    Job::start(source, plan, sink, JobOptions::default())?.wait()
}

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
    let other: Source = Source::bytes(bytes);
    assert_eq!(run(&other, &made, sink.clone()).unwrap_err().kind(), ErrorKind::SourceChanged);
    let foreign = common::edited::edited(&made, |json| json.set("build/h264", "x264 core 1")).unwrap();
    assert_eq!(run(&source, &foreign, sink.clone()).unwrap_err().kind(), ErrorKind::BuildMismatch);
    assert!(sink.files().is_empty());
}

#[test]
fn each_limit_is_kept_and_named() {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 3));
    type Change = fn(&mut Limits);
    let limits: [(Change, &str); 5] = [
        (|limits| limits.source_bytes = 1000, "limit of 1000"),
        (|limits| limits.duration = Duration::from_secs(2), "limit of 2"),
        (|limits| limits.pixels = 1000, "limit of 1000 pixels"),
        (|limits| limits.packets = 10, "limit of 10 packets"),
        (|limits| limits.tracks = 1, "limit of 1"),
    ];
    for (change, words) in limits {
        let mut limits = Limits::default();
        change(&mut limits);
        let error = vodkit::plan(&source.clone().with_limits(limits), &Ladder::default()).unwrap_err();
        assert!(error.full_message().contains(words), "{}", error.full_message());
    }
}

#[test]
fn plans_survive_json_and_refuse_to_be_changed() {
    let folder = common::folder();
    let plan = plan(&common::source(&video(folder.path(), 3)));
    let json = plan.to_json();
    assert_eq!(Plan::from_json(&json).unwrap(), plan);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let tracks: Vec<_> = value["renditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rendition| (rendition["id"].as_str().unwrap(), rendition["segments"].as_u64().unwrap()))
        .collect();
    assert_eq!(tracks, [("240p", 1), ("144p", 1), ("audio", 1)]);
    for changed in [
        json.replace("\"240p\"", "\"../x\""),
        json.replace("\"frames\": 75", "\"frames\": 76"),
        json[..json.len() / 2].to_owned(),
        "{}".into(),
        String::new(),
    ] {
        assert_eq!(Plan::from_json(&changed).unwrap_err().kind(), ErrorKind::InvalidPlan);
    }
}

#[test]
fn a_language_tag_cannot_write_into_the_manifests() {
    let folder = common::folder();
    let path = folder.path().join("evil.mkv");
    let language = "language=en\",URI=\"http://evil/x.m3u8";
    let inputs =
        ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=2", "-f", "lavfi", "-i", "sine=duration=2"];
    let rest = ["-c:v", "libx264", "-c:a", "aac", "-metadata:s:a:0", language, path.to_str().unwrap()];
    common::ffmpeg(&[&["-loglevel", "error"], &inputs[..], &rest[..]].concat());
    let sink = Arc::new(MemorySink::new());
    let source = common::source(&path);
    run(&source, &plan(&source), sink.clone()).unwrap();
    for key in ["master.m3u8", "manifest.mpd"] {
        let text = String::from_utf8(sink.files()[key].to_vec()).unwrap();
        assert!(!text.contains("evil"), "{text}");
    }
}

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
    std::fs::write(out.join("plan.json"), json.replace("\"schema\": 1", "\"schema\": 999")).unwrap();
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

#[test]
fn the_estimate_is_no_less_than_what_comes() {
    let folder = common::folder();
    // Noise asks for all that the cap and the buffer give.
    let noise = "-f lavfi -i nullsrc=s=320x240:r=25:d=7,geq=random(1)*255:128:128 -f lavfi -i anoisesrc=d=7 -c:v libx264 -qp 10 -preset ultrafast -c:a aac";
    let source = common::source(&common::make(&folder.path().join("noise.mp4"), noise));
    let plan = vodkit::plan(&source, &common::quick(&[240, 144])).unwrap();
    let sink = Arc::new(MemorySink::new());
    run(&source, &plan, sink.clone()).unwrap();
    let files = sink.files();
    let size = |rendition: &vodkit::plan::Rendition, index| files[&rendition.segment_key(index)].len() as u64;
    let sizes: Vec<Vec<u64>> = plan
        .renditions()
        .iter()
        .map(|rendition| (0..rendition.segment_count).map(|index| size(rendition, index)).collect())
        .collect();
    let (estimated, measured) = (Bandwidth::estimated(&plan), Bandwidth::measured(&plan, &sizes));
    for (estimated, measured) in estimated.rates().iter().zip(measured.rates()) {
        assert!(estimated.peak >= measured.peak && estimated.peak < measured.peak * 2, "{estimated:?} {measured:?}");
    }
}
