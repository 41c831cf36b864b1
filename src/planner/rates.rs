//! How many bits a picture gets.

use crate::base::Rational;

/// Pixels of a picture, and the most bits per second that it gets at up to 30 frames per second.
const RATES: [(u64, u64); 7] = [
    (426 * 240, 400_000),
    (640 * 360, 800_000),
    (854 * 480, 1_500_000),
    (1280 * 720, 3_000_000),
    (1920 * 1080, 5_500_000),
    (2560 * 1440, 9_000_000),
    (3840 * 2160, 18_000_000),
];

/// The most bits per second for a picture's size and rate: between the sizes of the table on a straight
/// line, with half as much again at 60 frames per second.
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
    fn rates_grow_with_size_and_speed() {
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
