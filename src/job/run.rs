//! What a job's threads do.

use std::cell::Cell;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::options::JobOptions;
use super::progress::{Meter, Progress};
use super::queue::{Queue, Task};
use super::requests::{Next, Requests};
use crate::base::{Cancel, Error, ErrorKind, Result, Watch, guarded};
use crate::layout::{PLAN_KEY, THUMBNAIL_KEY};
use crate::manifest::{self, Bandwidth};
use crate::package::{self, Output, Sizes, Summary};
use crate::plan::{Plan, TrackFile};
use crate::segment::{self, SegmentMaker};
use crate::sink::SharedSink;
use crate::source::SharedSource;
use crate::thumbnail;

/// No machine has more cores than this, and threads cost memory.
const MOST_WORKERS: usize = 1024;

/// How often somebody who waits looks whether the job was cancelled.
const GLANCE: Duration = Duration::from_millis(20);

/// How long a cancelled job may take to end by itself, before those who wait are told without its threads.
const GRACE: Duration = Duration::from_millis(100);

/// A job as its threads and its handle share it.
pub(super) struct Run {
    source: SharedSource,
    plan: Plan,
    output: Output,
    options: JobOptions,
    meter: Meter,
    pub(super) stop: Cancel,
    workers: usize,
    requests: Requests,
    /// What playing begins with: positions of tracks, and segments.
    first: Vec<(usize, u32)>,
    /// The count of segments that was told last; held while telling.
    told: Mutex<u64>,
    still: Mutex<Still>,
    failure: Mutex<Option<Error>>,
    outcome: Mutex<Option<Result<Summary>>>,
    ended: Condvar,
}

thread_local! {
    /// The job that this thread works for. Only ever compared, never followed.
    static OWN_JOB: Cell<*const Run> = const { Cell::new(std::ptr::null()) };
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("plan", &self.plan.hash).finish_non_exhaustive()
    }
}

pub(super) fn no_thread(cause: io::Error) -> Error {
    Error::new(ErrorKind::Internal, "no thread could be started").with_cause(cause)
}

impl Run {
    pub(super) fn new(source: SharedSource, plan: Plan, sink: SharedSink, options: JobOptions) -> Self {
        let each = || plan.tracks.iter().flat_map(|track| (0..track.segments).map(move |index| (track, index)));
        let work = each().map(|(track, index)| package::work(&plan, track, index)).sum();
        let meter = Meter::new(plan.duration.to_f64(), each().count() as u64, work);
        let stop = Cancel::new();
        let output = Output::new(sink, stop.clone());
        let workers = match options.workers {
            0 => thread::available_parallelism().map_or(1, usize::from),
            workers => workers.min(MOST_WORKERS),
        };
        let (requests, first) = (Requests::new(workers), package::first_segments(&plan));
        let (told, still, failure, outcome, ended) = Default::default();
        Self {
            source,
            plan,
            output,
            options,
            meter,
            stop,
            workers,
            requests,
            first,
            told,
            still,
            failure,
            outcome,
            ended,
        }
    }

    /// Does it all, and tells how it ended.
    pub(super) fn to_the_end(&self) {
        let outcome = guarded(|| self.run());
        self.meter.finish();
        if let Err(error) = &outcome {
            self.requests.end(error.clone());
        }
        self.outcome().get_or_insert(outcome);
        self.ended.notify_all();
    }

    fn outcome(&self) -> MutexGuard<'_, Option<Result<Summary>>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failure(&self) -> MutexGuard<'_, Option<Error>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn refuse_own_thread(&self) -> Result<()> {
        if std::ptr::eq(OWN_JOB.get(), self) {
            return Err(Error::invalid("a job cannot be waited for, or asked, on its own thread"));
        }
        Ok(())
    }

    pub(super) fn is_finished(&self) -> bool {
        self.outcome().is_some()
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(super) fn progress(&self) -> Progress {
        self.meter.progress(!self.first.iter().any(|&piece| self.requests.is_missing(piece)))
    }

    /// Waits for the end, as long as the clock allows.
    pub(super) fn wait(&self, until: Option<Instant>) -> Option<Result<Summary>> {
        let mut outcome = self.outcome();
        while outcome.is_none() {
            let now = Instant::now();
            if self.stop.is_cancelled_for(GRACE) && self.output.is_settled() {
                // An encoder with a long look-ahead may be at one picture for a second.
                self.meter.finish();
                let cause = self.failure().clone().unwrap_or_else(Error::cancelled);
                return Some(outcome.insert(Err(cause)).clone());
            }
            if until.is_some_and(|until| now >= until) {
                return None;
            }
            let left = until.map_or(GLANCE, |until| until - now);
            let waited = self.ended.wait_timeout(outcome, GLANCE.min(left));
            outcome = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        outcome.clone()
    }

    /// A file of the package, made where it is not there yet.
    pub(super) fn get(&self, key: &str, cancel: &Cancel) -> Result<Option<Bytes>> {
        match self.plan.track_file(key) {
            Some(TrackFile::Segment(track, index)) => {
                let is_cancelled = || cancel.is_cancelled() || self.stop.is_cancelled();
                self.requests.await_piece((track, index), is_cancelled).map_err(|error| {
                    // Of a job that failed all threads are stopped at once; the cause is what to tell.
                    let cause = if cancel.is_cancelled() { None } else { self.failure().clone() };
                    if error.kind() == ErrorKind::Cancelled { cause.unwrap_or(error) } else { error }
                })?;
                self.read_back(key).map(Some)
            }
            Some(TrackFile::Init(track)) => segment::init(&self.plan, track).map(Some),
            Some(TrackFile::Text) => Ok(self.manifest(key)),
            None if key == PLAN_KEY => Ok(Some(self.plan.to_json().into())),
            None if key == THUMBNAIL_KEY => self.thumbnail(cancel),
            None => Ok(self.manifest(key)),
        }
    }

    fn manifest(&self, key: &str) -> Option<Bytes> {
        let estimated = || Bandwidth::estimated(&self.plan);
        let sizes = self.requests.all_sizes();
        let bandwidth = sizes.map_or_else(estimated, |sizes| Bandwidth::measured(&self.plan, &sizes));
        let found = manifest::all(&self.plan, &bandwidth).into_iter().find(|(place, _)| place == key);
        found.map(|(_, text)| text.into())
    }

    fn read_back(&self, key: &str) -> Result<Bytes> {
        self.output.get(key)?.ok_or_else(|| {
            let message = format!("{key} was written to {} but cannot be read back from it", self.output.name());
            Error::new(ErrorKind::SinkWrite, message)
        })
    }

    fn run(&self) -> Result<Summary> {
        OWN_JOB.set(self);
        let (sizes, stale) = package::prepare(&self.plan, &self.output, self.options.overwrite)?;
        let resumed = self.count_resumed(&sizes);
        self.requests.begin(sizes);
        if resumed > 0 {
            self.tell()?;
        }
        let sizes = loop {
            self.work_off()?;
            // What was asked for, and given up in the last moment, is not there yet.
            if let Some(sizes) = self.requests.all_sizes() {
                break sizes;
            }
        };
        let summary = package::finish(&self.plan, &self.output, &sizes, resumed, || {
            self.meter.finish();
            self.meter.elapsed()
        })?;
        stale.iter().try_for_each(|key| self.output.remove(key))?;
        Ok(summary)
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

    /// Runs the workers until the queue is empty or one fails.
    fn work_off(&self) -> Result<()> {
        let queue = Queue::new(&self.plan, &self.first, |track, index| self.requests.is_missing((track, index)));
        let fillers = if self.options.on_request { self.workers } else { self.workers.min(queue.len()) };
        self.requests.open();
        thread::scope(|scope| {
            let mut filling = Vec::new();
            for worker in 0..fillers {
                match self.start(scope, format!("vodkit-{worker}"), Work::Fill(worker, &queue)) {
                    Ok(thread) => filling.push(thread),
                    Err(cause) if worker == 0 => self.fail(no_thread(cause)),
                    // Fewer do it as well.
                    Err(_) => break,
                }
                if self.stop.is_cancelled() {
                    break;
                }
            }
            let servers = self.workers.min(self.plan.tracks.iter().map(|track| track.segments as usize).sum());
            let serving =
                (0..servers).map_while(|worker| self.start(scope, format!("vodkit-ask-{worker}"), Work::Serve).ok());
            let serving: Vec<_> = serving.collect();
            if serving.is_empty() && servers > 0 {
                // Others would hold still for them.
                self.fail(no_thread(io::ErrorKind::OutOfMemory.into()));
            }
            guarded(|| self.put_thumbnail()).unwrap_or_else(|error| self.fail(error));
            // The scope alone would wait for their work, not until they are gone; a host may unload the library.
            join(filling);
            self.requests.close();
            join(serving);
        });
        self.failure().clone().map_or(Ok(()), Err)
    }

    /// Starts a thread, whose failure is the job's.
    fn start<'scope, 'env>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
        name: String,
        work: Work<'env>,
    ) -> io::Result<ScopedJoinHandle<'scope, ()>> {
        let body = move || guarded(|| work.run(self)).unwrap_or_else(|error| self.fail(error));
        thread::Builder::new().name(name).spawn_scoped(scope, body)
    }

    fn fail(&self, error: Error) {
        // The first failure is the cause; the others were only stopped by it.
        self.failure().get_or_insert(error);
        self.stop.cancel();
    }

    fn put_thumbnail(&self) -> Result<()> {
        if matches!(*self.still(), Still::Written) {
            return Ok(());
        }
        if let Some(picture) = self.thumbnail(&self.stop)? {
            self.output.put(THUMBNAIL_KEY, picture)?;
            *self.still() = Still::Written;
        }
        Ok(())
    }

    /// The picture that the options ask for. Who asks while it is made waits for that.
    fn thumbnail(&self, cancel: &Cancel) -> Result<Option<Bytes>> {
        let Some(options) = self.options.thumbnail.as_ref().filter(|_| self.plan.video.is_some()) else {
            return Ok(None);
        };
        let mut still = self.still();
        let found = match &*still {
            Still::Missing => None,
            Still::Made(picture) => Some(picture.clone()),
            Still::Written => self.output.get(THUMBNAIL_KEY)?,
        };
        if found.is_some() {
            return Ok(found);
        }
        let picture = thumbnail::planned(&self.source, &self.plan, options, &Watch::new(cancel))?.bytes;
        if let Still::Missing = *still {
            *still = Still::Made(picture.clone());
        }
        Ok(Some(picture))
    }

    fn still(&self) -> MutexGuard<'_, Still> {
        self.still.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes through the package.
    fn fill(&self, worker: usize, queue: &Queue) -> Result<()> {
        let watch = Watch::new(&self.stop).with_pause(self.requests.pause(worker));
        let mut maker = SegmentMaker::new(&self.source, &self.plan, watch);
        while let Some(task) = self.next_task(worker, queue)? {
            self.make(&mut maker, &task)?;
        }
        Ok(())
    }

    fn next_task(&self, worker: usize, queue: &Queue) -> Result<Option<Task>> {
        loop {
            if self.stop.is_cancelled() {
                return Err(Error::cancelled());
            }
            if let Some(task) = self.requests.take_ahead(worker) {
                return Ok(Some(task));
            }
            if self.options.on_request {
                if self.requests.all_sizes().is_some() {
                    return Ok(None);
                }
                self.requests.idle();
                continue;
            }
            let Some(task) = queue.take(worker) else { return Ok(None) };
            if let Some(task) = self.requests.take(worker, task) {
                return Ok(Some(task));
            }
        }
    }

    /// Makes what is asked for.
    fn serve(&self) -> Result<()> {
        let mut held = None;
        loop {
            let (cancel, mut maker) = held.take().unwrap_or_else(|| {
                let cancel = self.stop.child();
                (cancel.clone(), SegmentMaker::new(&self.source, &self.plan, Watch::new(&cancel)))
            });
            match self.requests.next(&cancel) {
                Next::Home => return Ok(()),
                // The source is closed, and decoders go.
                Next::Nothing => {}
                Next::Piece(track, index) => {
                    let task = Task { tracks: vec![track], index };
                    match guarded(|| self.make(&mut maker, &task)) {
                        Ok(()) => held = Some((cancel, maker)),
                        Err(error) => self.requests.failed((track, index), error),
                    }
                }
            }
        }
    }

    fn make(&self, maker: &mut SegmentMaker<'_>, Task { tracks, index }: &Task) -> Result<()> {
        let plans: Vec<_> = tracks.iter().filter_map(|&track| self.plan.tracks.get(track)).collect();
        let segments = maker.make(&plans, *index)?;
        for ((position, track), bytes) in tracks.iter().zip(&plans).zip(segments) {
            let size = bytes.len() as u64;
            self.output.put(&track.segment_key(*index), bytes)?;
            // Who gets it because it was made finds it counted.
            self.meter.done(1, package::work(&self.plan, track, *index));
            self.requests.made((*position, *index), size);
        }
        self.tell()
    }

    fn tell(&self) -> Result<()> {
        let Some(on_progress) = &self.options.on_progress else { return Ok(()) };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let progress = self.progress();
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

/// How far the thumbnail is.
#[derive(Default)]
enum Still {
    #[default]
    Missing,
    Made(Bytes),
    Written,
}

/// What a thread of a job is for.
enum Work<'queue> {
    /// To go through the package, as the worker of this number.
    Fill(usize, &'queue Queue),
    /// To make what is asked for.
    Serve,
}

impl Work<'_> {
    fn run(self, run: &Run) -> Result<()> {
        OWN_JOB.set(run);
        match self {
            Self::Fill(worker, queue) => run.fill(worker, queue),
            Self::Serve => run.serve(),
        }
    }
}

fn join(threads: Vec<ScopedJoinHandle<'_, ()>>) {
    for thread in threads {
        let _ = thread.join();
    }
}
