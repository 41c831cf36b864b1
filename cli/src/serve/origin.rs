//! What is served: a package, finished or being made.

use std::path::Path;

use bytes::Bytes;
use vodkit::engine::{PLAN_KEY, THUMBNAIL_KEY};
use vodkit::manifest::{DASH_KEY, HLS_KEY};
use vodkit::{Cancel, DirSink, Error, ErrorKind, Job, Plan, Result, SharedSource, Sink, Thumbnail, ThumbnailOptions};

use crate::plan;

/// Where the files of a package come from.
pub(super) enum Origin {
    Package { folder: DirSink, plan: Box<Plan> },
    Job { job: Job, source: SharedSource },
}

/// Whether a package of this plan has a file of this name: a folder may hold others, which are nobody's business.
fn is_of(plan: &Plan, key: &str) -> bool {
    if plan.captions.iter().any(|captions| captions.key() == key || captions.playlist_key() == key) {
        return true;
    }
    let Some((id, name)) = key.split_once('/') else {
        return [PLAN_KEY, HLS_KEY, DASH_KEY, THUMBNAIL_KEY].contains(&key);
    };
    let Some(track) = plan.tracks.iter().find(|track| track.id == id) else { return false };
    let index = name.split('.').next().and_then(|digits| digits.parse().ok()).filter(|index| *index < track.segments);
    let named =
        [Some(track.playlist_key()), track.init_key(), track.cues_key(), index.map(|index| track.segment_key(index))];
    named.into_iter().flatten().any(|known| known == key)
}

impl Origin {
    pub(super) fn of_package(folder: &Path) -> Result<Self> {
        let plan = plan::read(&folder.join(vodkit::engine::PLAN_KEY))?;
        Ok(Self::Package { folder: DirSink::open(folder)?, plan: plan.into() })
    }

    pub(super) fn of_job((job, source): (Job, SharedSource)) -> Self {
        Self::Job { job, source }
    }

    /// A file; `None` where there is none of that name.
    pub(super) fn get(&self, key: &str, cancel: &Cancel) -> Result<Option<Bytes>> {
        match self {
            Self::Job { job, .. } => job.get_cancellable(key, cancel),
            Self::Package { plan, .. } if !is_of(plan, key) => Ok(None),
            Self::Package { folder, .. } => folder.get(key).map_err(|cause| {
                Error::new(vodkit::ErrorKind::SourceRead, format!("cannot read {key}")).with_cause(cause)
            }),
        }
    }

    /// Has the first segment of the smallest rendition made while the rest of the job holds still.
    pub(super) fn prepare(&self) {
        let Self::Job { job, .. } = self else { return };
        if let Some((track, _)) = job.plan().videos().last() {
            let _ = job.get(&track.segment_key(0));
        }
    }

    /// A still picture; `None` where there is no video to take it from.
    pub(super) fn thumbnail(&self, options: &ThumbnailOptions) -> Option<Result<Thumbnail>> {
        match self {
            Self::Job { source, job, .. } => Some(vodkit::plan_thumbnail(source, job.plan(), options)),
            Self::Package { .. } => None,
        }
    }

    /// What tells this package from others.
    pub(super) fn hash(&self) -> &str {
        match self {
            Self::Package { plan, .. } => &plan.hash,
            Self::Job { job, .. } => &job.plan().hash,
        }
    }

    /// How far it is, as JSON.
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

    /// Lets go of whoever waits.
    pub(super) fn stop(&self) {
        if let Self::Job { job, .. } = self {
            job.cancel();
        }
    }

    /// Waits until nothing is written any more; what went wrong, if anything but the end of the server.
    pub(super) fn end(&self) -> Option<Error> {
        match self {
            Self::Package { .. } => None,
            Self::Job { job, .. } => job.wait().err().filter(|error| error.kind() != ErrorKind::Cancelled),
        }
    }
}
