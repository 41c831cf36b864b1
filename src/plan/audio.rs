//! The samples that an audio segment is made from.

use super::rendition::{AudioCoding, AudioRendition};
use crate::base::Rational;
use crate::codec::AAC_FRAME;

/// AAC frames that are encoded before a segment's own and thrown away, so that the encoder has settled and
/// segments join without a seam: 16 frames give the quality of a continuous encode.
const ENCODER_PREROLL: u64 = 16;

/// AAC frames encoded behind a segment's own: the encoder units_info ahead, and each frame overlaps the next.
const ENCODER_LOOKAHEAD: u64 = 3;

/// Source samples given to the resampler before the first that is used: more than its filter is long.
const RESAMPLER_MARGIN: i64 = 512;

/// Distance between where a sound says it is and where counting samples puts it, in seconds, up to which
/// the count is believed: containers round their times, and sound must not jump with them. Less than any
/// frame of sound lasts, so that a lost frame is noticed.
pub(crate) const AUDIO_GAP_TOLERANCE: (i64, i64) = (1, 200);

/// The samples that one segment's encoding works on. Sample 0 is the presentation's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AudioSpan {
    /// The first AAC frame that is presented.
    pub(crate) first_frame: u64,
    /// Number of AAC frames that are presented.
    pub(crate) frames: u64,
    /// The first output sample that is encoded: a frame's first.
    pub(crate) out_start: i64,
    /// Output samples that are encoded, pre-roll and look-ahead included.
    pub(crate) out_count: usize,
    /// The first source sample that is resampled. It lies exactly at an output sample.
    pub(crate) in_start: i64,
    /// Source samples that are resampled.
    pub(crate) in_count: usize,
    /// Resampled samples to throw away so that the next is `out_start`.
    pub(crate) skip: usize,
}

pub(crate) fn audio_span(first_frame: u64, frames: u64, in_rate: u32, out_rate: u32) -> AudioSpan {
    let start_frame = first_frame.saturating_sub(ENCODER_PREROLL);
    let out_start = (start_frame * AAC_FRAME) as i64;
    let out_count = (first_frame + frames + ENCODER_LOOKAHEAD - start_frame) * AAC_FRAME;
    // `out_block` output samples last exactly as long as `in_block` source samples.
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
    /// Samples at the start of a passthrough that are not presented.
    pub(crate) fn priming(&self) -> u64 {
        match self.coding {
            AudioCoding::Passthrough { priming, .. } => priming.into(),
            AudioCoding::Encode => 0,
        }
    }

    /// The samples that segment `index` works on.
    pub(crate) fn span(&self, index: u32) -> Option<AudioSpan> {
        let window = self.windows.get(index as usize)?;
        let before = self.windows.iter().take(index as usize).map(|window| u64::from(window.frames)).sum();
        Some(audio_span(before, window.frames.into(), self.source_sample_rate, self.sample_rate))
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
        fn spans_hold_what_they_need(first in 0u64..200_000, frames in 1u64..2000, rates in prop::sample::select(vec![
            (48_000u32, 48_000u32), (44_100, 44_100), (44_100, 48_000), (22_050, 48_000), (8_000, 48_000), (96_000, 48_000), (11_025, 48_000)])) {
            let (in_rate, out_rate) = rates;
            let span = audio_span(first, frames, in_rate, out_rate);
            prop_assert!(span.in_start >= 0);
            prop_assert!(span.out_start as u64 <= first * AAC_FRAME);
            prop_assert!(span.out_start as u64 + span.out_count as u64 > (first + frames) * AAC_FRAME);
            let from_in = span.in_count as u64 * u64::from(out_rate) / u64::from(in_rate);
            prop_assert!(from_in >= span.skip as u64 + span.out_count as u64);
        }
    }
}
