//! Cancelling. Alone in its file, so that no other test takes the processor from it: it measures time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use vodkit::thumbnail::Position;
use vodkit::{ErrorKind, Job, JobOptions, MemorySink, ThumbnailOptions};
use vodkit_tests as common;

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
    let mut options = JobOptions::default();
    options.workers = 1;
    options.on_progress = Some(Arc::new(|_| ControlFlow::Break(())));
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
        let mut options = JobOptions::default();
        options.on_progress = Some(Arc::new(move |_| {
            if let Some(job) = inner.lock().unwrap().take() {
                consume(job);
                done.send(()).unwrap();
            }
            ControlFlow::Continue(())
        }));
        let mut held = slot.lock().unwrap();
        let job = Job::start(&source, &plan, Arc::new(MemorySink::new()), options).unwrap();
        *held = Some(job);
        drop(held);
        finished.recv_timeout(Duration::from_secs(60)).expect("the callback waits for its own thread");
    }
}
