//! The handle of a running job.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::options::JobOptions;
use super::progress::Progress;
use super::run::{Run, no_thread};
use crate::base::{CancelToken, Error, ErrorKind, Result, guarded};
use crate::package::Summary;
use crate::plan::{Plan, Warning};
use crate::segment;
use crate::sink::SharedSink;
use crate::source::{Context, Source};

/// A running job, which makes all segments of a plan and then the manifests into a sink.
///
/// If the sink has part of the same plan's package, from a run that was interrupted in any way, only what is missing is
/// made. The plan is written first, then each segment as soon as it is done, and the manifests last: a package with a
/// `master.m3u8` is complete.
///
/// The package can be played from the job while it runs and afterwards: [`get`](Self::get) returns any file, and makes
/// missing segments next. The bytes are the same as without any requests.
///
/// Dropping the handle cancels the job and waits for its threads. Dropped on one of these threads, inside a callback,
/// it only cancels the job, and another thread may still finish writing a file.
///
/// ```no_run
/// use std::sync::Arc;
/// use vodkit::{DirSink, Job, JobOptions, Ladder, Source};
/// let source = Source::file("holiday.mp4")?;
/// let plan = vodkit::plan(&source, &Ladder::default())?;
/// let job = Job::start(&source, &plan, Arc::new(DirSink::open("holiday")?), JobOptions::default())?;
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
    /// Starts making the package of `plan` from `source` into `sink`, on threads of its own.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) for options out of range,
    /// [`BuildMismatch`](ErrorKind::BuildMismatch) for a plan of another build and
    /// [`SourceChanged`](ErrorKind::SourceChanged) for another source than the planned one, before anything
    /// is written. All other errors are returned by [`wait`](Self::wait).
    pub fn start(source: &Source, plan: &Plan, sink: SharedSink, options: JobOptions) -> Result<Self> {
        options.check()?;
        let run = guarded(|| {
            segment::check_build(plan)?;
            segment::check_source(&Context::new(source), plan)?;
            Ok(Arc::new(Run::new(source.clone(), plan.clone(), sink, options)))
        })?;
        let shared = run.clone();
        let thread = thread::Builder::new().name("vodkit-job".into()).spawn(move || shared.run_to_end());
        Ok(Self { run, thread: Some(thread.map_err(no_thread)?) })
    }

    /// The plan that is being made.
    pub fn plan(&self) -> &Plan {
        self.run.plan()
    }

    /// The job's progress.
    pub fn progress(&self) -> Progress {
        self.run.progress()
    }

    /// What of the source the package does not have so far, or not as it was: what the [`Summary`] will have, while the job
    /// runs and after it was cancelled.
    pub fn warnings(&self) -> Vec<Warning> {
        self.run.warnings()
    }

    /// The file of the package at `key`, such as `master.m3u8` or `720p/00003.m4s`; `None` if the package has no such
    /// file. Any number of threads may call this at once.
    ///
    /// A missing segment is made next, once for all callers, and after it those that follow it; other work of the job
    /// pauses meanwhile. Manifests have estimated bit rates until all segments exist. Segments are read back from the
    /// sink, which therefore has to be readable.
    ///
    /// # Errors
    /// As [`wait`](Self::wait), for this file alone. If the job has failed or was cancelled, the error that ended it, for
    /// segments that are not there.
    pub fn get(&self, key: &str) -> Result<Option<Bytes>> {
        self.get_cancellable(key, &CancelToken::new())
    }

    /// As [`get`](Self::get), until `cancel` is cancelled. A segment that no other caller waits for then loses its
    /// priority.
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`Cancelled`](ErrorKind::Cancelled).
    pub fn get_cancellable(&self, key: &str, cancel: &CancelToken) -> Result<Option<Bytes>> {
        self.run.refuse_own_thread()?;
        guarded(|| self.run.get(key, cancel))
    }

    /// Whether the job has ended, successfully or not, so that [`wait`](Self::wait) returns at once.
    pub fn is_finished(&self) -> bool {
        self.run.is_finished()
    }

    /// Cancels the job: [`wait`](Self::wait) returns within 0.2 seconds, or when a file that is being written is done,
    /// and the sink is not touched after that. Finished segments stay. Threads may run a little longer, until the
    /// encoder is done with a frame; dropping the job waits for them.
    pub fn cancel(&self) {
        self.run.stop.cancel();
    }

    /// The token that [`cancel`](Self::cancel) cancels, for use in other threads and in signal handlers.
    pub fn cancel_token(&self) -> CancelToken {
        self.run.stop.clone()
    }

    /// Waits for the end of the job. Any number of threads may wait; all calls return the same outcome.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) on one of the job's own threads, such as inside its
    /// progress callback. Otherwise [`Cancelled`](ErrorKind::Cancelled),
    /// [`OutputConflict`](ErrorKind::OutputConflict), [`SinkWrite`](ErrorKind::SinkWrite),
    /// [`NoSpace`](ErrorKind::NoSpace), and those of reading and decoding the source. Finished segments
    /// stay, so that another job can resume.
    pub fn wait(&self) -> Result<Summary> {
        // The limit is never reached, so the outcome is never `None`.
        let outcome = self.wait_timeout(Duration::MAX);
        outcome.unwrap_or_else(|| Err(Error::new(ErrorKind::Internal, "the job has no end")))
    }

    /// As [`wait`](Self::wait), but at most for `limit`; `None` if the job still runs then.
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
        // One of the job's own threads would wait for itself. The job then ends by itself and frees what it holds.
        if let Some(thread) = self.thread.take()
            && self.run.refuse_own_thread().is_ok()
        {
            // `run_to_end` catches panics.
            let _ = thread.join();
        }
    }
}
