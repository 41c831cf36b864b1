//! Colour descriptions, as in ITU-T H.273.

use serde::{Deserialize, Serialize};

/// A source's colour description: the values of ITU-T H.273 by FFmpeg's names, `None` where the source does not
/// state them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Colour {
    /// Colour primaries, such as `"bt709"`.
    pub primaries: Option<String>,
    /// Transfer characteristics, such as `"smpte2084"`.
    pub transfer: Option<String>,
    /// Matrix coefficients, such as `"bt2020nc"`.
    pub matrix: Option<String>,
    /// `"tv"` (limited range) or `"pc"` (full range).
    pub range: Option<String>,
    /// The kind of high dynamic range; `None` for standard dynamic range.
    pub hdr: Option<Hdr>,
    /// The brightest pixel in cd/m², 1 to 10000: the stated maximum content light level, or where there is none, the maximum
    /// luminance of the display that the pictures were made on.
    #[serde(default)]
    pub peak: Option<u32>,
}

/// The brightest that a perceptual quantizer has a code for, in cd/m² (SMPTE ST 2084).
pub(crate) const MAX_PEAK: u32 = 10_000;

/// Kinds of high dynamic range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hdr {
    /// Perceptual quantizer (SMPTE ST 2084), as in HDR10.
    Pq,
    /// Hybrid log-gamma (ARIB STD-B67).
    Hlg,
    /// Dolby Vision, whose pictures others can show too.
    DolbyVision,
    /// Dolby Vision whose pictures have wrong colours for all others (profile 5, and AV1's without compatibility).
    DolbyVisionAlone,
}

/// A complete colour description: the values of ITU-T H.273 by FFmpeg's names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureColour {
    /// Colour primaries.
    pub primaries: String,
    /// Transfer characteristics.
    pub transfer: String,
    /// Matrix coefficients.
    pub matrix: String,
    /// Full range (0 to 255) rather than limited range (16 to 235 for luma), in 8-bit terms.
    pub full_range: bool,
}

/// A colour description by the code points of ITU-T H.273, which FFmpeg uses too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ColourTags {
    pub(crate) primaries: u32,
    pub(crate) transfer: u32,
    pub(crate) matrix: u32,
    pub(crate) full_range: bool,
}

/// How light is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DynamicRange {
    Standard,
    /// By a perceptual quantizer (SMPTE ST 2084).
    Pq,
    /// By hybrid log-gamma (ARIB STD-B67).
    Hlg,
}

impl DynamicRange {
    /// By FFmpeg's name of the transfer characteristics.
    pub(crate) fn of(transfer: &str) -> Self {
        match transfer {
            "smpte2084" => Self::Pq,
            "arib-std-b67" => Self::Hlg,
            _ => Self::Standard,
        }
    }

    /// By the code point of the transfer characteristics; `None` for those that say nothing.
    pub(crate) fn of_code(transfer: u32) -> Option<Self> {
        match transfer {
            0 | 2 | 3 => None,
            16 => Some(Self::Pq),
            18 => Some(Self::Hlg),
            _ => Some(Self::Standard),
        }
    }
}
