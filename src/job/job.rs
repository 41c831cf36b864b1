//! A running job and its handle.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::options::JobOptions;
use super::progress::Progress;
use super::run::{Run, no_thread};
use crate::base::{CancelToken, Error, ErrorKind, Result, guarded};
use crate::package::Summary;
use crate::plan::Plan;
use crate::segment;
use crate::sink::SharedSink;
use crate::source::{Context, Source};

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
    /// Starts making everything that `plan` says, from `source` into `sink`, on threads of its own.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) for options out of range,
    /// [`BuildMismatch`](ErrorKind::BuildMismatch) for one of another build and
    /// [`SourceChanged`](ErrorKind::SourceChanged) for another source than the planned one, before anything
    /// is written. All else that can fail is told by [`wait`](Self::wait).
    pub fn start(source: &Source, plan: &Plan, sink: SharedSink, options: JobOptions) -> Result<Self> {
        options.check()?;
        guarded(|| segment::check_build(plan).and_then(|()| segment::check_source(&Context::new(source), plan)))?;
        let run = Arc::new(Run::new(source.clone(), plan.clone(), sink, options));
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
        self.get_cancellable(key, &CancelToken::new())
    }

    /// As [`get`](Self::get), until `cancel` is thrown: what nobody waits for any more is not made before its turn.
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`Cancelled`](ErrorKind::Cancelled).
    pub fn get_cancellable(&self, key: &str, cancel: &CancelToken) -> Result<Option<Bytes>> {
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

    /// The token that [`cancel`](Self::cancel) cancels: for another thread, or for a signal handler.
    pub fn cancel_token(&self) -> CancelToken {
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
