//! The limits of H.264 levels, ITU-T H.264 table A-1.

use crate::plan::{Profile, VideoRendition};
use crate::rational::Rational;

/// Ten times the level, macroblocks per second, macroblocks per frame, and in thousands for Baseline and Main: bits
/// per second, and bits of buffer. High has a quarter more of the last two.
const LEVELS: [(u32, u32, u32, u64, u64); 19] = [
    (10, 1_485, 99, 64, 175),
    (11, 3_000, 396, 192, 500),
    (12, 6_000, 396, 384, 1_000),
    (13, 11_880, 396, 768, 2_000),
    (20, 11_880, 396, 2_000, 2_000),
    (21, 19_800, 792, 4_000, 4_000),
    (22, 20_250, 1_620, 4_000, 4_000),
    (30, 40_500, 1_620, 10_000, 10_000),
    (31, 108_000, 3_600, 14_000, 14_000),
    (32, 216_000, 5_120, 20_000, 20_000),
    (40, 245_760, 8_192, 20_000, 25_000),
    (41, 245_760, 8_192, 50_000, 62_500),
    (42, 522_240, 8_704, 50_000, 62_500),
    (50, 589_824, 22_080, 135_000, 135_000),
    (51, 983_040, 36_864, 240_000, 240_000),
    (52, 2_073_600, 36_864, 240_000, 240_000),
    (60, 4_177_920, 139_264, 240_000, 240_000),
    (61, 8_355_840, 139_264, 480_000, 480_000),
    (62, 16_711_680, 139_264, 800_000, 800_000),
];

/// Whether the level of `video` allows its size, its bit rate and its buffer at `frame_rate`.
pub(crate) fn holds(video: &VideoRendition, frame_rate: Rational) -> bool {
    let Some(&(_, per_second, per_frame, bit_rate, buffer)) = LEVELS.iter().find(|(level, ..)| *level == video.level)
    else {
        return false;
    };
    let (columns, rows) = (u64::from(video.width.div_ceil(16)), u64::from(video.height.div_ceil(16)));
    let (frame, longer) = (columns * rows, columns.max(rows));
    let factor = if video.profile == Profile::High { 1250 } else { 1000 };
    frame <= u64::from(per_frame)
        // A.3.1: neither side may be longer than the root of eight times the frame size.
        && longer * longer <= 8 * u64::from(per_frame)
        && frame_rate * Rational::from(i128::from(frame)) <= Rational::from(i128::from(per_second))
        && video.max_rate <= bit_rate * factor
        && video.buffer_size <= buffer * factor
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::VideoCoding;

    #[test]
    fn a_level_limits_size_rate_and_buffer() {
        let good = VideoRendition {
            width: 1280,
            height: 720,
            profile: Profile::High,
            level: 31,
            max_rate: 17_500_000,
            buffer_size: 17_500_000,
            coding: VideoCoding::Encode {},
        };
        assert!(holds(&good, 30.into()));
        assert!(!holds(&good, 31.into()));
        assert!(!holds(&VideoRendition { level: 30, ..good.clone() }, 1.into()));
        assert!(!holds(&VideoRendition { level: 33, ..good.clone() }, 1.into()));
        assert!(!holds(&VideoRendition { profile: Profile::Main, ..good.clone() }, 30.into()));
        assert!(!holds(&VideoRendition { buffer_size: 17_500_001, ..good.clone() }, 30.into()));
        assert!(!holds(&VideoRendition { width: 2720, height: 16, ..good }, 30.into()));
    }
}
