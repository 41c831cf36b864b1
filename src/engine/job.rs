//! A running job and its handle.

use std::cell::Cell;
use std::io;
use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::THUMBNAIL_KEY;
use super::output::Output;
use super::package::{self, Sizes, Summary};
use super::progress::{Meter, Progress};
use super::queue::{Queue, Task};
use crate::cancel::Watch;
use crate::error::guarded;
use crate::plan::Plan;
use crate::segment::{self, SegmentMaker};
use crate::sink::SharedSink;
use crate::source::SharedSource;
use crate::thumbnail;
use crate::{Cancel, Error, ErrorKind, ImageFormat, Result, ThumbnailOptions};

/// No machine has more cores than this, and threads cost memory.
const MOST_WORKERS: usize = 1024;

/// How often somebody who waits looks whether the job was cancelled.
const GLANCE: Duration = Duration::from_millis(20);

/// How long a cancelled job may take to end by itself, before those who wait are told without its threads.
const GRACE: Duration = Duration::from_millis(100);

/// Is told how far a job is, and says whether it goes on: [`ControlFlow::Break`] cancels it.
pub type OnProgress = Arc<dyn Fn(&Progress) -> ControlFlow<()> + Send + Sync>;

/// How a job runs. None of it changes a byte of what it makes.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct JobOptions {
    /// Segments that are made at the same time, each on one thread; 0, the default: one for each core.
    /// More than 1024 count as 1024.
    pub workers: usize,
    /// Whether what the sink holds is replaced: a package of another plan, or other files of the same names;
    /// else that is an error. Default: no.
    pub overwrite: bool,
    /// A picture that is written beside the manifests as `thumbnail.jpg`, so a JPEG, where the source has
    /// video. Default: none.
    pub thumbnail: Option<ThumbnailOptions>,
    /// Is called after each segment, by the worker that made it, and before the first where an earlier run left
    /// some; one call at a time, and each is further than the one before.
    pub on_progress: Option<OnProgress>,
}

impl JobOptions {
    fn check(&self) -> Result<()> {
        let Some(picture) = &self.thumbnail else { return Ok(()) };
        if picture.format != ImageFormat::Jpeg {
            return Err(Error::invalid(format!("a job's thumbnail is {THUMBNAIL_KEY}, so it must be JPEG")));
        }
        picture.check()
    }
}

impl std::fmt::Debug for JobOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JobOptions")
            .field("workers", &self.workers)
            .field("overwrite", &self.overwrite)
            .finish_non_exhaustive()
    }
}

/// A running job: all segments of a plan, and then the manifests, into a sink.
///
/// Where the sink holds part of the same plan's package, from a run that was stopped in whatever way, only
/// what is missing is made. The plan is written first, then segments as they are done, each whole, and
/// manifests last: a package that has its `master.m3u8` is complete.
///
/// Dropping the handle cancels the job and waits for its threads; on one of these, inside a callback, it
/// only cancels, and a file that another thread just writes may still come.
///
/// ```no_run
/// use std::sync::Arc;
/// use vodkit::{DirSink, FileSource, Job, JobOptions, Ladder};
/// let source: vodkit::SharedSource = Arc::new(FileSource::open("holiday.mp4")?);
/// let plan = vodkit::plan(&source, &Ladder::default())?;
/// let job = Job::start(source, plan, Arc::new(DirSink::open("holiday")?), JobOptions::default())?;
/// println!("{} segments are to be made", job.progress().segments_total);
/// let summary = job.wait()?;
/// # Ok::<(), vodkit::Error>(())
/// ```
#[derive(Debug)]
pub struct Job {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    source: SharedSource,
    plan: Plan,
    output: Output,
    options: JobOptions,
    meter: Meter,
    stop: Cancel,
    /// The count of segments that was told last; held while telling.
    told: Mutex<u64>,
    failure: Mutex<Option<Error>>,
    outcome: Mutex<Option<Result<Summary>>>,
    ended: Condvar,
}

thread_local! {
    /// The job that this thread works for. Only ever compared, never followed.
    static OWN_JOB: Cell<*const Shared> = const { Cell::new(std::ptr::null()) };
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("plan", &self.plan.hash).finish_non_exhaustive()
    }
}

impl Job {
    /// Starts making everything that `plan` says, from `source` into `sink`, on threads of its own.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) for options out of range,
    /// [`InvalidPlan`](ErrorKind::InvalidPlan) for a plan that was changed,
    /// [`BuildMismatch`](ErrorKind::BuildMismatch) for one of another build and
    /// [`SourceChanged`](ErrorKind::SourceChanged) for another source than the planned one, before anything
    /// is written. All else that can fail is told by [`wait`](Self::wait).
    pub fn start(source: SharedSource, plan: Plan, sink: SharedSink, options: JobOptions) -> Result<Self> {
        options.check()?;
        guarded(|| segment::check_build(&plan).and_then(|()| segment::check_source(&source, &plan)))?;
        let each = || plan.tracks.iter().flat_map(|track| (0..track.segments).map(move |index| (track, index)));
        let work = each().map(|(track, index)| package::work(&plan, track, index)).sum();
        let meter = Meter::new(plan.duration.to_f64(), each().count() as u64, work);
        let stop = Cancel::new();
        let output = Output::new(sink, stop.clone());
        let (told, failure, outcome) = Default::default();
        let ended = Condvar::new();
        let shared = Shared { source, plan, output, options, meter, stop, told, failure, outcome, ended };
        let shared = Arc::new(shared);
        let own = shared.clone();
        let thread = thread::Builder::new().name("vodkit-job".into()).spawn(move || {
            let outcome = guarded(|| own.run());
            own.meter.finish();
            own.outcome().get_or_insert(outcome);
            own.ended.notify_all();
        });
        Ok(Self { shared, thread: Some(thread.map_err(no_thread)?) })
    }

    /// How far the job is.
    pub fn progress(&self) -> Progress {
        self.shared.meter.progress()
    }

    /// Whether the job has come to its end, good or bad, so that [`wait`](Self::wait) returns at once.
    pub fn is_finished(&self) -> bool {
        self.shared.outcome().is_some()
    }

    /// Stops the job: [`wait`](Self::wait) returns within 0.2 seconds, or when a file that is being written is
    /// done; the sink is left alone after that. Finished segments stay. The threads may need a moment more,
    /// until the encoder is done with a picture; to drop the job is to wait for them.
    pub fn cancel(&self) {
        self.shared.stop.cancel();
    }

    /// The switch that [`cancel`](Self::cancel) throws: for another thread, or for a signal handler.
    pub fn cancel_switch(&self) -> Cancel {
        self.shared.stop.clone()
    }

    /// Waits for the end. Any number of threads may wait, and each time that it is asked it says the same.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) on one of the job's own threads, such as inside its
    /// progress callback. Else [`Cancelled`](ErrorKind::Cancelled),
    /// [`OutputConflict`](ErrorKind::OutputConflict), [`SinkWrite`](ErrorKind::SinkWrite),
    /// [`NoSpace`](ErrorKind::NoSpace), and those of reading and decoding the source. Finished segments
    /// stay, so that the same job can be started again.
    pub fn wait(&self) -> Result<Summary> {
        // A limit that is never reached.
        let outcome = self.wait_timeout(Duration::MAX);
        outcome.unwrap_or_else(|| Err(Error::new(ErrorKind::Internal, "the job has no end")))
    }

    /// As [`wait`](Self::wait), but no longer than `limit`: `None` where the job still runs then.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn wait_timeout(&self, limit: Duration) -> Option<Result<Summary>> {
        if let Err(error) = self.shared.refuse_own_thread() {
            return Some(Err(error));
        }
        let until = Instant::now().checked_add(limit);
        let mut outcome = self.shared.outcome();
        while outcome.is_none() {
            let now = Instant::now();
            if self.shared.stop.is_cancelled_for(GRACE) && self.shared.output.is_settled() {
                // An encoder with a long look-ahead may be at one picture for a second.
                self.shared.meter.finish();
                let cause = self.shared.failure().clone().unwrap_or_else(Error::cancelled);
                return Some(outcome.insert(Err(cause)).clone());
            }
            if until.is_some_and(|until| now >= until) {
                return None;
            }
            let left = until.map_or(GLANCE, |until| until - now);
            let waited = self.shared.ended.wait_timeout(outcome, GLANCE.min(left));
            outcome = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        outcome.clone()
    }
}

fn no_thread(cause: io::Error) -> Error {
    Error::new(ErrorKind::Internal, "no thread could be started").with_cause(cause)
}

impl Drop for Job {
    fn drop(&mut self) {
        self.cancel();
        // One of the job's own threads would wait for itself; the job then ends alone, and takes along what
        // it holds.
        if let Some(thread) = self.thread.take()
            && self.shared.refuse_own_thread().is_ok()
        {
            // A panic has become an error by then.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn outcome(&self) -> MutexGuard<'_, Option<Result<Summary>>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failure(&self) -> MutexGuard<'_, Option<Error>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refuse_own_thread(&self) -> Result<()> {
        if std::ptr::eq(OWN_JOB.get(), self) {
            return Err(Error::invalid("a job cannot be waited for on its own thread"));
        }
        Ok(())
    }

    fn run(&self) -> Result<Summary> {
        OWN_JOB.set(self);
        let mut sizes = package::prepare(&self.plan, &self.output, self.options.overwrite)?;
        let resumed = self.count_resumed(&sizes);
        if resumed > 0 {
            self.tell()?;
        }
        let missing =
            |track: usize, index: u32| sizes.get(track).and_then(|sizes| sizes.get(index as usize)) == Some(&None);
        let queue = Queue::new(&self.plan, missing);
        let made = self.work_off(&queue)?;
        for (track, index, size) in made {
            if let Some(slot) = sizes.get_mut(track).and_then(|sizes| sizes.get_mut(index as usize)) {
                *slot = Some(size);
            }
        }
        let sizes: Vec<Vec<u64>> =
            sizes.into_iter().map(|sizes| sizes.into_iter().map(Option::unwrap_or_default).collect()).collect();
        package::finish(&self.plan, &self.output, &sizes, resumed, &self.meter)
    }

    fn count_resumed(&self, sizes: &Sizes) -> u64 {
        let mut resumed = 0;
        for (track, sizes) in self.plan.tracks.iter().zip(sizes) {
            for (index, _) in (0..).zip(sizes).filter(|(_, size)| size.is_some()) {
                self.meter.resumed(1, package::work(&self.plan, track, index));
                resumed += 1;
            }
        }
        resumed
    }

    /// Runs the workers until the queue is empty or one fails; gives track, index and size of what was made.
    fn work_off(&self, queue: &Queue) -> Result<Vec<(usize, u32, u64)>> {
        let workers = match self.options.workers {
            0 => thread::available_parallelism().map_or(1, usize::from),
            workers => workers,
        };
        let workers = workers.min(queue.len()).min(MOST_WORKERS);
        let made = Mutex::new(Vec::new());
        let fail = |error| {
            // The first failure is the cause; the others were only stopped by it.
            self.failure().get_or_insert(error);
            self.stop.cancel();
        };
        thread::scope(|scope| {
            let mut threads = Vec::new();
            for worker in 0..workers {
                let (made, fail) = (&made, &fail);
                let body = move || guarded(|| self.worker(worker, queue, made)).unwrap_or_else(fail);
                let spawned = thread::Builder::new().name(format!("vodkit-{worker}")).spawn_scoped(scope, body);
                match spawned {
                    Ok(thread) => threads.push(thread),
                    Err(cause) if worker == 0 => fail(no_thread(cause)),
                    // Fewer do it as well.
                    Err(_) => break,
                }
                if self.stop.is_cancelled() {
                    break;
                }
            }
            guarded(|| self.make_thumbnail()).unwrap_or_else(fail);
            // The scope alone would wait for their work, not until they are gone; a host may unload the library.
            for thread in threads {
                let _ = thread.join();
            }
        });
        match &*self.failure() {
            Some(error) => Err(error.clone()),
            None => Ok(made.into_inner().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    fn make_thumbnail(&self) -> Result<()> {
        match &self.options.thumbnail {
            Some(options) if self.plan.video.is_some() => {
                let picture = thumbnail::planned(&self.source, &self.plan, options, &Watch::new(&self.stop))?;
                self.output.put(THUMBNAIL_KEY, picture.bytes)
            }
            _ => Ok(()),
        }
    }

    fn worker(&self, worker: usize, queue: &Queue, made: &Mutex<Vec<(usize, u32, u64)>>) -> Result<()> {
        OWN_JOB.set(self);
        let mut maker = SegmentMaker::new(&self.source, &self.plan, &self.stop);
        while let Some(Task { tracks, index }) = queue.take(worker) {
            if self.stop.is_cancelled() {
                return Err(Error::cancelled());
            }
            let plans: Vec<_> = tracks.iter().filter_map(|&track| self.plan.tracks.get(track)).collect();
            let segments = maker.make(&plans, index)?;
            for ((position, track), bytes) in tracks.iter().zip(&plans).zip(segments) {
                let size = bytes.len() as u64;
                self.output.put(&track.segment_key(index), bytes)?;
                made.lock().unwrap_or_else(PoisonError::into_inner).push((*position, index, size));
                self.meter.done(1, package::work(&self.plan, track, index));
            }
            self.tell()?;
        }
        Ok(())
    }

    fn tell(&self) -> Result<()> {
        let Some(on_progress) = &self.options.on_progress else { return Ok(()) };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let progress = self.meter.progress();
        // Another worker may have told of this one's segments too.
        let is_news = std::mem::replace(&mut *told, progress.segments_done) < progress.segments_done;
        if self.stop.is_cancelled() || is_news && on_progress(&progress).is_break() {
            // The next one in the line must not be told any more.
            self.stop.cancel();
            return Err(Error::cancelled());
        }
        Ok(())
    }
}
