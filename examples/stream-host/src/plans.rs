//! What is to be made of a video: its plan, and the picture that stands for it.

use std::fs;
use std::time::Duration;

use vodkit::thumbnail::Position;
use vodkit::{
    Clip, Error, ErrorKind, Ladder, Limits, Plan, Rational, Rung, SharedSource, StoryboardOptions, ThumbnailOptions,
    Watermark,
};

use crate::host::Host;
use crate::video::{Origin, Video};
use crate::work::Trouble;

/// The picture that stands for a video.
pub(crate) fn still(video: &Video) -> ThumbnailOptions {
    ThumbnailOptions::at(Position::Fraction(video.wishes.thumbnail_timestamp_pct))
}

/// The plan of a package that was begun, or a new one.
pub(crate) fn plan(host: &Host, video: &Video, source: &SharedSource) -> Result<Plan, Trouble> {
    let begun = fs::read_to_string(host.package_path(&video.uid).join(vodkit::engine::PLAN_KEY));
    if let Some(plan) = begun.ok().and_then(|json| Plan::from_json(&json).ok()) {
        return Ok(plan);
    }
    let mut limits = Limits::default();
    let wished = match video.origin {
        // Of a clip not all of the source counts.
        Origin::Clip { .. } => None,
        _ => video.wishes.max_duration_seconds,
    };
    let longest = wished.map_or(host.config.longest, |wished| wished.min(host.config.longest));
    limits.duration = Duration::from_secs(longest.into());
    Ok(vodkit::plan_within(source, &ladder(host, video)?, &limits)?)
}

fn ladder(host: &Host, video: &Video) -> Result<Ladder, Trouble> {
    let clip = match &video.origin {
        Origin::Clip { start, end, .. } => {
            let exact = |seconds: f64| Rational::new((seconds * 1000.0).round() as i64, 1000);
            Some(Clip { start: exact(*start), end: Some(exact(*end)) })
        }
        _ => None,
    };
    Ok(Ladder { clip, watermark: watermark(host, video)?, ..usual_ladder(&host.config.rungs, &host.config.preset) })
}

/// What all videos are made to.
pub(crate) fn usual_ladder(rungs: &[u32], preset: &str) -> Ladder {
    Ladder {
        rungs: rungs.iter().map(|side| Rung::new(*side)).collect(),
        preset: preset.to_owned(),
        segment_seconds: 2.into(),
        storyboard: Some(StoryboardOptions::default()),
        ..Ladder::default()
    }
}

fn watermark(host: &Host, video: &Video) -> Result<Option<Watermark>, Trouble> {
    let Some(profile) = &video.wishes.watermark else { return Ok(None) };
    let uid = profile["uid"].as_str().unwrap_or_default();
    let found = host.store.watermark(uid)?;
    let (_, image) = found.ok_or_else(|| Error::new(ErrorKind::NotFound, "the watermark was deleted"))?;
    let number = |name: &str, usual: f64| profile[name].as_f64().unwrap_or(usual);
    Ok(Some(Watermark {
        position: profile["position"].as_str().and_then(crate::api::position_of).unwrap_or_default(),
        opacity: number("opacity", 1.0),
        padding: number("padding", 0.05),
        scale: number("scale", 0.15),
        ..Watermark::new(image.into())
    }))
}
