//! How segments that are encoded alone share one decoder's buffer.

use serde::{Deserialize, Serialize};

use crate::base::Rational;

/// What the encoder of each segment of a rendition takes the decoder's buffer (VBV) for, so that all segments together,
/// though each is encoded alone, keep one continuous buffer.
///
/// A segment begins with `initial_fill` and ends with at least as much. So it has no more bits than `max_rate` allows for
/// its duration, and the buffer of a decoder is never emptier than the encoder took it for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SegmentBuffer {
    /// Bits in the buffer when a segment begins.
    pub initial_fill: u64,
    /// Bits by which a segment's encoder is told less than `max_rate` allows for it: they fill the buffer again.
    pub reserve: u64,
}

impl SegmentBuffer {
    /// For a rendition's rate and buffer, the tenths of it that its preset keeps, and its shortest segment's duration in
    /// seconds.
    pub(crate) fn new(max_rate: u64, buffer_size: u64, kept_tenths: u64, shortest: Rational) -> Self {
        let in_segment = (Rational::from(i64::try_from(max_rate).unwrap_or(i64::MAX)) * shortest).floor();
        // Two thirds of a segment are left for what is not its beginning.
        let reserve = (buffer_size / 5 * 2).min(u64::try_from(in_segment).unwrap_or(0) / 3);
        Self { initial_fill: buffer_size / 10 * kept_tenths + reserve, reserve }
    }

    pub(super) fn check(&self, max_rate: u64, buffer_size: u64, shortest: Rational) -> Result<(), String> {
        if !(1..=buffer_size).contains(&self.initial_fill) {
            return Err("its buffer does not hold what a segment begins with".into());
        }
        let reserved = Rational::from(i64::try_from(self.reserve).unwrap_or(i64::MAX)) / shortest;
        if reserved * Rational::from(2) > Rational::from(i64::try_from(max_rate).unwrap_or(i64::MAX)) {
            return Err("its shortest segment is too short for its reserve".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_can_fill_again_what_it_begins_with() {
        let buffer = |size, kept, shortest: i64| {
            let made = SegmentBuffer::new(1_000_000, size, kept, shortest.into());
            assert_eq!(made.check(1_000_000, size, shortest.into()), Ok(()), "{size}");
            (made.initial_fill, made.reserve)
        };
        assert_eq!(buffer(2_000_000, 4, 4), (1_600_000, 800_000));
        assert_eq!(buffer(2_000_000, 0, 4), (800_000, 800_000));
        assert_eq!(buffer(2_000_000, 4, 1), (1_133_333, 333_333));
        assert_eq!(buffer(50_000, 4, 30), (40_000, 20_000));
        assert_eq!(buffer(2_000_000_000, 4, 1), (800_333_333, 333_333));
    }
}
