//! The range of samples that an audio segment is encoded from.

use super::rendition::{AudioCoding, AudioRendition};
use crate::base::Rational;
use crate::codec::AAC_FRAME;
use crate::media::{DecoderParameters, SeekPoint};

/// AAC frames encoded before a segment and discarded, so that the encoder's psychoacoustic model and rate control have
/// settled. Measured by the engine's audio tests, which compare joins with the rest of the signal: with no pre-roll the
/// signal-to-noise ratio drops by 5 to 9 dB at the joins, with one frame by 3 to 6 dB, with 16 by 0.3 dB at most.
const ENCODER_PREROLL: u64 = 16;

/// AAC frames encoded after a segment: FFmpeg's encoder delays its output by one frame, analyses one more frame ahead,
/// and each frame's transform overlaps the next.
const ENCODER_LOOKAHEAD: u64 = 3;

/// Source samples on either side of a segment that only fill the resampler's filter. libswresample's filter has 32
/// taps, times the ratio of the rates over its cutoff of 0.97 when it goes down: from 768 to 48 kHz, the widest that a
/// plan allows, 528 taps, half of them on each side.
const RESAMPLER_MARGIN: i64 = 512;

/// Difference in seconds between a frame's timestamp and the running sample count up to which the count wins.
/// Timestamps in Matroska and FLV are rounded to 1 ms; audio must not jump with them. It is less than a frame of any
/// common codec lasts (AAC at 96 kHz: 10.7 ms), so that a lost frame still shows as a gap.
pub(crate) const AUDIO_GAP_TOLERANCE: (i64, i64) = (1, 200);

/// The highest factor by which audio is made louder: 24 dB, more than there is between a quiet recording and a loud one.
pub(crate) const MAX_GAIN: u32 = 16;

/// The samples needed to encode one segment, counted from the presentation's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AudioSpan {
    /// The first AAC frame that is presented.
    pub(crate) first_frame: u64,
    /// Number of AAC frames that are presented.
    pub(crate) frames: u64,
    /// The first output sample that is encoded, at the start of an AAC frame.
    pub(crate) out_start: i64,
    /// Output samples to encode, pre-roll and look-ahead included.
    pub(crate) out_count: usize,
    /// The first source sample to resample. It coincides with an output sample, whatever the rates.
    pub(crate) in_start: i64,
    /// Source samples to resample.
    pub(crate) in_count: usize,
    /// Resampled samples to drop before `out_start`.
    pub(crate) skip: usize,
}

/// The samples needed for `frames` AAC frames from `first_frame` on, at the source's rate and at the encoder's.
pub(crate) fn audio_span(first_frame: u64, frames: u64, in_rate: u32, out_rate: u32) -> AudioSpan {
    let start_frame = first_frame.saturating_sub(ENCODER_PREROLL);
    let out_start = (start_frame * AAC_FRAME) as i64;
    let out_count = (first_frame + frames + ENCODER_LOOKAHEAD - start_frame) * AAC_FRAME;
    // `out_block` output samples last exactly as long as `in_block` source samples. Starting at a multiple of it gives
    // each segment the resampling phase of a continuous run.
    let ratio = Rational::new(out_rate.into(), in_rate.into());
    let (out_block, in_block) = (ratio.num(), ratio.den());
    let same_rate = out_block == in_block;
    let margin = if same_rate { 0 } else { (RESAMPLER_MARGIN + in_block - 1) / in_block };
    let first_block = (out_start / out_block - margin).max(0);
    let skip = out_start - first_block * out_block;
    let needed = (skip + out_count as i64 + out_block - 1) / out_block * in_block;
    AudioSpan {
        first_frame,
        frames,
        out_start,
        out_count: out_count as usize,
        in_start: first_block * in_block,
        in_count: (needed + if same_rate { 0 } else { RESAMPLER_MARGIN }) as usize,
        skip: skip as usize,
    }
}

impl AudioRendition {
    /// What the decoder is set up with that begins with this packet.
    pub(crate) fn parameters_at(&self, seek: &SeekPoint) -> &DecoderParameters {
        DecoderParameters::numbered(&self.parameters, seek.parameters)
    }

    /// Samples of each segment, presented or not.
    pub(super) fn sample_ticks(&self) -> Vec<u64> {
        let frames = (0..).zip(&self.windows).map(|(index, window)| (index, u64::from(window.frames) * AAC_FRAME));
        frames.map(|(index, ticks)| ticks.saturating_sub(self.padding_of(index).into())).collect()
    }

    /// Samples at the end of segment `index` that are not presented.
    pub(crate) fn padding_of(&self, index: u32) -> u32 {
        if index as usize + 1 == self.windows.len() { self.padding } else { 0 }
    }

    /// Samples at the start that are decoded and not presented.
    pub(crate) fn priming(&self) -> u64 {
        match self.coding {
            AudioCoding::Passthrough { priming, .. } => priming.into(),
            AudioCoding::Encode => u64::from(self.priming_frames) * AAC_FRAME,
        }
    }

    /// The samples needed for segment `index`.
    pub(crate) fn span(&self, index: u32) -> Option<AudioSpan> {
        let window = self.windows.get(index as usize)?;
        let before: u64 = self.windows.iter().take(index as usize).map(|window| u64::from(window.frames)).sum();
        let primed = u64::from(self.priming_frames);
        let frames = if index == 0 { u64::from(window.frames).saturating_sub(primed) } else { window.frames.into() };
        Some(audio_span(before.saturating_sub(primed), frames, self.source_sample_rate, self.sample_rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn resampling_starts_where_both_rates_have_a_sample() {
        let span = audio_span(1000, 187, 44_100, 48_000);
        assert_eq!(span.in_start % 147, 0);
        assert_eq!(span.in_start / 147 * 160 + span.skip as i64, span.out_start);
    }

    proptest! {
        #[test]
        fn a_span_covers_its_segment(first in 0u64..200_000, frames in 1u64..2000, rates in prop::sample::select(vec![
            (48_000u32, 48_000u32), (44_100, 44_100), (44_100, 48_000), (22_050, 48_000), (8_000, 48_000), (96_000, 48_000), (11_025, 48_000)])) {
            let (in_rate, out_rate) = rates;
            let span = audio_span(first, frames, in_rate, out_rate);
            prop_assert!(span.in_start >= 0);
            prop_assert!(span.out_start as u64 <= first * AAC_FRAME);
            prop_assert!(span.out_start as u64 + span.out_count as u64 > (first + frames) * AAC_FRAME);
            let resampled = span.in_count as u64 * u64::from(out_rate) / u64::from(in_rate);
            prop_assert!(resampled >= span.skip as u64 + span.out_count as u64);
        }
    }
}
