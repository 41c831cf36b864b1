//! The file that says what of the source could not be decoded, for a job that goes on from this one's segments.

use super::output::Output;
use crate::base::{Damage, MAX_MOMENTS, Moments, Result};
use crate::layout::DAMAGE_KEY;
use crate::plan::{Media, Plan};

/// Bytes of a moment at most, with its comma.
const MOMENT_BYTES: usize = 21;

/// Notes what the file in the sink says of the plan's tracks. One that says something else is of no use, and no harm.
pub(super) fn load(plan: &Plan, output: &Output, damage: &Damage) -> Result<()> {
    let tracks: Vec<u32> = plan.renditions().iter().filter_map(|rendition| source_track(&rendition.media)).collect();
    let most = (tracks.len() * MAX_MOMENTS * MOMENT_BYTES) as u64;
    let is_readable = output.size(DAMAGE_KEY)?.is_some_and(|size| size <= most);
    let bytes = if is_readable { output.get(DAMAGE_KEY)? } else { None };
    let found: Moments = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    for (track, moments) in found.into_iter().filter(|(track, _)| tracks.contains(track)) {
        moments.into_iter().for_each(|moment| damage.add(track, moment));
    }
    Ok(())
}

/// Puts the file, if more was noted than so many changes say; `known` becomes their number.
pub(crate) fn save_damage(output: &Output, damage: &Damage, known: &mut u64) -> Result<()> {
    let Some((moments, changes)) = damage.since(*known) else { return Ok(()) };
    output.put(DAMAGE_KEY, serde_json::to_vec(&moments).unwrap_or_default())?;
    *known = changes;
    Ok(())
}

fn source_track(media: &Media) -> Option<u32> {
    match media {
        Media::Video(source, _) => Some(source.track),
        Media::Audio(audio) => Some(audio.source_track),
        _ => None,
    }
}
