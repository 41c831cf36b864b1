//! Bit rates of renditions, measured on their segments.

use crate::rendition::{RenditionReading, Span};

/// Bit rates of one rendition, or of several that are played together, in bits per second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct BitRates {
    /// The highest bit rate of consecutive segments that last 0.5 to 1.5 target durations
    /// (RFC 8216 4.1).
    pub(crate) peak: u64,
    /// All bytes over the whole duration.
    pub(crate) average: u64,
}

impl BitRates {
    /// The bit rates of a rendition, or `None` where not all of its segments could be read.
    pub(crate) fn of(reading: &RenditionReading) -> Option<Self> {
        let segments: Option<Vec<_>> = reading
            .segments
            .iter()
            .zip(reading.sample_spans())
            .map(|(segment, span)| Some((segment.as_ref()?.bytes, span?)))
            .collect();
        measure(&segments?, reading.init.as_ref()?.timescale)
    }

    /// Both played together: peaks may coincide (RFC 8216 4.3.4.2).
    pub(crate) fn with(self, other: Self) -> Self {
        let (peak, average) = (self.peak.saturating_add(other.peak), self.average.saturating_add(other.average));
        Self { peak, average }
    }

    /// The higher of each.
    pub(crate) fn max(self, other: Self) -> Self {
        Self { peak: self.peak.max(other.peak), average: self.average.max(other.average) }
    }
}

/// Measures segments by their bytes and ticks.
pub(crate) fn measure(segments: &[(u64, Span)], timescale: u32) -> Option<BitRates> {
    let longest = segments.iter().map(|(_, span)| span.ticks).max()?;
    let timescale = i128::from(timescale.max(1));
    // The target duration is the longest segment's, rounded to a second; this is twice that, in ticks.
    let target = ((2 * longest + timescale) / (2 * timescale)).max(1).saturating_mul(2 * timescale);
    let (min, max) = (target / 4, target / 4 * 3);
    let total =
        segments.iter().fold((0, 0), |(bytes, ticks), (size, span)| (bytes + i128::from(*size), ticks + span.ticks));
    let average = rate(total, timescale);
    let mut peak = None;
    for start in 0..segments.len() {
        let (mut bytes, mut ticks) = (0, 0);
        for (size, span) in segments.iter().skip(start) {
            (bytes, ticks) = (bytes + i128::from(*size), ticks + span.ticks);
            if ticks > max {
                break;
            }
            if ticks >= min {
                peak = peak.max(Some(rate((bytes, ticks), timescale)));
            }
        }
    }
    // Less than half a second has no such run: all of it counts.
    Some(BitRates { peak: peak.unwrap_or(average), average })
}

fn rate((bytes, ticks): (i128, i128), timescale: i128) -> u64 {
    let bits = bytes.saturating_mul(8).saturating_mul(timescale);
    u64::try_from(bits / ticks.max(1)).unwrap_or(u64::MAX)
}

/// Whether a stated bit rate is within 10 % of the measured one.
pub(crate) fn is_near(stated: u64, measured: u64) -> bool {
    u128::from(stated.abs_diff(measured)) * 10 <= u128::from(measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(segments: &[(u64, i128)]) -> BitRates {
        let spans: Vec<_> = segments.iter().map(|(bytes, ticks)| (*bytes, Span { start: 0, ticks: *ticks })).collect();
        measure(&spans, 1000).unwrap()
    }

    #[test]
    fn the_peak_is_over_runs_of_about_the_target_duration() {
        let found = rates(&[(500, 4000), (1000, 4000), (250, 4000), (500, 2000)]);
        assert_eq!(found, BitRates { peak: 2000, average: 2250 * 8 / 14 });
        // The last one is too short to count alone.
        let found = rates(&[(500, 4000), (500, 1000)]);
        assert_eq!(found.peak, 1000 * 8 / 5);
    }

    #[test]
    fn very_short_ones_are_their_average() {
        assert_eq!(rates(&[(100, 100)]), BitRates { peak: 8000, average: 8000 });
    }

    #[test]
    fn ten_percent_either_way_is_near() {
        assert!(is_near(110, 100) && is_near(90, 100) && is_near(0, 0));
        assert!(!is_near(111, 100) && !is_near(89, 100) && !is_near(u64::MAX, 1));
    }
}
