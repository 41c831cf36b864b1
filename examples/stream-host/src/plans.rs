//! How videos are packaged: their plans, and the images that stand for them.

use std::time::Duration;

use vodkit::thumbnail::Position;
use vodkit::{
    Clip, Error, ErrorKind, Ladder, Limits, Plan, Rational, Source, StoryboardOptions, ThumbnailOptions, Watermark,
};

use crate::host::Host;
use crate::package;
use crate::video::{Origin, Video};
use crate::work::TaskError;

/// The image that stands for a video.
pub(crate) fn thumbnail(video: &Video) -> ThumbnailOptions {
    ThumbnailOptions::default().at(Position::Fraction(video.settings.thumbnail_timestamp_pct))
}

/// The plan of the video's package, or a new one where there is no package or an older version made it.
pub(crate) fn plan(host: &Host, video: &Video, source: &Source) -> Result<Plan, TaskError> {
    package::plan(&host.package_path(&video.uid)).map_or_else(|| new_plan(host, video, source), Ok)
}

pub(crate) fn new_plan(host: &Host, video: &Video, source: &Source) -> Result<Plan, TaskError> {
    let requested = match video.origin {
        // Only a part of the source counts.
        Origin::Clip { .. } => None,
        _ => video.settings.max_duration_seconds,
    };
    let max_seconds = requested.map_or(host.config.max_seconds, |seconds| seconds.min(host.config.max_seconds));
    let limits = Limits::default().duration(Duration::from_secs(max_seconds.into()));
    Ok(vodkit::plan(&source.clone().with_limits(limits), &ladder(host, video)?)?)
}

fn ladder(host: &Host, video: &Video) -> Result<Ladder, TaskError> {
    let clip = match &video.origin {
        Origin::Clip { start, end, .. } => {
            let exact = |seconds: f64| Rational::new((seconds * 1000.0).round() as i64, 1000);
            Some(Clip::new(exact(*start), exact(*end)))
        }
        _ => None,
    };
    Ok(default_ladder(&host.config.rungs, &host.config.preset).clip(clip).watermark(watermark(host, video)?))
}

/// The ladder of all videos.
pub(crate) fn default_ladder(rungs: &[u32], preset: &str) -> Ladder {
    Ladder::default()
        .rungs(rungs.iter().copied())
        .preset(preset)
        .segment_seconds(2)
        .storyboard(StoryboardOptions::default())
}

fn watermark(host: &Host, video: &Video) -> Result<Option<Watermark>, TaskError> {
    let Some(profile) = &video.settings.watermark else { return Ok(None) };
    let uid = profile["uid"].as_str().unwrap_or_default();
    let found = host.store.watermark(uid)?;
    let (_, image) = found.ok_or_else(|| Error::new(ErrorKind::NotFound, "the watermark was deleted"))?;
    let number = |name: &str, default: f64| profile[name].as_f64().unwrap_or(default);
    let position = profile["position"].as_str().and_then(crate::api::position_of).unwrap_or_default();
    Ok(Some(
        Watermark::new(image)
            .position(position)
            .opacity(number("opacity", 1.0))
            .padding(number("padding", 0.05))
            .scale(number("scale", 0.15)),
    ))
}
