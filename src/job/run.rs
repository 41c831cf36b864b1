//! A job's state, its course from start to end, and the files that it serves.

use std::cell::Cell;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::naming::Naming;
use super::options::JobOptions;
use super::pool::{MAX_WORKERS, POLL_INTERVAL};
use super::progress::{Meter, Progress};
use super::requests::Requests;
use crate::base::{CancelToken, Damage, Error, ErrorKind, Result, Watch, cores, guarded};
use crate::layout::{Key, THUMBNAIL_KEY};
use crate::manifest::{self, Bandwidth};
use crate::package::{self, Output, Prepared, Sizes, Summary};
use crate::plan::{Plan, Rendition, Warning};
use crate::sink::SharedSink;
use crate::source::{Context, Source};
use crate::{segment, thumbnail};

/// How long after a cancellation threads may take to end before waiting callers return without them. With the poll
/// interval and a late wake-up it stays within the 0.2 seconds that [`Job::cancel`](crate::Job::cancel) promises.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(100);

/// The part of a job that its threads and its handle share.
pub(super) struct Run {
    pub(super) source: Source,
    pub(super) plan: Plan,
    pub(super) output: Output,
    pub(super) options: JobOptions,
    pub(super) meter: Meter,
    pub(super) damage: Damage,
    /// How much of it the sink has.
    damage_saved: Mutex<u64>,
    pub(super) stop: CancelToken,
    pub(super) workers: usize,
    pub(super) requests: Requests,
    pub(super) naming: Naming,
    /// The segments that playback begins with: position of the rendition, and index.
    pub(super) startup_segments: Vec<(usize, u32)>,
    /// The number of segments in the last progress report; locked during a report.
    last_reported: Mutex<u64>,
    thumbnail: Mutex<ThumbnailState>,
    thumbnail_changed: Condvar,
    pub(super) failure: Mutex<Option<Error>>,
    outcome: Mutex<Option<Result<Summary>>>,
    ended: Condvar,
}

thread_local! {
    /// The job that this thread works for. Only compared, never dereferenced.
    pub(super) static CURRENT_JOB: Cell<*const Run> = const { Cell::new(std::ptr::null()) };
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
        let segments = || {
            renditions.clone().flat_map(|rendition| (0..rendition.segment_count).map(move |index| (rendition, index)))
        };
        let cost = segments().map(|(rendition, index)| rendition.cost(index)).sum();
        let meter = Meter::new(plan.duration().to_f64(), segments().count() as u64, cost);
        // Cancelling the source's token cancels the job too.
        let stop = source.cancel_token().child();
        let output = Output::new(sink, stop.clone());
        let workers = match (options.workers, &options.pool) {
            (0, Some(pool)) => pool.workers(),
            (0, None) => cores(),
            (workers, _) => workers,
        };
        let workers = workers.min(MAX_WORKERS);
        let (requests, startup_segments) = (Requests::new(workers), startup_segments(&plan));
        let (damage_saved, last_reported, thumbnail, thumbnail_changed, failure, outcome, ended) = Default::default();
        Self {
            source,
            plan,
            output,
            options,
            meter,
            damage: Damage::default(),
            damage_saved,
            stop,
            workers,
            requests,
            naming: Naming::default(),
            startup_segments,
            last_reported,
            thumbnail,
            thumbnail_changed,
            failure,
            outcome,
            ended,
        }
    }

    /// Runs the job and publishes its outcome.
    pub(super) fn run_to_end(&self) {
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

    /// Refuses calls on the job's own threads, which would wait for themselves.
    pub(super) fn refuse_own_thread(&self) -> Result<()> {
        if std::ptr::eq(CURRENT_JOB.get(), self) {
            return Err(Error::invalid("a job cannot be waited for, or asked for files, on its own thread"));
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
        let is_ready = !self.startup_segments.iter().any(|&segment_id| self.requests.is_missing(segment_id));
        self.meter.progress(is_ready, (self.plan.warnings().len() + self.damage.tracks()) as u64)
    }

    /// What of the source the package does not have so far, or not as it was.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        package::warnings(&self.plan, &self.damage)
    }

    /// Waits for the outcome, or until a time; `None` if the job still runs then.
    pub(super) fn wait(&self, until: Option<Instant>) -> Option<Result<Summary>> {
        let mut outcome = self.outcome();
        while outcome.is_none() {
            let now = Instant::now();
            if self.stop.is_cancelled_for(SHUTDOWN_GRACE) && self.output.is_settled() {
                // Does not wait for the threads: an encoder with a long look-ahead can be busy for a second in one
                // call.
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

    /// A file of the package, which is made first if it does not exist yet; `None` if the package has no such file.
    pub(super) fn get(&self, path: &str, cancel: &CancelToken) -> Result<Option<Bytes>> {
        match Key::parse(path) {
            None => Ok(None),
            Some(Key::Plan) => Ok(Some(self.plan.to_json().into())),
            Some(Key::Thumbnail) => self.thumbnail(cancel),
            Some(Key::Damage) => self.output.get(path),
            Some(Key::Init(id)) => match self.position(id) {
                Some((_, rendition)) if rendition.init_key().is_some() => segment::init(rendition).map(Some),
                _ => Ok(None),
            },
            Some(Key::Segment(id, index) | Key::Text(id, index) | Key::Sheet(id, index)) => match self.position(id) {
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
            // If the job failed, its threads were cancelled: report the cause instead of the cancellation.
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
        CURRENT_JOB.set(self);
        let Prepared { sizes, stale, replaced } =
            package::prepare(&self.plan, &self.output, self.options.overwrite, &self.damage)?;
        let resumed = self.count_resumed(&sizes);
        self.requests.begin(sizes);
        if resumed > 0 {
            self.report_progress()?;
        }
        let sizes = loop {
            self.run_workers()?;
            // A request that was cancelled at the last moment may have left its segment missing.
            if let Some(sizes) = self.requests.all_sizes() {
                break sizes;
            }
        };
        package::confirm(&self.plan, &self.output, &sizes, replaced)?;
        package::put_manifests(&self.plan, &self.output, &sizes)?;
        self.meter.finish();
        let summary = Summary::new(&self.plan, &sizes, &self.damage, resumed, self.meter.elapsed());
        stale.iter().try_for_each(|key| self.output.remove(key))?;
        Ok(summary)
    }

    /// Writes down the damage that was found. Before a segment gets its name, as one that is there is not decoded again.
    pub(super) fn save_damage(&self) -> Result<()> {
        let mut saved = self.damage_saved.lock().unwrap_or_else(PoisonError::into_inner);
        package::save_damage(&self.output, &self.damage, &mut saved)
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

    /// Writes the thumbnail that the options ask for, unless it is written already.
    pub(super) fn put_thumbnail(&self) -> Result<()> {
        if matches!(*self.thumbnail_state(), ThumbnailState::Written) {
            return Ok(());
        }
        if let Some(thumbnail) = self.thumbnail(&self.stop)? {
            self.output.put(THUMBNAIL_KEY, thumbnail)?;
            *self.thumbnail_state() = ThumbnailState::Written;
        }
        Ok(())
    }

    /// The thumbnail that the options ask for, made once: callers wait while it is made.
    fn thumbnail(&self, cancel: &CancelToken) -> Result<Option<Bytes>> {
        let Some(options) = &self.options.thumbnail else { return Ok(None) };
        let mut state = self.thumbnail_state();
        while let ThumbnailState::Making = *state {
            if cancel.is_cancelled() {
                return Err(Error::cancelled());
            }
            let waited = self.thumbnail_changed.wait_timeout(state, POLL_INTERVAL);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let found = match &*state {
            ThumbnailState::Missing | ThumbnailState::Making => None,
            ThumbnailState::Absent => return Ok(None),
            ThumbnailState::Made(thumbnail) => Some(thumbnail.clone()),
            ThumbnailState::Written => self.output.get(THUMBNAIL_KEY)?,
        };
        if found.is_some() {
            return Ok(found);
        }
        *state = ThumbnailState::Making;
        drop(state);
        let context = Context::watched(&self.source, Watch::new(cancel));
        let made = guarded(|| match self.plan.source_video() {
            Some(_) => thumbnail::ThumbnailMaker::checked(&context, &self.plan).thumbnail(options).map(Some),
            None => thumbnail::cover(&context, options),
        });
        let made = made.map(|made| made.map(|thumbnail| thumbnail.bytes));
        // After a failure, which may be a cancellation of this caller alone, the next one tries again.
        *self.thumbnail_state() = match &made {
            Ok(Some(thumbnail)) => ThumbnailState::Made(thumbnail.clone()),
            Ok(None) => ThumbnailState::Absent,
            Err(_) => ThumbnailState::Missing,
        };
        self.thumbnail_changed.notify_all();
        made
    }

    fn thumbnail_state(&self) -> MutexGuard<'_, ThumbnailState> {
        self.thumbnail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls the progress callback, which may cancel the job.
    pub(super) fn report_progress(&self) -> Result<()> {
        let Some(on_progress) = &self.options.on_progress else { return Ok(()) };
        let mut last_reported = self.last_reported.lock().unwrap_or_else(PoisonError::into_inner);
        let progress = self.progress();
        // Another worker may have reported this one's segments already.
        let is_new = std::mem::replace(&mut *last_reported, progress.segments_done) < progress.segments_done;
        if self.stop.is_cancelled() || is_new && on_progress(&progress).is_break() {
            // Still under the lock, so that no other worker reports after the callback asked to stop.
            self.stop.cancel();
            return Err(Error::cancelled());
        }
        Ok(())
    }
}

/// Progress of the job's thumbnail.
#[derive(Default)]
enum ThumbnailState {
    #[default]
    Missing,
    /// By one caller, for which others wait.
    Making,
    Made(Bytes),
    Written,
    /// The source has neither video nor a cover.
    Absent,
}

/// The segments that playback begins with, by their rendition's position: the first of the smallest video rendition and
/// of the default audio.
fn startup_segments(plan: &Plan) -> Vec<(usize, u32)> {
    let renditions = || plan.renditions().iter().enumerate();
    let video = renditions().filter_map(|(position, rendition)| {
        let (_, video) = rendition.video()?;
        // A passthrough comes last, as it has the size of the source and often a high bit rate.
        Some((rendition.is_passthrough(), u64::from(video.width) * u64::from(video.height), position))
    });
    let audio = renditions().find(|(_, rendition)| rendition.audio().is_some_and(|audio| audio.default));
    let positions = video.min().map(|(_, _, position)| position).into_iter().chain(audio.map(|(position, _)| position));
    positions.map(|position| (position, 0)).collect()
}
