//! Packages go in an order that leaves no manifest whose files are gone, whatever version made them.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use vodkit::layout::Key;
use vodkit::{ErrorKind, Job, JobOptions, MemorySink, Package, Sink, StoryboardOptions, ThumbnailOptions};

use vodkit_tests::{folder, quick, source};

use crate::job::video;

/// A sink that writes down what is removed, and whose power may fail before it is.
#[derive(Default)]
struct Recording {
    inner: MemorySink,
    removed: Mutex<Vec<String>>,
    /// How many removals are left.
    power: Mutex<Option<usize>>,
}

impl Recording {
    fn with(files: &BTreeMap<String, Bytes>) -> Arc<Self> {
        let sink = Self::default();
        files.iter().for_each(|(key, bytes)| sink.inner.put(key, bytes.clone()).unwrap());
        Arc::new(sink)
    }

    /// What was removed of what was there.
    fn removed(&self) -> Vec<String> {
        self.removed.lock().unwrap().clone()
    }
}

impl Sink for Recording {
    fn put(&self, key: &str, bytes: Bytes) -> io::Result<()> {
        self.inner.put(key, bytes)
    }

    fn get(&self, key: &str) -> io::Result<Option<Bytes>> {
        self.inner.get(key)
    }

    fn remove(&self, key: &str) -> io::Result<()> {
        if self.inner.get(key)?.is_none() {
            return Ok(());
        }
        match &mut *self.power.lock().unwrap() {
            Some(0) => return Err(io::Error::other("the power failed")),
            Some(left) => *left -= 1,
            None => {}
        }
        self.removed.lock().unwrap().push(key.to_owned());
        self.inner.remove(key)
    }

    fn name(&self) -> String {
        "the recording sink".into()
    }
}

/// All kinds of files that a package has.
fn files() -> BTreeMap<String, Bytes> {
    let folder = folder();
    let source = source(&video(folder.path(), 3));
    let storyboard = StoryboardOptions::default().interval(1).columns(1).rows(1);
    let ladder = quick(&[64]).segment_seconds(1).keyframe_seconds(1).storyboard(storyboard);
    let plan = vodkit::plan(&source, &ladder).unwrap();
    let plan = plan.with_captions("en", "English", "WEBVTT\n\n00:00.000 --> 00:01.000\nHello!\n").unwrap();
    let sink = Arc::new(MemorySink::new());
    let options = JobOptions::default().thumbnail(ThumbnailOptions::default());
    Job::start(&source, &plan, sink.clone(), options).unwrap().wait().unwrap();
    sink.files()
}

/// Files that are no part of it, and lie beside it.
const FOREIGN: [&str; 6] =
    ["notes.txt", "64p/notes.txt", "64p/00003.m4s", "720p/init.mp4", "captions/de.vtt", "poster.jpg"];

fn foreign() -> BTreeMap<String, Bytes> {
    FOREIGN.iter().map(|key| ((*key).to_owned(), Bytes::from_static(b"mine"))).collect()
}

fn is_manifest(key: &str) -> bool {
    matches!(Key::parse(key), Some(Key::Hls | Key::Dash))
}

#[test]
fn manifests_go_first_and_the_plan_last_and_the_files_of_others_stay() {
    let files = files();
    let sink = Recording::with(&files.clone().into_iter().chain(foreign()).collect());
    Package::open(sink.clone()).unwrap().remove().unwrap();
    let removed = sink.removed();
    assert!(removed[..2].iter().all(|key| is_manifest(key)), "{removed:?}");
    assert_eq!(removed.last().unwrap(), "plan.json");
    let mut sorted = removed.clone();
    sorted.sort();
    assert_eq!(sorted, files.keys().cloned().collect::<Vec<_>>(), "each of its files goes once");
    assert!(sink.inner.files() == foreign());
    // A playlist names segments, and goes before they do.
    let place = |key: &str| removed.iter().position(|removed| removed == key).unwrap();
    for (playlist, named) in [
        ("64p/playlist.m3u8", "64p/00000.m4s"),
        ("64p/playlist.m3u8", "64p/init.mp4"),
        ("captions/en.m3u8", "captions/en.vtt"),
        ("storyboard/storyboard.vtt", "storyboard/00001.jpg"),
    ] {
        assert!(place(playlist) < place(named), "{removed:?}");
    }
}

#[test]
fn what_was_interrupted_anywhere_can_be_done_again() {
    let files = files();
    for power in 0..files.len() {
        let sink = Recording::with(&files.clone().into_iter().chain(foreign()).collect());
        *sink.power.lock().unwrap() = Some(power);
        let error = Package::open(sink.clone()).unwrap().remove().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SinkWrite);
        let left = sink.inner.files();
        assert!(left.contains_key("plan.json"), "after {power} files nobody knows what is left");
        let whole = files.keys().all(|key| is_manifest(key) || left.contains_key(key));
        assert!(whole || !left.keys().any(|key| is_manifest(key)), "after {power} files a manifest names what is gone");
        *sink.power.lock().unwrap() = None;
        Package::open(sink.clone()).unwrap().remove().unwrap();
        assert!(sink.inner.files() == foreign(), "after {power} files");
    }
    assert!(files.len() > 12, "{files:?}");
}

/// As versions wrote it that called renditions tracks.
const SCHEMA_2: &str = r#"{
  "schema": 2,
  "hash": "0000000000000000000000000000000000000000000000000000000000000000",
  "build": { "vodkit": "0.1.0", "ffmpeg": "7.1", "h264": "x264", "aac": "aac" },
  "source": { "length": 1, "digest": "" },
  "origin": "0",
  "duration": "2",
  "tracks": [
    { "id": "720p", "segments": 2, "codecs": "avc1.64001f", "timescale": 12800, "type": "video", "width": 1280 },
    { "id": "audio", "segments": 1, "codecs": "mp4a.40.2", "timescale": 48000, "type": "audio", "channels": 2 },
    { "id": "storyboard", "segments": 2, "codecs": "jpeg", "timescale": 1000, "type": "images", "width": 160 }
  ],
  "video": { "track": 0 },
  "captions": [{ "language": "en", "name": "English", "webvtt": "WEBVTT\n" }]
}"#;

#[test]
fn a_package_of_schema_2_plays_and_goes() {
    let keys = [
        "master.m3u8",
        "manifest.mpd",
        "thumbnail.jpg",
        "720p/playlist.m3u8",
        "720p/init.mp4",
        "720p/00000.m4s",
        "720p/00001.m4s",
        "audio/playlist.m3u8",
        "audio/init.mp4",
        "audio/00000.m4s",
        "storyboard/playlist.m3u8",
        "storyboard/storyboard.vtt",
        "storyboard/00001.jpg",
        "storyboard/00002.jpg",
        "captions/en.m3u8",
        "captions/en.vtt",
    ];
    let mut files: BTreeMap<_, _> = keys.iter().map(|key| ((*key).to_owned(), Bytes::from_static(b"old"))).collect();
    files.insert("plan.json".into(), Bytes::from_static(SCHEMA_2.as_bytes()));
    let foreign: BTreeMap<_, _> = [("720p/00002.m4s", "mine"), ("storyboard/init.mp4", "mine")]
        .map(|(key, bytes)| (key.to_owned(), Bytes::from_static(bytes.as_bytes())))
        .into();
    let sink = Recording::with(&files.clone().into_iter().chain(foreign.clone()).collect());
    let package = Package::open(sink.clone()).unwrap();
    assert!(package.is_finished().unwrap());
    let error = package.plan().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPlan);
    assert!(error.to_string().contains("schema version 2"), "{error}");
    assert_eq!(package.write_mp4(None, &mut Vec::new()).unwrap_err().kind(), ErrorKind::InvalidPlan);
    package.remove().unwrap();
    let removed = sink.removed();
    assert_eq!(removed.len(), files.len());
    assert!(is_manifest(&removed[0]) && is_manifest(&removed[1]) && removed.last().unwrap() == "plan.json");
    assert!(sink.inner.files() == foreign);
}

#[test]
fn a_plan_that_names_other_places_removes_nothing_there() {
    for json in [
        r#"{"renditions": [{"id": "../other", "segments": 3}, {"id": "captions", "segments": 1}, {"id": "", "segments": 1}]}"#,
        r#"{"captions": [{"language": "../../en"}, {"language": "en/../../x"}]}"#,
        r#"{"renditions": [{"id": 7}], "tracks": "none"}"#,
        "no JSON",
        "",
    ] {
        let sink = Recording::with(&foreign());
        sink.put("plan.json", Bytes::from_static(json.as_bytes())).unwrap();
        Package::open(sink.clone()).unwrap().remove().unwrap();
        assert_eq!(sink.removed(), ["plan.json"], "{json}");
    }
}
