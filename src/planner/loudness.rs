//! Gains that bring audio to the loudness that is asked for.

use super::audio::rendition_channels;
use super::channels;
use crate::base::{Rational, Result};
use crate::media::{FrameIndex, MediaInfo};
use crate::plan::{Ladder, MAX_GAIN};
use crate::probe;
use crate::source::Context;

/// The factor for a track that is mixed to a number of channels.
pub(crate) struct TrackGain {
    pub(crate) track: u32,
    pub(crate) channels: u32,
    pub(crate) factor: Rational,
}

/// Measures all audio, if the ladder asks for a loudness. Silence is left as it is.
pub(super) fn gains(
    context: &Context,
    info: &MediaInfo,
    index: &FrameIndex,
    ladder: &Ladder,
) -> Result<Vec<TrackGain>> {
    let Some(target) = ladder.loudness else { return Ok(Vec::new()) };
    let mut gains: Vec<TrackGain> = Vec::new();
    let groups = channels::groups(info, index);
    for (track, audio) in info.audio() {
        let group = groups.iter().find(|group| group.contains(&track.index));
        if group.is_some_and(|group| group.first() != Some(&track.index)) {
            continue;
        }
        let Some(index_of_own) = index.track(track.index).filter(|index| !index.packets.is_empty()) else { continue };
        let count = group.map_or(audio.channels, |group| group.len() as u32);
        let renditions =
            [false, true].map(|surround| rendition_channels(audio, count, ladder.audio_channels, surround));
        let channels: Vec<u32> = renditions.into_iter().flatten().filter(|_| audio.sample_rate > 0).collect();
        if channels.is_empty() {
            continue;
        }
        let measured = match group {
            Some(group) => {
                let tracks: Vec<_> = group.iter().filter_map(|track| index.track(*track)).collect();
                probe::loudness_together(context, &tracks, audio.sample_rate, &channels)?
            }
            None => probe::loudness(context, index_of_own, audio.sample_rate, &channels)?,
        };
        let found = channels.iter().zip(measured).filter_map(|(&channels, measured)| {
            Some(TrackGain { track: track.index, channels, factor: factor(target - measured?) })
        });
        gains.extend(found);
    }
    Ok(gains)
}

/// Decibels as a factor in steps of 1/65536, which floats of any size hold exactly: making segments needs no logarithm.
fn factor(decibels: f64) -> Rational {
    let steps = (10_f64.powf(decibels / 20.0) * 65_536.0).round();
    Rational::new((steps as i64).max(1), 65_536).min(Rational::from(MAX_GAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_become_factors() {
        assert_eq!(factor(0.0), Rational::from(1));
        assert_eq!(factor(-6.020_599_913), Rational::new(1, 2));
        assert_eq!(factor(60.0), Rational::from(MAX_GAIN));
        assert_eq!(factor(f64::NEG_INFINITY), Rational::new(1, 65_536));
    }
}
