//! From a source to a plan: probing, counting sound where times are coarse, and deciding.

use super::make::{self, Material};
use super::passthrough::check_pictures;
use crate::base::{Limits, Result};
use crate::ffmpeg;
use crate::media::{FrameIndex, MediaInfo, TrackKind};
use crate::plan::{CopyTop, Ladder, Plan, SourceId};
use crate::probe::{self, OwnCodings};
use crate::source::{self, SharedSource};

/// Decides how `source` becomes the renditions of `ladder`, within the default [`Limits`]. Writes nothing.
///
/// Reads the source once, or its index alone; twice where its container tells the times of sound only roughly. Where
/// copying is wished for, the keyframes are looked into as well.
///
/// # Errors
/// Those of [`probe`](crate::probe()), [`NothingToPlay`](crate::ErrorKind::NothingToPlay) where there is
/// neither picture nor sound, and [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a ladder that
/// is out of range.
pub fn plan(source: &SharedSource, ladder: &Ladder) -> Result<Plan> {
    plan_within(source, ladder, &Limits::default())
}

/// As [`plan()`], within limits of the caller's.
///
/// # Errors
/// As [`plan()`].
pub fn plan_within(source: &SharedSource, ladder: &Ladder, limits: &Limits) -> Result<Plan> {
    ladder.check()?;
    if let Some(watermark) = &ladder.watermark {
        watermark.picture()?;
    }
    let (info, index) = probe::scan(source, limits)?;
    let mut sounds = Vec::new();
    for track in &info.tracks {
        if let (TrackKind::Audio(audio), Some(index)) = (&track.kind, index.track(track.index))
            && make::sound_is_counted(index, audio)
        {
            sounds.push((track.index, probe::count_sounds(source, index, audio.sample_rate, limits)?));
        }
    }
    let own = match ladder.copy_top {
        CopyTop::Never => None,
        _ if ladder.clip.is_some() => None,
        CopyTop::Auto | CopyTop::Always => Some(own_codings(source, &info, &index, limits)?),
    };
    let id = SourceId { length: source.len(), digest: source::digest(&**source)? };
    let (sounds, own, build) = (&sounds, own.as_ref(), ffmpeg::fingerprint());
    make::make(&Material { info: &info, index: &index, sounds, own, source: id, build }, ladder)
}

/// What copying has to know of the samples. Only keyframes of a video that may be copied are looked into.
fn own_codings(source: &SharedSource, info: &MediaInfo, index: &FrameIndex, limits: &Limits) -> Result<OwnCodings> {
    let video = match info.main_video() {
        None => Err("it has no video".into()),
        Some((track, video)) => check_pictures(video, &track.codec).map(|()| track.index),
    };
    probe::own_codings(source, info, index, video, limits)
}
