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
    for (track, audio) in info.audio() {
        let Some(index) = index.track(track.index).filter(|index| !index.packets.is_empty()) else { continue };
        let renditions =
            [false, true].map(|surround| rendition_channels(audio, audio.channels, ladder.audio_channels, surround));
        let channels: Vec<u32> = renditions.into_iter().flatten().filter(|_| audio.sample_rate > 0).collect();
        if channels.is_empty() {
            continue;
        }
        let measured = probe::loudness(context, index, audio.sample_rate, &channels)?;
        let found = channels.iter().zip(measured).filter_map(|(&channels, measured)| {
            Some(TrackGain { track: track.index, channels, factor: factor(target - measured?) })
        });
        gains.extend(found);
    }
    let most = ladder.audio_channels.min(2);
    let together =
        channels::pairs(info, index).into_iter().filter_map(|pair| Some((pair.0, of_pair(&gains, pair, most)?)));
    let together: Vec<_> = together.collect();
    for (left, factor) in together {
        gains.retain(|gain| gain.track != left);
        gains.push(TrackGain { track: left, channels: most, factor });
    }
    Ok(gains)
}

/// The factor for left and right in tracks of their own, which were measured each by itself: their powers add up (ITU-R
/// BS.1770), and in one channel, which is their mean, a quarter of them. `None` if both are silent.
fn of_pair(gains: &[TrackGain], (left, right): (u32, u32), channels: u32) -> Option<Rational> {
    let own = gains.iter().filter(|gain| gain.track == left || gain.track == right);
    let powers: f64 = own.map(|gain| gain.factor.to_f64().powi(-2)).sum();
    let powers = if channels == 1 { powers / 4.0 } else { powers };
    (powers > 0.0).then(|| factor(-10.0 * powers.log10()))
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
    fn the_powers_of_two_channels_add_up() {
        let gain = |track, decibels: f64| TrackGain { track, channels: 1, factor: factor(decibels) };
        let decibels = |gains: &[TrackGain]| of_pair(gains, (1, 2), 2).map(|factor| 20.0 * factor.to_f64().log10());
        assert!((decibels(&[gain(1, -6.0), gain(2, -6.0)]).unwrap() + 9.01).abs() < 0.01);
        assert!((decibels(&[gain(1, -6.0), gain(3, -6.0)]).unwrap() + 6.0).abs() < 0.01);
        assert_eq!(decibels(&[]), None);
    }

    #[test]
    fn decibels_become_factors() {
        assert_eq!(factor(0.0), Rational::from(1));
        assert_eq!(factor(-6.020_599_913), Rational::new(1, 2));
        assert_eq!(factor(60.0), Rational::from(MAX_GAIN));
        assert_eq!(factor(f64::NEG_INFINITY), Rational::new(1, 65_536));
    }
}
