//! How many samples come of a packet of Vorbis: its blocks overlap, and each packet completes what is between the middles of the
//! block before and of its own (Vorbis I 4.3.8).

use std::ptr::NonNull;

use rsmpeg::ffi;

/// Counts the samples of packets, one after the other from the first.
pub(super) struct Blocks {
    parser: NonNull<ffi::AVVorbisParseContext>,
    is_begun: bool,
}

// SAFETY: the parser is plain memory that nobody else has.
unsafe impl Send for Blocks {}

impl Blocks {
    /// For what is set up with this extradata, of three headers; `None` if they are damaged.
    pub(super) fn of(extradata: &[u8]) -> Option<Self> {
        let size = i32::try_from(extradata.len()).ok()?;
        // SAFETY: pointer and size are those of a slice, which the parser reads and does not keep.
        let parser = unsafe { ffi::av_vorbis_parse_init(extradata.as_ptr(), size) };
        Some(Self { parser: NonNull::new(parser)?, is_begun: false })
    }

    /// The samples of the next packet. From the first alone none come.
    pub(super) fn samples(&mut self, packet: &[u8]) -> i64 {
        let Ok(size) = i32::try_from(packet.len()) else { return 0 };
        // SAFETY: the parser lives as long as `self`; pointer and size are those of a slice.
        let samples = unsafe { ffi::av_vorbis_parse_frame(self.parser.as_ptr(), packet.as_ptr(), size) };
        let is_begun = std::mem::replace(&mut self.is_begun, true);
        if is_begun { samples.max(0).into() } else { 0 }
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        let mut parser = self.parser.as_ptr();
        // SAFETY: it came from `av_vorbis_parse_init`, and is freed once.
        unsafe { ffi::av_vorbis_parse_free(&mut parser) };
    }
}
