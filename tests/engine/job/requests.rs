//! A package can be played while it is made: each file is there when it is asked for, made once, and the same as
//! in a package that nobody asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use vodkit::layout::Key;
use vodkit::thumbnail::Position;
use vodkit::{
    CancelToken, CopyTop, Error, ErrorKind, Job, JobOptions, Ladder, MemorySink, Plan, Rung, Sink, Source,
    StoryboardOptions, ThumbnailOptions,
};

use vodkit_tests::{folder, make, quick, source};

fn film(folder: &Path, seconds: u32) -> Source {
    let inputs = format!("-f lavfi -i testsrc2=s=320x180:r=25:d={seconds} -f lavfi -i sine=d={seconds}");
    source(&make(&folder.join("film.mp4"), &format!("{inputs} -c:v libx264 -preset ultrafast -g 50 -c:a aac")))
}

fn ladder() -> Ladder {
    let storyboard = StoryboardOptions::default().interval(1);
    quick(&[144, 64]).segment_seconds(1).keyframe_seconds(1).storyboard(storyboard)
}

fn options() -> JobOptions {
    JobOptions::default().thumbnail(ThumbnailOptions::default().at(Position::Fraction(0.5)))
}

/// A sink that counts how often each file is put.
#[derive(Default)]
struct Counting {
    inner: MemorySink,
    puts: Mutex<BTreeMap<String, u32>>,
    order: Mutex<Vec<String>>,
}

impl Sink for Counting {
    fn put(&self, key: &str, bytes: Bytes) -> std::io::Result<()> {
        *self.puts.lock().unwrap().entry(key.to_owned()).or_default() += 1;
        self.order.lock().unwrap().push(key.to_owned());
        self.inner.put(key, bytes)
    }

    fn get(&self, key: &str) -> std::io::Result<Option<Bytes>> {
        self.inner.get(key)
    }

    fn remove(&self, key: &str) -> std::io::Result<()> {
        self.inner.remove(key)
    }

    fn name(&self) -> String {
        "the counting sink".into()
    }
}

fn batch(source: &Source, plan: &Plan) -> BTreeMap<String, Bytes> {
    let sink = Arc::new(MemorySink::new());
    Job::start(source, plan, sink.clone(), options()).unwrap().wait().unwrap();
    sink.files()
}

/// The files that do not change when the bit rates are known.
fn final_files(package: &BTreeMap<String, Bytes>) -> Vec<(&String, &Bytes)> {
    package.iter().filter(|(key, _)| !["master.m3u8", "manifest.mpd"].contains(&key.as_str())).collect()
}

/// The same order each time, that no player has.
fn shuffled<T>(mut items: Vec<T>, mut seed: u64) -> Vec<T> {
    for end in (1..items.len()).rev() {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        items.swap(end, (seed >> 33) as usize % (end + 1));
    }
    items
}

#[test]
fn asked_for_in_any_order_by_many_threads_all_files_are_those_of_a_batch() {
    let folder = folder();
    let source = film(folder.path(), 9);
    let plan = vodkit::plan(&source, &ladder()).unwrap();
    let expected = batch(&source, &plan);
    for on_request in [false, true] {
        let sink = Arc::new(Counting::default());
        let options = options().on_request(on_request);
        let job = Job::start(&source, &plan, sink.clone(), options).unwrap();
        thread::scope(|scope| {
            for asker in 0..8 {
                let (job, files) = (&job, shuffled(final_files(&expected), asker));
                scope.spawn(move || {
                    for (key, bytes) in files {
                        assert!(job.get(key).unwrap().as_ref() == Some(bytes), "{key} differs");
                    }
                });
            }
        });
        job.wait().unwrap();
        assert!(sink.inner.files() == expected, "the package differs at its end");
        let puts = sink.puts.lock().unwrap();
        let segments = puts.iter().filter(|(key, _)| key.ends_with(".m4s"));
        assert!(segments.clone().count() > 20 && segments.clone().all(|(_, puts)| *puts == 1), "{puts:?}");
        for (key, bytes) in &expected {
            assert!(job.get(key).unwrap().as_ref() == Some(bytes), "{key} differs after the end");
        }
    }
}

#[test]
fn what_many_players_ask_for_is_made_once_and_nothing_else_but_a_little_ahead() {
    let folder = folder();
    let source = film(folder.path(), 30);
    let plan = vodkit::plan(&source, &ladder()).unwrap();
    let sink = Arc::new(Counting::default());
    let options = JobOptions::default().on_request(true);
    let job = Job::start(&source, &plan, sink.clone(), options).unwrap();
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| job.get("64p/00010.m4s").unwrap().unwrap());
        }
    });
    thread::sleep(Duration::from_millis(500));
    let made: Vec<(String, u32)> = sink.puts.lock().unwrap().clone().into_iter().collect();
    let made: Vec<_> =
        made.iter().map(|(key, puts)| (key.as_str(), *puts)).filter(|(key, _)| key.ends_with("s")).collect();
    assert_eq!(made, [("64p/00010.m4s", 1), ("64p/00011.m4s", 1), ("64p/00012.m4s", 1)]);
    job.cancel();
    assert_eq!(job.wait().unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn manifests_are_there_at_once_and_what_is_unknown_is_not() {
    let folder = folder();
    let source = film(folder.path(), 4);
    let plan = vodkit::plan(&source, &ladder()).unwrap();
    let options = JobOptions::default().on_request(true);
    let job = Job::start(&source, &plan, Arc::new(MemorySink::new()), options).unwrap();
    let text = |key: &str| String::from_utf8(job.get(key).unwrap().unwrap().to_vec()).unwrap();
    assert!(text("master.m3u8").contains("144p/playlist.m3u8") && text("manifest.mpd").contains("<MPD"));
    assert_eq!(text("64p/playlist.m3u8"), vodkit::manifest::media_playlist(&plan.renditions()[1]));
    assert_eq!(text("plan.json"), plan.to_json());
    for key in [
        "",
        "/",
        "64p",
        "64p/",
        "64p/00004.m4s",
        "64p/4.m4s",
        "64p/00000.jpg",
        "65p/00000.m4s",
        "storyboard/init.mp4",
        "../plan.json",
        "64p/../plan.json",
        "64p/-1.m4s",
        "64p/99999999999.m4s",
        "thumbnail.jpg",
    ] {
        assert_eq!(job.get(key).unwrap(), None, "{key}");
    }
    assert!(!job.progress().ready_to_stream);
}

#[test]
fn playing_can_begin_long_before_the_end() {
    let folder = folder();
    let source = film(folder.path(), 60);
    let plan = vodkit::plan(&source, &ladder()).unwrap();
    let sink: Arc<MemorySink> = Arc::default();
    let job = Job::start(&source, &plan, sink.clone(), JobOptions::default()).unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while !job.progress().ready_to_stream {
        assert!(Instant::now() < until, "it is never ready");
        thread::sleep(Duration::from_millis(1));
    }
    let progress = job.progress();
    assert!(progress.segments_done * 10 < progress.segments_total, "{progress:?}");
    assert!(sink.get("64p/00000.m4s").unwrap().is_some() && sink.get("audio/00000.m4s").unwrap().is_some());
}

#[test]
fn what_playing_begins_with_comes_before_the_thumbnail() {
    let folder = folder();
    let source = film(folder.path(), 9);
    let plan = vodkit::plan(&source, &ladder()).unwrap();
    let sink = Arc::new(Counting::default());
    Job::start(&source, &plan, sink.clone(), options().workers(1)).unwrap().wait().unwrap();
    let order = sink.order.lock().unwrap();
    let place = |key: &str| order.iter().position(|put| put == key).unwrap();
    let thumbnail = place("thumbnail.jpg");
    assert!(place("64p/00000.m4s") < thumbnail && place("audio/00000.m4s") < thumbnail, "{order:?}");
}

#[test]
fn what_nobody_waits_for_any_more_is_not_made() {
    let folder = folder();
    let source = film(folder.path(), 30);
    // One segment of thirty seconds, with a slow preset: nobody waits so long.
    let ladder = quick(&[180]).segment_seconds(30).keyframe_seconds(30).preset("veryslow");
    let plan = vodkit::plan(&source, &ladder).unwrap();
    let sink = Arc::new(Counting::default());
    let options = JobOptions::default().on_request(true);
    let job = Job::start(&source, &plan, sink.clone(), options).unwrap();
    let (first, second) = (CancelToken::new(), CancelToken::new());
    let kind = |outcome: Result<Option<Bytes>, Error>| outcome.unwrap_err().kind();
    thread::scope(|scope| {
        let asked = [&first, &second].map(|cancel| scope.spawn(|| kind(job.get_cancellable("180p/00000.m4s", cancel))));
        thread::sleep(Duration::from_millis(200));
        let began = Instant::now();
        first.cancel();
        second.cancel();
        for asked in asked {
            assert_eq!(asked.join().unwrap(), ErrorKind::Cancelled);
        }
        assert!(began.elapsed() < Duration::from_millis(300), "{:?}", began.elapsed());
    });
    // The worker is free for others soon.
    assert!(job.get("audio/00000.m4s").unwrap().is_some());
    assert_eq!(sink.puts.lock().unwrap().get("180p/00000.m4s"), None);
}

/// A source whose reads wait while it is held.
struct Held(Source, Arc<Mutex<()>>);

impl vodkit::ReadAt for Held {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        drop(self.1.lock());
        self.0.read_at(offset, buffer)
    }

    fn name(&self) -> String {
        self.0.name()
    }
}

#[test]
fn who_waits_for_the_thumbnail_that_another_makes_can_cancel_too() {
    let folder = folder();
    let film = film(folder.path(), 3);
    let plan = vodkit::plan(&film, &ladder()).unwrap();
    let line = Arc::new(Mutex::new(()));
    let source = Source::new(Held(film, line.clone()));
    let job = Job::start(&source, &plan, Arc::new(MemorySink::new()), options().on_request(true)).unwrap();
    let expected = job.get("thumbnail.jpg").unwrap();
    assert!(expected.is_some());
    drop(job);
    let job = Job::start(&source, &plan, Arc::new(MemorySink::new()), options().on_request(true)).unwrap();
    let held = line.lock().unwrap();
    let cancel = CancelToken::new();
    thread::scope(|scope| {
        let first = scope.spawn(|| job.get("thumbnail.jpg"));
        thread::sleep(Duration::from_millis(100));
        let second = scope.spawn(|| job.get_cancellable("thumbnail.jpg", &cancel));
        thread::sleep(Duration::from_millis(100));
        let began = Instant::now();
        cancel.cancel();
        assert_eq!(second.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
        assert!(began.elapsed() < Duration::from_millis(300), "{:?}", began.elapsed());
        drop(held);
        assert!(first.join().unwrap().unwrap() == expected);
    });
}

#[test]
fn after_a_failure_what_is_there_is_given_and_the_rest_is_an_error() {
    let folder = folder();
    let source = film(folder.path(), 30);
    let plan = vodkit::plan(&source, &ladder()).unwrap();
    let options = JobOptions::default().on_request(true);
    let job = Job::start(&source, &plan, Arc::new(MemorySink::new()), options).unwrap();
    job.get("64p/00000.m4s").unwrap().unwrap();
    job.cancel();
    assert_eq!(job.wait().unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(job.get("64p/00000.m4s").unwrap().is_some());
    assert_eq!(job.get("64p/00020.m4s").unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn what_is_passthrough_is_not_ready_before_its_first_segment() {
    let folder = folder();
    let video = "-f lavfi -i testsrc2=s=64x64:r=10:d=6 -c:v libx264 -profile:v high -preset ultrafast -g 20";
    let source = source(&make(&folder.path().join("silent.mp4"), video));
    let ladder = Ladder::default().copy_top(CopyTop::Always).rungs(Vec::<Rung>::new());
    let plan = vodkit::plan(&source, &ladder).unwrap();
    let options = JobOptions::default().on_request(true);
    let key = plan.renditions()[0].segment_key(0);
    let job = Job::start(&source, &plan, Arc::<MemorySink>::default(), options).unwrap();
    assert!(!job.progress().ready_to_stream);
    job.get(&key).unwrap().unwrap();
    assert!(job.progress().ready_to_stream);
}

/// Each path that a package may have, made of its plan.
fn paths(plan: &Plan) -> Vec<String> {
    let mut keys = vec![Key::Plan, Key::Thumbnail, Key::Hls, Key::Dash];
    for rendition in plan.renditions() {
        let id = rendition.id.as_str();
        keys.push(Key::Playlist(id));
        keys.push(if rendition.storyboard().is_some() { Key::Cues(id) } else { Key::Init(id) });
        keys.extend((0..rendition.segment_count).map(|index| match rendition.storyboard() {
            Some(_) => Key::Sheet(id, index),
            None => Key::Segment(id, index),
        }));
    }
    for captions in plan.captions() {
        keys.extend([Key::Captions(&captions.language), Key::CaptionsPlaylist(&captions.language)]);
    }
    keys.into_iter().map(|key| key.to_string()).collect()
}

#[test]
fn each_key_of_a_package_is_given_and_nothing_else_that_lies_there() {
    let folder = folder();
    let source = film(folder.path(), 4);
    let plan = vodkit::plan(&source, &ladder().copy_top(CopyTop::Always)).unwrap();
    assert!(plan.renditions()[0].is_passthrough());
    let captions = "WEBVTT\n\n00:00.000 --> 00:01.000\nHello!\n";
    let plan = plan.with_captions("pt-BR", "Portugu\u{ea}s", captions).unwrap();
    let expected = batch(&source, &plan);
    let mut paths = paths(&plan);
    paths.sort();
    assert_eq!(paths, expected.keys().cloned().collect::<Vec<_>>());
    let foreign = [
        "notes.txt",
        "64p/notes.txt",
        "64p/00004.m4s",
        "64p/00000.jpg",
        "64p/storyboard.vtt",
        "storyboard/init.mp4",
        "storyboard/00000.m4s",
        "720p/init.mp4",
        "720p/playlist.m3u8",
        "captions/en.vtt",
        "captions/en.m3u8",
        "captions/PT-br.vtt",
    ];
    for on_request in [true, false] {
        let sink = Arc::new(MemorySink::new());
        foreign.iter().for_each(|key| sink.put(key, Bytes::from_static(b"mine")).unwrap());
        let job = Job::start(&source, &plan, sink, options().on_request(on_request)).unwrap();
        for (key, bytes) in final_files(&expected) {
            assert!(job.get(key).unwrap().as_ref() == Some(bytes), "{key} differs");
        }
        job.wait().unwrap();
        for (key, bytes) in &expected {
            assert!(job.get(key).unwrap().as_ref() == Some(bytes), "{key} differs at the end");
        }
        for key in foreign {
            assert_eq!(job.get(key).unwrap(), None, "{key}");
        }
    }
}
