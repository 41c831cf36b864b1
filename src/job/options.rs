//! How a job runs.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::pool::Pool;
use super::progress::Progress;
use crate::base::{Error, Result, setters};
use crate::layout::THUMBNAIL_KEY;
use crate::thumbnail::{ImageFormat, ThumbnailOptions};

/// Is told how far a job is, and says whether it goes on: [`ControlFlow::Break`] cancels it.
pub type OnProgress = Arc<dyn Fn(&Progress) -> ControlFlow<()> + Send + Sync>;

/// How a job runs. None of it changes a byte of what it makes.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct JobOptions {
    /// Segments that are made at the same time, each on one thread; 0, the default: one for each core, or for each
    /// worker of the [pool](Self::pool). More than 1024 count as 1024.
    pub workers: usize,
    /// The pool of workers that this job shares with others. Default: none, the job has workers of its own.
    pub pool: Option<Pool>,
    /// Which job of a pool goes first: the one with the higher number. Default: 0.
    pub priority: i32,
    /// Whether what the sink holds is replaced: a package of another plan, or other files of the same names;
    /// else that is an error. Default: no.
    pub overwrite: bool,
    /// Whether nothing is made but what [`Job::get`](crate::Job::get) asks for, and a little ahead of it: for videos that hardly
    /// anybody watches. The job then ends only when all has been asked for. Default: no.
    pub on_request: bool,
    /// A picture that is written beside the manifests as `thumbnail.jpg`, so a JPEG, where the source has
    /// video. Default: none.
    pub thumbnail: Option<ThumbnailOptions>,
    /// Is called after each segment, by the worker that made it, and before the first where an earlier run left
    /// some; one call at a time, and each is further than the one before.
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
    /// Sets `on_progress`.
    #[must_use]
    pub fn on_progress(self, on_progress: impl Fn(&Progress) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        Self { on_progress: Some(Arc::new(on_progress)), ..self }
    }

    pub(super) fn check(&self) -> Result<()> {
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
