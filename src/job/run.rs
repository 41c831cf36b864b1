//! What a job's threads do.

use std::cell::Cell;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::options::JobOptions;
use super::pool::cores;
use super::progress::{Meter, Progress};
use super::requests::Requests;
use crate::base::{CancelToken, Error, ErrorKind, Result, Watch, guarded};
use crate::layout::{Key, THUMBNAIL_KEY};
use crate::manifest::{self, Bandwidth};
use crate::package::{self, Output, Sizes, Summary};
use crate::plan::{Plan, Rendition};
use crate::sink::SharedSink;
use crate::source::{Context, Source};
use crate::{segment, thumbnail};

/// No machine has more cores than this, and threads cost memory.
const MAX_WORKERS: usize = 1024;

/// How often somebody who waits polls whether the job was cancelled.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How long a cancelled job may take to end by itself, before those who wait are told without its threads.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(100);

/// A job as its threads and its handle share it.
pub(super) struct Run {
    pub(super) source: Source,
    pub(super) plan: Plan,
    pub(super) output: Output,
    pub(super) options: JobOptions,
    pub(super) meter: Meter,
    pub(super) stop: CancelToken,
    pub(super) workers: usize,
    pub(super) requests: Requests,
    /// What playing begins with: positions of tracks, and segments.
    pub(super) first: Vec<(usize, u32)>,
    /// The count of segments that was told last; held while telling.
    told: Mutex<u64>,
    still: Mutex<Still>,
    pub(super) failure: Mutex<Option<Error>>,
    outcome: Mutex<Option<Result<Summary>>>,
    ended: Condvar,
}

thread_local! {
    /// The job that this thread works for. Only ever compared, never followed.
    pub(super) static OWN_JOB: Cell<*const Run> = const { Cell::new(std::ptr::null()) };
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("plan", &self.plan.hash()).finish_non_exhaustive()
    }
}

pub(super) fn no_thread(cause: io::Error) -> Error {
    Error::new(ErrorKind::Internal, "no thread could be started").with_cause(cause)
}

impl Run {
    pub(super) fn new(source: Source, plan: Plan, sink: SharedSink, options: JobOptions) -> Self {
        let renditions = plan.renditions().iter();
        let each =
            || renditions.clone().flat_map(|rendition| (0..rendition.segment_count).map(move |i| (rendition, i)));
        let cost = each().map(|(rendition, index)| rendition.cost(index)).sum();
        let meter = Meter::new(plan.duration().to_f64(), each().count() as u64, cost);
        // Who cancels the source's work cancels this too.
        let stop = source.cancel_token().child();
        let output = Output::new(sink, stop.clone());
        let workers = match (options.workers, &options.pool) {
            (0, Some(pool)) => pool.workers(),
            (0, None) => cores(),
            (workers, _) => workers,
        };
        let workers = workers.min(MAX_WORKERS);
        let (requests, first) = (Requests::new(workers), first_segments(&plan));
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

    pub(super) fn failure(&self) -> MutexGuard<'_, Option<Error>> {
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
        self.meter.progress(!self.first.iter().any(|&segment_id| self.requests.is_missing(segment_id)))
    }

    /// Waits for the end, as long as the clock allows.
    pub(super) fn wait(&self, until: Option<Instant>) -> Option<Result<Summary>> {
        let mut outcome = self.outcome();
        while outcome.is_none() {
            let now = Instant::now();
            if self.stop.is_cancelled_for(SHUTDOWN_GRACE) && self.output.is_settled() {
                // An encoder with a long look-ahead may be at one picture for a second.
                self.meter.finish();
                let cause = self.failure().clone().unwrap_or_else(Error::cancelled);
                return Some(outcome.insert(Err(cause)).clone());
            }
            if until.is_some_and(|until| now >= until) {
                return None;
            }
            let left = until.map_or(POLL_INTERVAL, |until| until - now);
            let waited = self.ended.wait_timeout(outcome, POLL_INTERVAL.min(left));
            outcome = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        outcome.clone()
    }

    /// A file of the package, made where it is not there yet.
    pub(super) fn get(&self, path: &str, cancel: &CancelToken) -> Result<Option<Bytes>> {
        match Key::parse(path) {
            None => Ok(None),
            Some(Key::Plan) => Ok(Some(self.plan.to_json().into())),
            Some(Key::Thumbnail) => self.thumbnail(cancel),
            Some(Key::Init(id)) => match self.position(id) {
                Some((_, rendition)) if rendition.init_key().is_some() => segment::init(rendition).map(Some),
                _ => Ok(None),
            },
            Some(Key::Segment(id, index) | Key::Sheet(id, index)) => match self.position(id) {
                Some((position, rendition))
                    if rendition.segment_key(index) == path && index < rendition.segment_count =>
                {
                    self.await_segment((position, index), cancel)?;
                    self.read_back(path).map(Some)
                }
                _ => Ok(None),
            },
            Some(key) => Ok(self.manifest(key)),
        }
    }

    fn position(&self, id: &str) -> Option<(usize, &Rendition)> {
        self.plan.renditions().iter().enumerate().find(|(_, rendition)| rendition.id == id)
    }

    fn await_segment(&self, segment: (usize, u32), cancel: &CancelToken) -> Result<()> {
        let is_cancelled = || cancel.is_cancelled() || self.stop.is_cancelled();
        self.requests.await_segment(segment, is_cancelled).map_err(|error| {
            // Of a job that failed all threads are stopped at once; the cause is what to tell.
            let cause = if cancel.is_cancelled() { None } else { self.failure().clone() };
            if error.kind() == ErrorKind::Cancelled { cause.unwrap_or(error) } else { error }
        })
    }

    fn manifest(&self, key: Key<'_>) -> Option<Bytes> {
        let estimated = || Bandwidth::estimated(&self.plan);
        let sizes = self.requests.all_sizes();
        let bandwidth = sizes.map_or_else(estimated, |sizes| Bandwidth::measured(&self.plan, &sizes));
        manifest::text(&self.plan, key, &bandwidth).map(Bytes::from)
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
        package::put_manifests(&self.plan, &self.output, &sizes)?;
        self.meter.finish();
        let summary = Summary::new(&self.plan, &sizes, resumed, self.meter.elapsed());
        stale.iter().try_for_each(|key| self.output.remove(key))?;
        Ok(summary)
    }

    fn count_resumed(&self, sizes: &Sizes) -> u64 {
        let mut resumed = 0;
        for (rendition, sizes) in self.plan.renditions().iter().zip(sizes) {
            for (index, _) in (0..).zip(sizes).filter(|(_, size)| size.is_some()) {
                self.meter.resumed(1, rendition.cost(index));
                resumed += 1;
            }
        }
        resumed
    }

    pub(super) fn put_thumbnail(&self) -> Result<()> {
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
    fn thumbnail(&self, cancel: &CancelToken) -> Result<Option<Bytes>> {
        let Some(options) = self.options.thumbnail.as_ref().filter(|_| self.plan.source_video().is_some()) else {
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
        let context = Context { source: self.source.clone(), watch: Watch::new(cancel) };
        let picture = thumbnail::of_plan(&context, &self.plan, options)?.bytes;
        if let Still::Missing = *still {
            *still = Still::Made(picture.clone());
        }
        Ok(Some(picture))
    }

    fn still(&self) -> MutexGuard<'_, Still> {
        self.still.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self) -> Result<()> {
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

/// What playing begins with: the first segments of the smallest video rendition and of the default audio, by the
/// rendition's position.
fn first_segments(plan: &Plan) -> Vec<(usize, u32)> {
    let renditions = || plan.renditions().iter().enumerate();
    let video = renditions().filter_map(|(position, rendition)| {
        let (_, video) = rendition.video()?;
        // A passthrough is the largest.
        Some((rendition.is_passthrough(), u64::from(video.width) * u64::from(video.height), position))
    });
    let audio = renditions().find(|(_, rendition)| rendition.audio().is_some_and(|audio| audio.default));
    let positions = video.min().map(|(_, _, position)| position).into_iter().chain(audio.map(|(position, _)| position));
    positions.map(|position| (position, 0)).collect()
}
