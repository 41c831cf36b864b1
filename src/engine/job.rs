//! A running job and its handle.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::THUMBNAIL_KEY;
use super::package::Summary;
use super::progress::Progress;
use super::run::{Run, no_thread};
use crate::error::guarded;
use crate::plan::Plan;
use crate::segment;
use crate::sink::SharedSink;
use crate::source::SharedSource;
use crate::{Cancel, Error, ErrorKind, ImageFormat, Result, ThumbnailOptions};

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
    /// Whether nothing is made but what [`Job::get`] asks for, and a little ahead of it: for videos that hardly
    /// anybody watches. The job then ends only when all has been asked for. Default: no.
    pub on_request: bool,
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
            .field("on_request", &self.on_request)
            .finish_non_exhaustive()
    }
}

/// A running job: all segments of a plan, and then the manifests, into a sink.
///
/// Where the sink holds part of the same plan's package, from a run that was stopped in whatever way, only
/// what is missing is made. The plan is written first, then segments as they are done, each whole, and
/// manifests last: a package that has its `master.m3u8` is complete.
///
/// While it runs, and after, the package can be played from it: [`get`](Self::get) gives any file, and makes
/// next what is not there yet. All of it has the same bytes as if nobody had asked.
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
    run: Arc<Run>,
    thread: Option<JoinHandle<()>>,
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
        let run = Arc::new(Run::new(source, plan, sink, options));
        let own = run.clone();
        let thread = thread::Builder::new().name("vodkit-job".into()).spawn(move || own.to_the_end());
        Ok(Self { run, thread: Some(thread.map_err(no_thread)?) })
    }

    /// What is being made.
    pub fn plan(&self) -> &Plan {
        self.run.plan()
    }

    /// How far the job is.
    pub fn progress(&self) -> Progress {
        self.run.progress()
    }

    /// The file of the package at `key`, such as `master.m3u8` or `720p/00003.m4s`; `None` where the package has
    /// none of that name. Any number of threads may ask.
    ///
    /// A segment that is not there yet is made next, once, however many ask for it, and then those behind it; the
    /// rest of the job holds still meanwhile. Manifests have estimated bit rates until all segments are there.
    /// Segments are read back from the sink, which has to give what was put into it.
    ///
    /// # Errors
    /// As [`wait`](Self::wait), for this file alone; where the job has failed or was cancelled, what ended it.
    pub fn get(&self, key: &str) -> Result<Option<Bytes>> {
        self.get_cancellable(key, &Cancel::new())
    }

    /// As [`get`](Self::get), until `cancel` is thrown: what nobody waits for any more is not made before its turn.
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`Cancelled`](ErrorKind::Cancelled).
    pub fn get_cancellable(&self, key: &str, cancel: &Cancel) -> Result<Option<Bytes>> {
        self.run.refuse_own_thread()?;
        guarded(|| self.run.get(key, cancel))
    }

    /// Whether the job has come to its end, good or bad, so that [`wait`](Self::wait) returns at once.
    pub fn is_finished(&self) -> bool {
        self.run.is_finished()
    }

    /// Stops the job: [`wait`](Self::wait) returns within 0.2 seconds, or when a file that is being written is
    /// done; the sink is left alone after that. Finished segments stay. The threads may need a moment more,
    /// until the encoder is done with a picture; to drop the job is to wait for them.
    pub fn cancel(&self) {
        self.run.stop.cancel();
    }

    /// The switch that [`cancel`](Self::cancel) throws: for another thread, or for a signal handler.
    pub fn cancel_switch(&self) -> Cancel {
        self.run.stop.clone()
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
        if let Err(error) = self.run.refuse_own_thread() {
            return Some(Err(error));
        }
        self.run.wait(Instant::now().checked_add(limit))
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.cancel();
        // One of the job's own threads would wait for itself; the job then ends alone, and takes along what
        // it holds.
        if let Some(thread) = self.thread.take()
            && self.run.refuse_own_thread().is_ok()
        {
            // A panic has become an error by then.
            let _ = thread.join();
        }
    }
}
