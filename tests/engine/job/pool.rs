//! Jobs that share workers.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use vodkit::{ErrorKind, Job, JobOptions, MemorySink, Plan, Pool, Sink, Source};

use vodkit_tests::{folder, make, quick, source};

/// Twelve seconds with a keyframe each second, and segments as long.
fn film(folder: &Path) -> (Source, Plan) {
    let film = "-f lavfi -i testsrc2=s=64x64:r=10:d=12 -f lavfi -i sine=d=12";
    let source = source(&make(&folder.join("a.mp4"), &format!("{film} -c:v libx264 -preset ultrafast -g 10 -c:a aac")));
    let plan = vodkit::plan(&source, &quick(&[64]).segment_seconds(1).keyframe_seconds(1)).unwrap();
    (source, plan)
}

type OnSegment = Box<dyn Fn(&str) + Send + Sync>;

/// A sink that is told of each segment before it puts it.
struct Told(MemorySink, OnSegment);

impl Told {
    fn new(told: impl Fn(&str) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self(MemorySink::new(), Box::new(told)))
    }
}

impl Sink for Told {
    fn put(&self, key: &str, bytes: Bytes) -> io::Result<()> {
        if key.ends_with(".m4s") {
            (self.1)(key);
        }
        self.0.put(key, bytes)
    }

    fn get(&self, key: &str) -> io::Result<Option<Bytes>> {
        self.0.get(key)
    }

    fn remove(&self, key: &str) -> io::Result<()> {
        self.0.remove(key)
    }

    fn name(&self) -> String {
        "the told sink".into()
    }
}

/// The most segments that two jobs with these options have put at the same time.
fn most_at_once(options: &JobOptions) -> usize {
    let folder = folder();
    let (source, plan) = film(folder.path());
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let jobs = [0, 1].map(|_| {
        let (now, most) = (now.clone(), most.clone());
        let sink = Told::new(move |_| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // Time for others to come too.
            thread::sleep(Duration::from_millis(20));
            now.fetch_sub(1, Ordering::SeqCst);
        });
        Job::start(&source, &plan, sink, options.clone()).unwrap()
    });
    jobs.iter().for_each(|job| assert_eq!(job.wait().unwrap().segments_resumed, 0));
    most.load(Ordering::SeqCst)
}

#[test]
fn jobs_on_a_pool_of_one_never_make_two_segments_at_a_time() {
    let options = JobOptions::default().workers(3);
    assert!(most_at_once(&options) > 1, "without a pool they would be alone as well");
    assert_eq!(most_at_once(&options.pool(Pool::new(1))), 1);
}

#[test]
fn a_pool_of_two_makes_two_segments_at_a_time_and_not_three() {
    assert_eq!(most_at_once(&JobOptions::default().pool(Pool::new(2))), 2);
}

/// A sink whose first segment says that it has come, and then waits for leave.
fn held() -> (Arc<Told>, Receiver<()>, Sender<()>) {
    let ((came, has_come), (leave, may_leave)) = (channel(), channel());
    let (first, may_leave) = (AtomicBool::new(true), Mutex::new(may_leave));
    let sink = Told::new(move |_| {
        if first.swap(false, Ordering::SeqCst) {
            came.send(()).unwrap();
            // Dropped where a test has failed.
            let _ = may_leave.lock().unwrap().recv_timeout(Duration::from_secs(60));
        }
    });
    (sink, has_come, leave)
}

/// Starts a job on a pool of one, and returns it in the middle of its first segment.
fn busy(source: &Source, plan: &Plan, options: JobOptions) -> (Job, Sender<()>) {
    let (sink, has_come, leave) = held();
    let job = Job::start(source, plan, sink, options).unwrap();
    has_come.recv_timeout(Duration::from_secs(60)).unwrap();
    (job, leave)
}

#[test]
fn the_job_with_the_higher_priority_is_done_first() {
    let folder = folder();
    let (source, plan) = film(folder.path());
    let pool = Pool::new(1);
    let (low, leave) = busy(&source, &plan, JobOptions::default().pool(pool.clone()));
    let low = Arc::new(low);
    let (of_low, seen) = (low.clone(), Arc::new(Mutex::new(Vec::new())));
    let into = seen.clone();
    let sink = Told::new(move |_| into.lock().unwrap().push(of_low.progress().segments_done));
    let high = Job::start(&source, &plan, sink, JobOptions::default().pool(pool).priority(1)).unwrap();
    // Its plan is written before it waits for a worker.
    while high.get("plan.json").unwrap().is_none() {
        thread::yield_now();
    }
    thread::sleep(Duration::from_millis(200));
    assert_eq!(high.progress().segments_done, 0, "there is one worker, and it is the other's");
    leave.send(()).unwrap();
    high.wait().unwrap();
    // The one that it was at, and no other before the last of the urgent job.
    assert_eq!(*seen.lock().unwrap(), [1; 24]);
    low.wait().unwrap();
}

#[test]
fn what_is_asked_for_is_made_while_the_pool_is_busy() {
    let folder = folder();
    let (source, plan) = film(folder.path());
    let pool = Pool::new(1);
    let (busy, leave) = busy(&source, &plan, JobOptions::default().pool(pool.clone()));
    let asked = Job::start(&source, &plan, Arc::new(MemorySink::new()), JobOptions::default().pool(pool)).unwrap();
    let expected = vodkit::segment(&source, &plan, "64p", 7).unwrap();
    assert!(asked.get("64p/00007.m4s").unwrap().unwrap() == expected);
    assert_eq!(busy.progress().segments_done, 0, "the worker is not free yet");
    leave.send(()).unwrap();
    busy.wait().unwrap();
    asked.wait().unwrap();
}

#[test]
fn a_job_that_waits_for_a_worker_can_be_cancelled() {
    let folder = folder();
    let (source, plan) = film(folder.path());
    let pool = Pool::new(1);
    let (busy, leave) = busy(&source, &plan, JobOptions::default().pool(pool.clone()));
    let waiting = Job::start(&source, &plan, Arc::new(MemorySink::new()), JobOptions::default().pool(pool)).unwrap();
    thread::sleep(Duration::from_millis(100));
    let began = Instant::now();
    waiting.cancel();
    assert_eq!(waiting.wait().unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    // It left no place behind that nobody takes.
    leave.send(()).unwrap();
    busy.wait().unwrap();
}

#[test]
fn a_job_on_request_lends_its_worker_out_while_nobody_asks() {
    let folder = folder();
    let (source, plan) = film(folder.path());
    let options = JobOptions::default().pool(Pool::new(1));
    let idle =
        Job::start(&source, &plan, Arc::new(MemorySink::new()), options.clone().on_request(true).priority(9)).unwrap();
    // What comes ahead of this is made by the worker.
    idle.get("64p/00000.m4s").unwrap().unwrap();
    Job::start(&source, &plan, Arc::new(MemorySink::new()), options).unwrap().wait().unwrap();
}
