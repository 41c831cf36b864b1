//! What converts a picture of the source has to know of it.

/// What filters have to know of the source's frames.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceFormat<'a> {
    /// Clockwise turn in degrees: 0, 90, 180 or 270.
    pub(crate) rotation: u32,
    /// Whether to mirror left to right, before the turn.
    pub(crate) mirrored: bool,
    /// The name of the matrix coefficients.
    pub(crate) matrix: &'a str,
    /// Whether high dynamic range is mapped to standard range.
    pub(crate) tone_map: bool,
}
