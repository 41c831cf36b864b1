//! What the filter chains need to know about the source's frames.

/// What the filter chains need to know about the source's frames.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceFormat<'a> {
    /// Clockwise rotation in degrees: 0, 90, 180 or 270.
    pub(crate) rotation: u32,
    /// Whether to mirror left to right, before the rotation.
    pub(crate) mirrored: bool,
    /// FFmpeg's name of the matrix coefficients.
    pub(crate) matrix: &'a str,
    /// Whether to map high dynamic range to standard dynamic range.
    pub(crate) tone_map: bool,
}
