//! What the numbers of a picture mean as colours.

use serde::{Deserialize, Serialize};

/// How a picture's numbers mean colours, by the names of ITU-T H.273 as FFmpeg spells them; `None` where
/// the source does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Colour {
    /// Colour primaries, such as `"bt709"`.
    pub primaries: Option<String>,
    /// Transfer characteristics, such as `"smpte2084"`.
    pub transfer: Option<String>,
    /// Matrix coefficients, such as `"bt2020nc"`.
    pub matrix: Option<String>,
    /// `"tv"` (limited) or `"pc"` (full).
    pub range: Option<String>,
    /// High dynamic range, if it is that.
    pub hdr: Option<Hdr>,
}

/// Kinds of high dynamic range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hdr {
    /// Perceptual quantizer, SMPTE ST 2084, as in HDR10.
    Pq,
    /// Hybrid log-gamma, ARIB STD-B67.
    Hlg,
    /// Dolby Vision.
    DolbyVision,
}

/// What numbers mean as colours, by the names of ITU-T H.273 as FFmpeg spells them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureColour {
    /// Colour primaries.
    pub primaries: String,
    /// Transfer characteristics.
    pub transfer: String,
    /// Matrix coefficients.
    pub matrix: String,
    /// Whether all codes are used (0 to 255) or the limited range (16 to 235).
    pub full_range: bool,
}

/// A picture's colour description by FFmpeg's numbers, which are those of ITU-T H.273.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ColourTags {
    pub(crate) primaries: u32,
    pub(crate) transfer: u32,
    pub(crate) matrix: u32,
    pub(crate) full_range: bool,
}
