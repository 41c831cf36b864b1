//! From a source to a plan: probing, counting sound where times are coarse, and deciding.

use crate::plan::{self, Ladder, Material, Plan, SourceId};
use crate::probe::{self, TrackKind};
use crate::source::{self, SharedSource};
use crate::{Limits, Result, av};

/// Decides how `source` becomes the renditions of `ladder`, within the default [`Limits`]. Writes nothing.
///
/// Reads the source once; twice where its container tells the times of sound only roughly.
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
    let (info, index) = probe::scan(source, limits)?;
    let mut sounds = Vec::new();
    for track in &info.tracks {
        if let (TrackKind::Audio(audio), Some(index)) = (&track.kind, index.track(track.index))
            && plan::sound_is_counted(index, audio)
        {
            sounds.push((track.index, probe::count_sounds(source, index, audio.sample_rate, limits)?));
        }
    }
    let source = SourceId { length: source.len(), digest: source::digest(&**source)? };
    plan::make(&Material { info: &info, index: &index, sounds: &sounds, source, build: av::fingerprint() }, ladder)
}
