//! What is served: a finished package, or one that is being made.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use vodkit::layout::PLAN_KEY;
use vodkit::{
    CancelToken, DirSink, Error, ErrorKind, Job, Package, Result, SharedSink, Source, ThumbnailCache, ThumbnailOptions,
    Warning,
};

/// The niceness of threads that make what nobody waits for.
#[cfg(target_os = "linux")]
const LOW_PRIORITY: i32 = 10;

/// How often is looked whether a job has come across damage.
const WARNING_INTERVAL: Duration = Duration::from_secs(1);

/// Where the files of a package come from.
pub(super) enum Origin {
    /// A finished package of any version.
    Package { folder: SharedSink, keys: HashSet<String>, hash: String },
    /// A package that is being made.
    Job { job: Job, source: Source, stills: Box<ThumbnailCache> },
}

impl Origin {
    pub(super) fn of_package(folder: &Path) -> Result<Self> {
        let sink: SharedSink = Arc::new(DirSink::open(folder)?);
        let package = Package::open(sink.clone())?;
        if !package.is_finished()? {
            let folder = folder.display();
            let message = format!("the package in {folder} is not finished: serve its video instead, with -o {folder}");
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        let plan: serde_json::Value =
            serde_json::from_slice(&read(&sink, PLAN_KEY)?.unwrap_or_default()).unwrap_or_default();
        let hash = plan.get("hash").and_then(|hash| hash.as_str()).unwrap_or_default().to_owned();
        Ok(Self::Package { folder: sink, keys: package.keys().into_iter().collect(), hash })
    }

    /// A file of the package; `None` where it has none at this path.
    pub(super) fn get(&self, path: &str, cancel: &CancelToken) -> Result<Option<Bytes>> {
        match self {
            Self::Job { job, .. } => job.get_cancellable(path, cancel),
            // The folder may have other files, which are not served.
            Self::Package { keys, .. } if !keys.contains(path) => Ok(None),
            Self::Package { folder, .. } => read(folder, path),
        }
    }

    /// Makes what playing begins with before the rest of the package: the first segments of the smallest rendition and of
    /// the sound. What comes then is made at a low priority.
    pub(super) fn prepare(&self) {
        let Self::Job { job, .. } = self else { return };
        let sound =
            job.plan().renditions().iter().find(|rendition| rendition.audio().is_some_and(|audio| audio.default));
        let video = job.plan().videos().last().map(|(rendition, _)| rendition);
        std::thread::scope(|scope| {
            for first in [video, sound].into_iter().flatten() {
                scope.spawn(|| job.get(&first.segment_key(0)));
            }
        });
        lower_priority();
    }

    /// A still image; `None` where there is no source to take it from.
    pub(super) fn thumbnail(&self, options: &ThumbnailOptions) -> Option<Result<Bytes>> {
        match self {
            Self::Job { source, job, stills } => Some(stills.thumbnail(source, job.plan(), options)),
            Self::Package { .. } => None,
        }
    }

    /// A still image that was made before.
    pub(super) fn kept_thumbnail(&self, options: &ThumbnailOptions) -> Option<Bytes> {
        let Self::Job { job, stills, .. } = self else { return None };
        stills.get(&ThumbnailCache::key(job.plan().hash(), options))
    }

    /// The hash of the plan, which identifies the package.
    pub(super) fn hash(&self) -> &str {
        match self {
            Self::Package { hash, .. } => hash,
            Self::Job { job, .. } => job.plan().hash(),
        }
    }

    /// The progress, as JSON.
    pub(super) fn status(&self) -> serde_json::Value {
        match self {
            Self::Package { .. } => {
                serde_json::json!({ "state": "ready", "readyToStream": true, "pctComplete": 100.0 })
            }
            Self::Job { job, .. } => {
                let progress = job.progress();
                let state = match job.is_finished().then(|| job.wait()) {
                    None => "inprogress",
                    Some(Ok(_)) => "ready",
                    Some(Err(_)) => "error",
                };
                let percent = (progress.fraction() * 1000.0).floor() / 10.0;
                serde_json::json!({
                    "state": state,
                    "readyToStream": progress.ready_to_stream,
                    "pctComplete": percent,
                    "segmentsDone": progress.segments_done,
                    "segmentsTotal": progress.segments_total,
                })
            }
        }
    }

    /// Stops the job; requests that wait for it end.
    pub(super) fn stop(&self) {
        if let Self::Job { job, .. } = self {
            job.cancel();
        }
    }

    /// Waits for the end of the job, and gives the error if it failed. Passes what turns out to be damaged to `tell`: each
    /// track when it first comes up, and in the end how much there was.
    pub(super) fn wait(&self, tell: impl Fn(&[Warning])) -> Option<Error> {
        let Self::Job { job, .. } = self else { return None };
        let mut told = job.plan().warnings().to_vec();
        loop {
            let outcome = job.wait_timeout(WARNING_INTERVAL);
            let is_new = |warning: &Warning| {
                let is_same = |other: &Warning| other.kind == warning.kind && other.track == warning.track;
                !told.contains(warning) && (outcome.is_some() || !told.iter().any(is_same))
            };
            let new: Vec<Warning> = job.warnings().into_iter().filter(is_new).collect();
            tell(&new);
            told.extend(new);
            if let Some(outcome) = outcome {
                return outcome.err().filter(|error| error.kind() != ErrorKind::Cancelled);
            }
        }
    }
}

/// Lets the job's threads go after everything else: the player may run on this machine too.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    for thread in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let name = std::fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
        let number =
            thread.file_name().to_str().and_then(|number| rustix::process::Pid::from_raw(number.parse().ok()?));
        // If it cannot be lowered, that does no harm.
        if name.starts_with("vodkit-") && number.is_some() {
            let _ = rustix::process::setpriority_process(number, LOW_PRIORITY);
        }
    }
}

fn read(folder: &SharedSink, path: &str) -> Result<Option<Bytes>> {
    folder.get(path).map_err(|cause| Error::new(ErrorKind::SourceRead, format!("cannot read {path}")).with_cause(cause))
}
