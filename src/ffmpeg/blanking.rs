//! Lines of MPEG-2 that are none of the picture are left out of frames, and of what is known of a stream.

use rsmpeg::ffi;

use super::frame::{Crop, Frame};
use super::stream::Stream;
use crate::base::{Rational, Result};
use crate::codec::mpeg2;

impl Stream<'_> {
    fn may_have_blanking(&self) -> bool {
        self.0.codecpar().codec_id == ffi::AV_CODEC_ID_MPEG2VIDEO
    }

    /// What is left of a size.
    pub(crate) fn without_blanking(&self, (width, height): (u32, u32)) -> (u32, u32) {
        let lines = if self.may_have_blanking() { mpeg2::blanking_lines((width, height)) } else { 0 };
        (width, height - lines)
    }

    pub(super) fn picture_aspect(&self, stated: Rational) -> Rational {
        if self.may_have_blanking() { mpeg2::picture_aspect(stated, self.coded_size()) } else { stated }
    }
}

impl Frame {
    /// Leaves these lines out of a frame of MPEG-2.
    pub(super) fn leave_out_blanking(&mut self) -> Result<()> {
        let size = self.size();
        let top = mpeg2::blanking_lines(size);
        if top == 0 {
            return Ok(());
        }
        if let Some(stated) = self.pixel_aspect() {
            let aspect = mpeg2::picture_aspect(stated, size);
            let (num, den) = (i32::try_from(aspect.num()).unwrap_or(0), i32::try_from(aspect.den()).unwrap_or(1));
            // SAFETY: a plain field of a frame that we own.
            unsafe { &mut *self.0.as_mut_ptr() }.sample_aspect_ratio = ffi::AVRational { num, den };
        }
        self.crop(Crop { top, ..Crop::default() })
    }
}
