//! What FFmpeg reads in the place of some bytes of a source.

/// Four bytes, and where they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mend {
    pub(crate) place: u64,
    pub(crate) bytes: [u8; 4],
}
