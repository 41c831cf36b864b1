//! Cancelling. Alone in its file, so that no other test takes the processor from it: it measures time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::net::TcpListener;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use vodkit::thumbnail::Position;
use vodkit::{
    AnimationOptions, CancelToken, ErrorKind, HttpOptions, Job, JobOptions, MemorySink, Plan, ReadAt, SegmentMaker,
    Source, ThumbnailOptions,
};
use vodkit_tests as common;
use vodkit_tests::server::{Manners, Server};

const SOON: Duration = Duration::from_millis(200);

#[test]
fn cancelling_returns_within_a_fifth_of_a_second() {
    let folder = common::folder();
    // One keyframe in the whole video: a thumbnail at its end has all of it to decode.
    let inputs = "-f lavfi -i testsrc2=size=1280x720:rate=25:duration=40 -f lavfi -i sine=duration=40";
    let video = common::make(
        &folder.path().join("in.mp4"),
        &format!("{inputs} -c:v libx264 -preset ultrafast -g 1000 -c:a aac"),
    );
    let source = common::source(&video);
    let ladder = common::quick(&[480, 240]).preset("slow");
    let plan = vodkit::plan(&source, &ladder).unwrap();
    for after in [0, 30, 100, 300, 700, 1500, 3000] {
        let options = JobOptions::default().thumbnail(ThumbnailOptions::default().at(Position::Fraction(1.0)));
        let sink = Arc::new(MemorySink::new());
        let job = Job::start(&source, &plan, sink.clone(), options).unwrap();
        std::thread::sleep(Duration::from_millis(after));
        let asked = Instant::now();
        job.cancel();
        let error = job.wait().unwrap_err();
        let took = asked.elapsed();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        println!("after {after} ms: {took:?}");
        assert!(took < SOON, "{took:?}, asked after {after} ms");
        assert!(!sink.files().contains_key("master.m3u8"));
    }
}

#[test]
fn nothing_is_written_once_a_cancelled_job_was_waited_for() {
    let folder = common::folder();
    // Takes its time to look ahead over forty large pictures before the first comes out.
    let inputs = "-f lavfi -i testsrc2=size=1920x1080:rate=25:duration=8";
    let video = common::make(&folder.path().join("in.mp4"), &format!("{inputs} -c:v libx264 -preset ultrafast"));
    let source = common::source(&video);
    let plan = vodkit::plan(&source, &common::quick(&[1080]).preset("medium")).unwrap();
    let sink = Arc::new(MemorySink::new());
    let job = Job::start(&source, &plan, sink.clone(), JobOptions::default()).unwrap();
    std::thread::sleep(Duration::from_millis(700));
    let asked = Instant::now();
    job.cancel();
    let outcome = std::iter::repeat_with(|| job.wait_timeout(Duration::from_millis(10))).find_map(|outcome| outcome);
    assert_eq!(outcome.unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    let left = sink.files();
    drop(job);
    assert_eq!(sink.files(), left);
}

#[test]
fn a_callback_can_end_its_job() {
    let folder = common::folder();
    let inputs = "-f lavfi -i testsrc2=size=160x120:rate=25:duration=30";
    let source = common::source(&common::make(&folder.path().join("in.mp4"), &format!("{inputs} -c:v libx264 -g 25")));
    let plan = vodkit::plan(&source, &common::quick(&[120])).unwrap();
    let options = JobOptions::default().workers(1).on_progress(|_| ControlFlow::Break(()));
    let job = Job::start(&source, &plan, Arc::new(MemorySink::new()), options).unwrap();
    assert_eq!(job.wait().unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(job.progress().segments_done, 1);
    assert!(job.wait_timeout(Duration::ZERO).unwrap().is_err(), "the end is told as often as it is asked");
}

#[test]
fn a_job_can_be_dropped_and_waited_for_in_its_own_callback() {
    let folder = common::folder();
    let inputs = "-f lavfi -i testsrc2=size=160x120:rate=25:duration=30";
    let source = common::source(&common::make(&folder.path().join("in.mp4"), &format!("{inputs} -c:v libx264 -g 25")));
    let plan = vodkit::plan(&source, &common::quick(&[120])).unwrap();
    type Consume = fn(Job);
    let ways: [Consume; 2] = [drop, |job| assert_eq!(job.wait().unwrap_err().kind(), ErrorKind::InvalidArgument)];
    for consume in ways {
        let slot: Arc<Mutex<Option<Job>>> = Arc::default();
        let (done, finished) = std::sync::mpsc::channel();
        let inner = slot.clone();
        let options = JobOptions::default().on_progress(move |_| {
            if let Some(job) = inner.lock().unwrap().take() {
                consume(job);
                done.send(()).unwrap();
            }
            ControlFlow::Continue(())
        });
        let mut held = slot.lock().unwrap();
        let job = Job::start(&source, &plan, Arc::new(MemorySink::new()), options).unwrap();
        *held = Some(job);
        drop(held);
        finished.recv_timeout(Duration::from_secs(60)).expect("the callback waits for its own thread");
    }
}

type Work = fn(&Source, &Plan) -> vodkit::Result<()>;

/// All that a source can be asked for.
const WORK: [(&str, Work); 8] = [
    ("probe", |source, _| vodkit::probe(source).map(drop)),
    ("plan", |source, _| vodkit::plan(source, &common::quick(&[240])).map(drop)),
    ("segment", |source, plan| vodkit::segment(source, plan, "240p", plan.renditions()[0].segment_count - 1).map(drop)),
    ("segment maker", |source, plan| SegmentMaker::new(source, plan)?.segment("audio", 0).map(drop)),
    ("thumbnail", |source, _| vodkit::thumbnail(source, &at_the_end()).map(drop)),
    ("plan_thumbnail", |source, plan| vodkit::plan_thumbnail(source, plan, &at_the_end()).map(drop)),
    ("plan_animation", |source, plan| {
        let options = AnimationOptions::default().seconds(60).frame_rate(30);
        vodkit::plan_animation(source, plan, &options).map(drop)
    }),
    ("job", |source, plan| {
        Job::start(source, plan, Arc::new(MemorySink::new()), JobOptions::default())?.wait().map(drop)
    }),
];

fn at_the_end() -> ThumbnailOptions {
    ThumbnailOptions::default().at(Position::Fraction(1.0))
}

/// Twenty seconds of 4:3 pictures and sound, with one keyframe, and their plan.
fn film(folder: &Path, name: &str, size: &str) -> (Vec<u8>, Plan) {
    let inputs = format!("-f lavfi -i testsrc2=size={size}:rate=25:duration=20 -f lavfi -i sine=duration=20");
    let video = "-c:v libx264 -preset ultrafast -g 1000 -c:a aac";
    let path = common::make(&folder.join(name), &format!("{inputs} {video}"));
    let plan = vodkit::plan(&common::source(&path), &common::quick(&[240]).preset("slow")).unwrap();
    (std::fs::read(path).unwrap(), plan)
}

/// Begins all work on a source, cancels it after a time, and expects its end within a second.
fn ends_soon(source: &Source, plan: &Plan, work: &[(&str, Work)], after: Duration) {
    thread::scope(|scope| {
        for (name, work) in work {
            scope.spawn(move || {
                let cancel = CancelToken::new();
                let source = source.clone().with_cancel(&cancel);
                let working = thread::scope(|inner| {
                    let working = inner.spawn(|| (work(&source, plan), Instant::now()));
                    thread::sleep(after);
                    let asked = Instant::now();
                    cancel.cancel();
                    let (outcome, ended) = working.join().unwrap();
                    (outcome.map_err(|error| error.kind()), ended.saturating_duration_since(asked))
                });
                println!("{name} after {after:?}: {working:?}");
                assert_eq!(working.0, Err(ErrorKind::Cancelled), "{name} after {after:?}");
                assert!(working.1 < Duration::from_secs(1), "{name} after {after:?} took {:?}", working.1);
            });
        }
    });
}

/// Storage that gives little at a time, and takes its time for it.
struct Slow(Vec<u8>);

impl ReadAt for Slow {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        thread::sleep(Duration::from_millis(20));
        let rest = &self.0[(offset as usize).min(self.0.len())..];
        let count = rest.len().min(buffer.len()).min(2048);
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn name(&self) -> String {
        "the slow storage".into()
    }
}

#[test]
fn a_token_ends_all_work_on_storage_that_is_slow() {
    let folder = common::folder();
    // Without an index: all of it is read. Its ends alone, which tell it from others, take more than a second.
    let (bytes, plan) = film(folder.path(), "in.ts", "320x240");
    assert!(bytes.len() > 1_000_000, "{} bytes", bytes.len());
    let source = Source::new(Slow(bytes));
    for after in [0, 400, 2500].map(Duration::from_millis) {
        ends_soon(&source, &plan, &WORK, after);
    }
}

#[test]
fn a_token_ends_work_that_takes_all_of_the_processor() {
    let folder = common::folder();
    let (bytes, plan) = film(folder.path(), "in.mp4", "1280x960");
    let source = Source::bytes(bytes);
    // An MP4 is probed and planned, and its first sound made, before anybody could cancel that.
    let long: Vec<(&str, Work)> =
        WORK.into_iter().filter(|(name, _)| !["probe", "plan", "segment maker"].contains(name)).collect();
    for work in &long {
        ends_soon(&source, &plan, std::slice::from_ref(work), Duration::from_millis(100));
    }
}

fn link_options() -> HttpOptions {
    HttpOptions::default().allow_private_addresses(true)
}

#[test]
fn a_token_ends_all_work_on_a_server_that_hangs() {
    let folder = common::folder();
    let (bytes, plan) = film(folder.path(), "in.mp4", "320x240");
    // Its beginning comes, and nothing after that, on whatever connection.
    let server = Server::new(bytes, Manners { dies_after: Some(128 * 1024), ..Manners::default() });
    let source = Source::http(&server.link(), &link_options()).unwrap();
    for after in [0, 300].map(Duration::from_millis) {
        ends_soon(&source, &plan, &WORK, after);
    }
}

#[test]
fn a_token_ends_the_opening_of_a_link_whose_server_hangs() {
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = Server::new(vec![0; 100_000], Manners { dies_after: Some(0), ..Manners::default() });
    let without_ranges = Manners { dies_after: Some(0), ranges: false, ..Manners::default() };
    let without_ranges = Server::new(vec![0; 100_000], without_ranges);
    let (secret, certificate) =
        Server::with_tls(vec![0; 100_000], Manners { dies_after: Some(0), ..Manners::default() });
    let busy = Server::new(Vec::new(), Manners { status: Some((503, String::new())), ..Manners::default() });
    for (name, link) in [
        ("takes the connection and says nothing", format!("http://{}/film.mp4", mute.local_addr().unwrap())),
        ("does not even begin TLS", format!("https://{}/film.mp4", mute.local_addr().unwrap())),
        ("sends no byte after its headers", silent.link()),
        ("sends no byte of a download", without_ranges.link()),
        ("stops behind TLS", secret.link()),
        ("says that it is busy", busy.link()),
    ] {
        let cancel = CancelToken::new();
        let options = link_options().root_certificates(certificate.clone()).cancel(cancel.clone());
        let opening =
            thread::spawn(move || (Source::http(&link, &options).map_err(|error| error.kind()), Instant::now()));
        thread::sleep(Duration::from_millis(300));
        let asked = Instant::now();
        cancel.cancel();
        let (outcome, ended) = opening.join().unwrap();
        let took = ended.saturating_duration_since(asked);
        println!("a server that {name}: {took:?}");
        assert_eq!(outcome.unwrap_err(), ErrorKind::Cancelled, "a server that {name}");
        assert!(took < Duration::from_secs(1), "a server that {name}: {took:?}");
    }
}
