//! From a source to a plan: probing, counting sound where times are coarse, and deciding.

use crate::plan::{self, CopyTop, Ladder, Material, Plan, SourceId};
use crate::probe::{self, TrackKind};
use crate::segment::read_watermark;
use crate::source::{self, SharedSource};
use crate::{Limits, Result, av};

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
        read_watermark(watermark)?;
    }
    let (info, index) = probe::scan(source, limits)?;
    let mut sounds = Vec::new();
    for track in &info.tracks {
        if let (TrackKind::Audio(audio), Some(index)) = (&track.kind, index.track(track.index))
            && plan::sound_is_counted(index, audio)
        {
            sounds.push((track.index, probe::count_sounds(source, index, audio.sample_rate, limits)?));
        }
    }
    let own = match ladder.copy_top {
        CopyTop::Never => None,
        _ if ladder.clip.is_some() => None,
        CopyTop::Auto | CopyTop::Always => Some(probe::own_codings(source, &info, &index, limits)?),
    };
    let id = SourceId { length: source.len(), digest: source::digest(&**source)? };
    let (sounds, own, build) = (&sounds, own.as_ref(), av::fingerprint());
    plan::make(&Material { info: &info, index: &index, sounds, own, source: id, build }, ladder)
}
