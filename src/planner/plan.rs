//! From a source to a plan: probing, counting sound where times are coarse, and deciding.

use super::audio;
use super::make::{self, Findings};
use super::passthrough::check_pictures;
use crate::base::{Result, guarded};
use crate::ffmpeg;
use crate::media::{FrameIndex, MediaInfo, TrackKind};
use crate::plan::{CopyTop, Ladder, Plan, SourceId};
use crate::probe::{self, Passthrough};
use crate::source::{Context, Source};

/// Decides how `source` becomes the renditions of `ladder`, within the source's [limits](crate::Limits). Writes nothing.
///
/// Reads the source once, or its index alone; twice where its container tells the times of sound only roughly. Where
/// copying is wished for, the keyframes are looked into as well.
///
/// # Errors
/// Those of [`probe`](crate::probe()), [`NothingToPlay`](crate::ErrorKind::NothingToPlay) where there is
/// neither picture nor sound, and [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a ladder that
/// is out of range.
pub fn plan(source: &Source, ladder: &Ladder) -> Result<Plan> {
    guarded(|| decide(&Context::timed(source), ladder))
}

fn decide(context: &Context, ladder: &Ladder) -> Result<Plan> {
    ladder.check()?;
    if let Some(watermark) = &ladder.watermark {
        watermark.decode()?;
    }
    let (info, index) = probe::scan(context)?;
    let mut counted = Vec::new();
    for track in &info.tracks {
        if let (TrackKind::Audio(audio), Some(index)) = (&track.kind, index.track(track.index))
            && audio::needs_counting(index, audio)
        {
            counted.push((track.index, probe::count_samples(context, index, audio.sample_rate)?));
        }
    }
    let passthrough = match ladder.copy_top {
        CopyTop::Never => None,
        _ if ladder.clip.is_some() => None,
        CopyTop::Auto | CopyTop::Always => Some(look_for_passthrough(context, &info, &index)?),
    };
    let id = SourceId { length: context.source.len(), digest: context.source.digest()? };
    let (counted, passthrough, build) = (&counted, passthrough.as_ref(), ffmpeg::fingerprint());
    make::make(&Findings { info: &info, index: &index, counted, passthrough, source: id, build }, ladder)
}

/// What copying has to know of the samples. Only keyframes of a video that may be copied are looked into.
fn look_for_passthrough(context: &Context, info: &MediaInfo, index: &FrameIndex) -> Result<Passthrough> {
    let video = match info.main_video() {
        None => Err("it has no video".into()),
        Some((track, video)) => check_pictures(video, &track.codec).map(|()| track.index),
    };
    probe::read_passthrough(context, info, index, video)
}
