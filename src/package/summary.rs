//! The summary of a finished job.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::base::{Damage, MAX_MOMENTS};
use crate::manifest::Bandwidth;
use crate::plan::{Plan, Warning};

/// The outcome of a finished job.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// One entry for each rendition of the plan.
    pub renditions: Vec<RenditionSummary>,
    /// Duration of the video in seconds.
    pub duration: f64,
    /// Time that the job took; seconds in JSON.
    #[serde(serialize_with = "as_seconds")]
    pub elapsed: Duration,
    /// Number of segments that were kept from an earlier run.
    pub segments_resumed: u64,
    /// What of the source the package does not have, or not as it was: the plan's, and what could not be decoded, by
    /// earlier runs too.
    pub warnings: Vec<Warning>,
}

fn as_seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

/// One rendition in the summary of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RenditionSummary {
    /// The rendition's id.
    pub id: String,
    /// Number of media segments.
    pub segments: u32,
    /// Total size of all media segments in bytes.
    pub bytes: u64,
    /// Mean bits per second.
    pub average_rate: u64,
    /// Maximum bits per second of any segment.
    pub peak_rate: u64,
}

impl Summary {
    /// The summary of a package whose segments have these sizes in bytes.
    pub(crate) fn new(
        plan: &Plan,
        sizes: &[Vec<u64>],
        damage: &Damage,
        segments_resumed: u64,
        elapsed: Duration,
    ) -> Self {
        let bandwidth = Bandwidth::measured(plan, sizes);
        let renditions = plan.renditions().iter().zip(sizes).zip(bandwidth.rates());
        let renditions = renditions.map(|((rendition, sizes), rate)| RenditionSummary {
            id: rendition.id.clone(),
            segments: rendition.segment_count,
            bytes: sizes.iter().copied().fold(0, u64::saturating_add),
            average_rate: rate.average,
            peak_rate: rate.peak,
        });
        let (renditions, duration) = (renditions.collect(), plan.duration().to_f64());
        Self { renditions, duration, elapsed, segments_resumed, warnings: warnings(plan, damage) }
    }
}

/// The plan's warnings, and those of damage that was found.
pub(crate) fn warnings(plan: &Plan, damage: &Damage) -> Vec<Warning> {
    let damaged = damage.summary().into_iter().map(|(track, count, first)| {
        let is_video = plan.source_video().is_some_and(|video| video.track == track);
        let count = if count < MAX_MOMENTS { count.to_string() } else { format!("{count} or more") };
        Warning::damaged(track, is_video, &count, first)
    });
    plan.warnings().iter().cloned().chain(damaged).collect()
}
