//! Maximum bit rates of encoded video, for rungs that do not set their own.

use crate::base::Rational;

/// Pixels of a frame, and the maximum bits per second for it at up to 30 frames per second.
///
/// The table is vodkit's own choice and follows no published ladder: the rate of an encode follows from its CRF, and
/// this is only the cap on it. For comparison, in Mb/s, Apple's averages for H.264 (HLS Authoring Specification for
/// Apple Devices, bit rates of video variants) and what YouTube recommends for uploads (SDR, 24 to 30 frames per
/// second):
///
/// | lines | here | Apple | YouTube |
/// | --- | --- | --- | --- |
/// | 240 | 0.4 | 0.145 (234 lines) | |
/// | 360 | 0.8 | 0.365 | 1 |
/// | 480 | 1.5 | 0.73 and 1.1 (432 lines) | 2.5 |
/// | 720 | 3 | 3 and 4.5 | 5 |
/// | 1080 | 5.5 | 6 and 7.8 | 8 |
/// | 1440 | 9 | | 16 |
/// | 2160 | 18 | | 35 to 45 |
const RATES: [(u64, u64); 7] = [
    (426 * 240, 400_000),
    (640 * 360, 800_000),
    (854 * 480, 1_500_000),
    (1280 * 720, 3_000_000),
    (1920 * 1080, 5_500_000),
    (2560 * 1440, 9_000_000),
    (3840 * 2160, 18_000_000),
];

/// Maximum bits per second for a frame size and rate: interpolated between the sizes of the table, at least 100 kb/s,
/// and rising linearly from 30 frames per second to half as much again at 60, the ratio of YouTube's recommendations.
/// Rounded up to whole kilobits.
pub(crate) fn max_rate(width: u32, height: u32, frame_rate: Rational) -> u64 {
    let pixels = u64::from(width) * u64::from(height);
    let mut below = (0, 0);
    let mut rate = None;
    for &(size, bits) in &RATES {
        if pixels <= size {
            let (low_size, low_bits) = below;
            rate = Some(low_bits + (bits - low_bits) * (pixels - low_size) / (size - low_size));
            break;
        }
        below = (size, bits);
    }
    let (top_size, top_bits) = below;
    let rate = rate.unwrap_or_else(|| top_bits * pixels / top_size).max(100_000);
    let faster = (frame_rate - Rational::from(30)).max(Rational::ZERO).min(Rational::from(30));
    let rate = Rational::from(rate as i64) * (Rational::from(1) + faster / Rational::from(60));
    (rate.round() as u64).div_ceil(1000) * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_grow_with_size_and_frame_rate() {
        assert_eq!(max_rate(1280, 720, Rational::from(24)), 3_000_000);
        assert_eq!(max_rate(1280, 720, Rational::from(60)), 4_500_000);
        assert!(max_rate(64, 64, Rational::from(24)) >= 100_000);
        let mut last = 0;
        for side in (64..4400).step_by(8) {
            let rate = max_rate(side * 16 / 9, side, Rational::from(25));
            assert!(rate >= last);
            last = rate;
        }
    }
}
