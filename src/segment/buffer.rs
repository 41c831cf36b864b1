//! The decoder's buffer (VBV) over one encoded segment.

use crate::base::Rational;
use crate::mux::Sample;
use crate::plan::{SegmentBuffer, VideoRendition};

/// How often a segment is encoded again at most: encoders foresee sizes, and are wrong about noise now and then.
const MAX_REPEATS: u32 = 3;

/// What a segment's encoder is told of the decoder's buffer, and whether what it made keeps it.
pub(super) struct SegmentCap {
    max_rate: u64,
    buffer_size: u64,
    initial_fill: u64,
    frame_rate: Rational,
    seconds: Rational,
    /// Bits that the encoder is not told of.
    reserve: u64,
    repeats: u32,
    /// Bits that the attempt before had.
    before: u128,
}

impl SegmentCap {
    pub(super) fn new(video: &VideoRendition, buffer: &SegmentBuffer, frame_rate: Rational, frames: u32) -> Self {
        let &VideoRendition { max_rate, buffer_size, .. } = video;
        let &SegmentBuffer { initial_fill, reserve, .. } = buffer;
        let seconds = Rational::from(frames.max(1)) / frame_rate;
        Self { max_rate, buffer_size, initial_fill, frame_rate, seconds, reserve, repeats: 0, before: u128::MAX }
    }

    /// What the encoder is told: bits per second, size of the buffer, and bits in it at first.
    pub(super) fn told(&self) -> (u64, u64, u64) {
        // Half of a segment's bits are what comes in at least; the rest of the reserve is there at first and hidden.
        let in_segment = (Rational::from(self.max_rate as i64) * self.seconds).floor();
        let later = self.reserve.min(u64::try_from(in_segment).unwrap_or(0) / 2);
        let hidden = (self.reserve - later).min(self.initial_fill / 10 * 9);
        let less = (Rational::from(later as i64) / self.seconds).ceil();
        let fill = self.initial_fill - hidden;
        // x264 aims at half of the buffer, and would do nothing but fill a large one.
        let size = (self.buffer_size - hidden).min(2 * fill);
        (self.max_rate.saturating_sub(u64::try_from(less).unwrap_or(0)), size, fill)
    }

    /// Whether the segment is to be encoded again because it does not keep the buffer, with more reserve then.
    pub(super) fn is_exceeded_by(&mut self, samples: &[Sample]) -> bool {
        let bits = samples.iter().map(|sample| sample.data.len() as u128 * 8).sum();
        let missing = self.missing(samples);
        // An encoder that makes no less has come to its coarsest quantizer.
        if missing == 0 || self.repeats == MAX_REPEATS || bits >= self.before {
            return false;
        }
        (self.before, self.repeats) = (bits, self.repeats + 1);
        // A quarter more than is missing, and a hundredth.
        self.reserve += missing + missing / 4 + self.buffer_size / 100;
        true
    }

    /// Bits by which the buffer is emptier than it may be: below nothing at some time, or at the end below what it was
    /// at the beginning.
    fn missing(&self, samples: &[Sample]) -> u64 {
        // In parts of a bit, of which a frame's time has a whole number.
        let parts = i128::from(self.frame_rate.num());
        let per_frame = i128::from(self.max_rate) * i128::from(self.frame_rate.den());
        let (size, initial) = (i128::from(self.buffer_size) * parts, i128::from(self.initial_fill) * parts);
        let (mut fill, mut lowest) = (initial, 0);
        for sample in samples {
            fill -= sample.data.len() as i128 * 8 * parts;
            lowest = lowest.min(fill);
            fill = (fill + per_frame).min(size);
        }
        let missing = (initial - fill).max(-lowest).max(0);
        u64::try_from((missing + parts - 1) / parts.max(1)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    /// Ten frames per second, 80 bits for each, and a buffer of 800 bits of which 400 are there.
    fn cap() -> SegmentCap {
        let (max_rate, buffer_size, initial_fill, reserve) = (800, 800, 400, 100);
        let (frame_rate, seconds) = (Rational::from(10), Rational::from(1));
        SegmentCap { max_rate, buffer_size, initial_fill, frame_rate, seconds, reserve, repeats: 0, before: u128::MAX }
    }

    fn samples(sizes: &[usize]) -> Vec<Sample> {
        let sample = |size: &usize| Sample { data: Bytes::from(vec![0; *size]), composition_frames: 0, key: false };
        sizes.iter().map(sample).collect()
    }

    #[test]
    fn what_is_missing_is_counted_at_the_end_and_on_the_way() {
        let missing = |sizes: &[usize]| cap().missing(&samples(sizes));
        assert_eq!(missing(&[50, 2, 2, 2, 2, 2]), 0, "the beginning's bits come back");
        assert_eq!(missing(&[10; 10]), 0, "the cap itself");
        assert_eq!(missing(&[11; 10]), 80);
        assert_eq!(missing(&[60, 0, 0, 0, 0, 0, 0, 0]), 80, "empty before it is filled again");
        assert_eq!(missing(&[0, 0, 0, 0, 0, 0, 0, 0, 70]), 80, "it holds no more than 800");
    }

    #[test]
    fn it_is_encoded_again_while_that_helps() {
        let mut cap = cap();
        assert_eq!(cap.told(), (700, 800, 400));
        assert!(!cap.is_exceeded_by(&samples(&[10; 10])));
        assert!(cap.is_exceeded_by(&samples(&[11; 10])));
        assert_eq!(cap.told(), (800 - 100 - 80 - 20 - 8, 800, 400));
        assert!(!cap.is_exceeded_by(&samples(&[11; 10])), "it makes no less");
    }

    #[test]
    fn what_a_rate_cannot_bring_back_is_hidden_from_the_beginning() {
        let cap = SegmentCap { reserve: 500, ..cap() };
        assert_eq!(cap.told(), (400, 600, 300));
        assert_eq!(SegmentCap { reserve: u64::MAX, ..cap }.told(), (400, 80, 40));
    }
}
