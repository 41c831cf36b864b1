//! What is to be made of a video: its plan, and the picture that stands for it.

use std::fs;
use std::time::Duration;

use vodkit::thumbnail::Position;
use vodkit::{
    Clip, Error, ErrorKind, Ladder, Limits, Plan, Rational, Source, StoryboardOptions, ThumbnailOptions, Watermark,
};

use crate::host::Host;
use crate::video::{Origin, Video};
use crate::work::Trouble;

/// The picture that stands for a video.
pub(crate) fn still(video: &Video) -> ThumbnailOptions {
    ThumbnailOptions::default().at(Position::Fraction(video.wishes.thumbnail_timestamp_pct))
}

/// The plan of a package that was begun, or a new one.
pub(crate) fn plan(host: &Host, video: &Video, source: &Source) -> Result<Plan, Trouble> {
    let begun = fs::read_to_string(host.package_path(&video.uid).join(vodkit::layout::PLAN_KEY));
    if let Some(plan) = begun.ok().and_then(|json| Plan::from_json(&json).ok()) {
        return Ok(plan);
    }
    let wished = match video.origin {
        // Of a clip not all of the source counts.
        Origin::Clip { .. } => None,
        _ => video.wishes.max_duration_seconds,
    };
    let longest = wished.map_or(host.config.longest, |wished| wished.min(host.config.longest));
    let limits = Limits::default().duration(Duration::from_secs(longest.into()));
    Ok(vodkit::plan(&source.clone().with_limits(limits), &ladder(host, video)?)?)
}

fn ladder(host: &Host, video: &Video) -> Result<Ladder, Trouble> {
    let clip = match &video.origin {
        Origin::Clip { start, end, .. } => {
            let exact = |seconds: f64| Rational::new((seconds * 1000.0).round() as i64, 1000);
            Some(Clip::new(exact(*start), exact(*end)))
        }
        _ => None,
    };
    Ok(usual_ladder(&host.config.rungs, &host.config.preset).clip(clip).watermark(watermark(host, video)?))
}

/// What all videos are made to.
pub(crate) fn usual_ladder(rungs: &[u32], preset: &str) -> Ladder {
    let ladder = Ladder::default().rungs(rungs.iter().copied()).preset(preset);
    ladder.segment_seconds(2).storyboard(StoryboardOptions::default())
}

fn watermark(host: &Host, video: &Video) -> Result<Option<Watermark>, Trouble> {
    let Some(profile) = &video.wishes.watermark else { return Ok(None) };
    let uid = profile["uid"].as_str().unwrap_or_default();
    let found = host.store.watermark(uid)?;
    let (_, image) = found.ok_or_else(|| Error::new(ErrorKind::NotFound, "the watermark was deleted"))?;
    let number = |name: &str, usual: f64| profile[name].as_f64().unwrap_or(usual);
    let position = profile["position"].as_str().and_then(crate::api::position_of).unwrap_or_default();
    let watermark = Watermark::new(image).position(position).opacity(number("opacity", 1.0));
    Ok(Some(watermark.padding(number("padding", 0.05)).scale(number("scale", 0.15))))
}
