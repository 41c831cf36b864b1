//! Options of jobs.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::pool::Pool;
use super::progress::Progress;
use crate::base::{Error, Result, setters};
use crate::layout::THUMBNAIL_KEY;
use crate::thumbnail::{ImageFormat, ThumbnailOptions};

/// Callback that receives a job's progress; returning [`ControlFlow::Break`] cancels the job.
pub type OnProgress = Arc<dyn Fn(&Progress) -> ControlFlow<()> + Send + Sync>;

/// How a job runs. No option changes the bytes of segments.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct JobOptions {
    /// Number of segments that are made at the same time, each on one thread; more than 1024 count as 1024. 0, the
    /// default, means one for each core, or for each worker of the [pool](Self::pool).
    pub workers: usize,
    /// A pool of workers to share with other jobs. Default: none, the job has workers of its own.
    pub pool: Option<Pool>,
    /// Priority among the jobs of a pool; higher numbers go first. Default: 0.
    pub priority: i32,
    /// Whether to replace what the sink holds, i.e. a package of another plan or other files of the same names, instead
    /// of failing. A job that still makes the other package ends with
    /// [`OutputConflict`](crate::ErrorKind::OutputConflict) when it notices, within a second or at its next segment; of
    /// two that replace a package at the same moment both may. So replacing one takes at least 1.5 seconds. Default: no.
    pub overwrite: bool,
    /// Whether to make only segments that [`Job::get`](crate::Job::get) asks for, and a few after them, as for videos
    /// that are seldom watched. The job then ends when all segments have been made. Default: no.
    pub on_request: bool,
    /// A thumbnail to write beside the manifests as `thumbnail.jpg`: of the source's video, or else its cover, if it has
    /// either. Must be JPEG. Default: none.
    pub thumbnail: Option<ThumbnailOptions>,
    /// Called after each segment by the thread that finished it, and once at the start if an earlier run left segments.
    /// Calls never overlap, and each reports more segments than the one before. `Break` cancels the job. It holds its
    /// worker meanwhile, of the pool too: waiting here for another job of the pool can wait for ever.
    pub on_progress: Option<OnProgress>,
}

setters!(JobOptions {
    workers: usize,
    pool: into Option<Pool>,
    priority: i32,
    overwrite: bool,
    on_request: bool,
    thumbnail: into Option<ThumbnailOptions>,
});

impl JobOptions {
    /// Sets `on_progress`. `ControlFlow::Break` cancels the job.
    #[must_use]
    pub fn on_progress(self, on_progress: impl Fn(&Progress) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        Self { on_progress: Some(Arc::new(on_progress)), ..self }
    }

    pub(super) fn check(&self) -> Result<()> {
        let Some(thumbnail) = &self.thumbnail else { return Ok(()) };
        if thumbnail.format != ImageFormat::Jpeg {
            return Err(Error::invalid(format!("a job's thumbnail is {THUMBNAIL_KEY}, so it must be JPEG")));
        }
        thumbnail.check()
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
