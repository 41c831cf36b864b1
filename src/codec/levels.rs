//! H.264 profiles and levels, bit rates, and codec strings.

use serde::{Deserialize, Serialize};

use crate::base::Rational;

/// An H.264 profile. A decoder for one also decodes those before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Constrained Baseline: no B-frames, no CABAC; for very old devices.
    Baseline,
    /// Main.
    Main,
    /// High: the default; all current devices decode it.
    #[default]
    High,
}

impl Profile {
    /// x264's name for the profile.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Main => "main",
            Self::High => "high",
        }
    }

    /// profile_idc and the constraint_set flags that x264 sets with it (ITU-T H.264 7.4.2.1.1).
    fn idc_and_constraints(self) -> (u8, u8) {
        match self {
            Self::Baseline => (66, 0xc0),
            Self::Main => (77, 0x40),
            Self::High => (100, 0x00),
        }
    }
}

/// One row of ITU-T H.264 table A-1.
struct Level {
    /// Ten times the level: 31 is 3.1.
    number: u32,
    /// MaxMBPS.
    macroblocks_per_second: u64,
    /// MaxFS.
    frame_macroblocks: u64,
    /// MaxDpbMbs.
    buffered_macroblocks: u64,
    /// MaxBR and MaxCPB in bits per second and bits, for Baseline and Main. High has a quarter more (table A-2:
    /// cpbBrVclFactor 1250 instead of 1000).
    bit_rate: u64,
    buffer: u64,
}

const fn level(number: u32, per_second: u64, frame: u64, buffered: u64, rate: u64, buffer: u64) -> Level {
    Level {
        number,
        macroblocks_per_second: per_second,
        frame_macroblocks: frame,
        buffered_macroblocks: buffered,
        bit_rate: rate * 1000,
        buffer: buffer * 1000,
    }
}

const LEVELS: [Level; 19] = [
    level(10, 1485, 99, 396, 64, 175),
    level(11, 3000, 396, 900, 192, 500),
    level(12, 6000, 396, 2376, 384, 1000),
    level(13, 11880, 396, 2376, 768, 2000),
    level(20, 11880, 396, 2376, 2000, 2000),
    level(21, 19800, 792, 4752, 4000, 4000),
    level(22, 20250, 1620, 8100, 4000, 4000),
    level(30, 40500, 1620, 8100, 10000, 10000),
    level(31, 108_000, 3600, 18000, 14000, 14000),
    level(32, 216_000, 5120, 20480, 20000, 20000),
    level(40, 245_760, 8192, 32768, 20000, 25000),
    level(41, 245_760, 8192, 32768, 50000, 62500),
    level(42, 522_240, 8704, 34816, 50000, 62500),
    level(50, 589_824, 22080, 110_400, 135_000, 135_000),
    level(51, 983_040, 36864, 184_320, 240_000, 240_000),
    level(52, 2_073_600, 36864, 184_320, 240_000, 240_000),
    level(60, 4_177_920, 139_264, 696_320, 240_000, 240_000),
    level(61, 8_355_840, 139_264, 696_320, 480_000, 480_000),
    level(62, 16_711_680, 139_264, 696_320, 800_000, 800_000),
];

/// The stream that a level must allow. Rates are in bits per second, the buffer in bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LevelRequest {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) frame_rate: Rational,
    pub(crate) profile: Profile,
    pub(crate) max_rate: u64,
    pub(crate) buffer_size: u64,
    pub(crate) references: u32,
}

/// The lowest level that fits, times ten, and the number of reference frames it allows; `None` beyond level 6.2.
///
/// Slow presets ask for up to 16 reference frames. Only the first four may raise the level: past those, a level that
/// more devices decode is worth more than the references.
pub(crate) fn level_for(request: &LevelRequest) -> Option<(u32, u32)> {
    let (columns, rows) = (u64::from(request.width.div_ceil(16)), u64::from(request.height.div_ceil(16)));
    let frame = columns * rows;
    let per_second = (request.frame_rate * Rational::from(frame as i64)).ceil() as u64;
    let rate_quarters = if request.profile == Profile::High { 5 } else { 4 };
    let required = request.references.min(4);
    LEVELS.iter().find_map(|level| {
        let references = (level.buffered_macroblocks / frame).min(16) as u32;
        // A.3.1: neither side may exceed Sqrt(MaxFS * 8) macroblocks.
        let longer = columns.max(rows);
        let fits = frame <= level.frame_macroblocks
            && longer * longer <= 8 * level.frame_macroblocks
            && per_second <= level.macroblocks_per_second
            && request.max_rate <= level.bit_rate * rate_quarters / 4
            && request.buffer_size <= level.buffer * rate_quarters / 4
            && references >= required;
        fits.then(|| (level.number, request.references.min(references)))
    })
}

/// The codec string for H.264 (RFC 6381 3.3), such as `"avc1.64001f"`. Where every frame is a keyframe, x264 also sets
/// constraint_set3_flag in High.
pub(crate) fn avc_string(profile: Profile, level: u32, all_key: bool) -> String {
    let (idc, constraints) = profile.idc_and_constraints();
    let constraints = if all_key && profile == Profile::High { constraints | 0x10 } else { constraints };
    avc_string_of(idc, constraints, u8::try_from(level).unwrap_or(u8::MAX))
}

/// The codec string from the fields of a sequence parameter set.
pub(crate) fn avc_string_of(profile: u8, constraints: u8, level: u8) -> String {
    format!("avc1.{profile:02x}{constraints:02x}{level:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level_of(width: u32, height: u32, rate: i64, max_rate: u64) -> u32 {
        let frame_rate = Rational::from(rate);
        let request = LevelRequest {
            width,
            height,
            frame_rate,
            profile: Profile::High,
            max_rate,
            buffer_size: 2 * max_rate,
            references: 3,
        };
        level_for(&request).unwrap().0
    }

    #[test]
    fn common_sizes_get_the_levels_in_use() {
        assert_eq!(level_of(1920, 1080, 30, 5_500_000), 40);
        assert_eq!(level_of(1920, 1080, 60, 8_250_000), 42);
        assert_eq!(level_of(1280, 720, 30, 3_000_000), 31);
        assert_eq!(level_of(1280, 720, 60, 4_500_000), 32);
        assert_eq!(level_of(854, 480, 24, 1_500_000), 30);
        assert_eq!(level_of(1080, 1920, 30, 5_500_000), 40);
        assert_eq!(level_of(3840, 2160, 30, 18_000_000), 51);
    }

    #[test]
    fn more_than_four_references_do_not_raise_the_level() {
        let request = LevelRequest {
            width: 1920,
            height: 1080,
            frame_rate: Rational::from(30),
            profile: Profile::High,
            max_rate: 5_500_000,
            buffer_size: 11_000_000,
            references: 16,
        };
        assert_eq!(level_for(&request), Some((40, 4)));
    }

    #[test]
    fn codec_strings_follow_rfc_6381() {
        assert_eq!(avc_string(Profile::High, 31, false), "avc1.64001f");
        assert_eq!(avc_string(Profile::High, 31, true), "avc1.64101f");
        assert_eq!(avc_string(Profile::Main, 30, true), "avc1.4d401e");
        assert_eq!(avc_string(Profile::Baseline, 30, true), "avc1.42c01e");
    }
}
