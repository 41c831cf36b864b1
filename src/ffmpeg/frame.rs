//! Decoded pictures and sounds.

use rsmpeg::avutil::AVFrame;
use rsmpeg::ffi;

use super::error::failed;
use crate::base::{ErrorKind, Rational, Result};
use crate::media::{ColourTags, PictureColour};

/// A decoded picture or a run of samples. Clones share the data.
#[derive(Clone)]
pub(crate) struct Frame(pub(super) AVFrame);

/// The numbers of colours that are named; unknown names become "unspecified" (2).
pub(crate) fn colour_tags(colour: &PictureColour) -> ColourTags {
    const UNSPECIFIED: u32 = 2;
    let number = |name: &str, find: unsafe extern "C" fn(*const std::ffi::c_char) -> i32| {
        let name = std::ffi::CString::new(name).unwrap_or_default();
        // SAFETY: the functions read a C string and return a number.
        u32::try_from(unsafe { find(name.as_ptr()) }).unwrap_or(UNSPECIFIED)
    };
    ColourTags {
        primaries: number(&colour.primaries, ffi::av_color_primaries_from_name),
        transfer: number(&colour.transfer, ffi::av_color_transfer_from_name),
        matrix: number(&colour.matrix, ffi::av_color_space_from_name),
        full_range: colour.full_range,
    }
}

impl Frame {
    /// When it is shown or heard, in ticks of its track; `None` where the decoder cannot tell.
    pub(crate) fn time(&self) -> Option<i64> {
        (self.0.best_effort_timestamp != ffi::AV_NOPTS_VALUE).then_some(self.0.best_effort_timestamp)
    }

    /// The number that the engine gave it before a filter.
    pub(crate) fn number(&self) -> i64 {
        self.0.pts
    }

    pub(crate) fn set_number(&mut self, number: i64) {
        self.0.set_pts(number);
        // SAFETY: a plain field of a frame that we own; the filters take the time from pts.
        unsafe { &mut *self.0.as_mut_ptr() }.best_effort_timestamp = number;
    }

    /// Samples per channel.
    pub(crate) fn samples(&self) -> usize {
        self.0.nb_samples.max(0) as usize
    }

    pub(crate) fn sample_rate(&self) -> u32 {
        self.0.sample_rate.max(0) as u32
    }

    /// Says what the picture's numbers mean, whatever the stream said. Pictures in RGB have no matrix.
    pub(crate) fn set_colour(&mut self, tags: &ColourTags) {
        let rgb = self.is_rgb();
        // SAFETY: plain fields of a frame that we own.
        let frame = unsafe { &mut *self.0.as_mut_ptr() };
        frame.color_primaries = tags.primaries;
        frame.color_trc = tags.transfer;
        frame.colorspace = if rgb { ffi::AVCOL_SPC_RGB } else { tags.matrix };
        frame.color_range = if rgb || tags.full_range { ffi::AVCOL_RANGE_JPEG } else { ffi::AVCOL_RANGE_MPEG };
    }

    /// Cuts off as much on both sides that of the width `across` is left, and of the height `down`, to the
    /// grid of the colour samples.
    pub(crate) fn keep_middle(&mut self, across: Rational, down: Rational) -> Result<()> {
        // SAFETY: returns null or a pointer into a static table.
        let description = unsafe { ffi::av_pix_fmt_desc_get(self.0.format).as_ref() };
        let (grid_x, grid_y) = description.map_or((0, 0), |found| (found.log2_chroma_w, found.log2_chroma_h));
        let edge = |side: i32, kept: Rational, grid: u8| {
            let off = Rational::from(side) * (Rational::from(1) - kept) / Rational::from(2_i64 << grid);
            (off.round().clamp(0, i64::from(side.max(1) - 1) / (2 << grid)) as usize) << grid
        };
        let (left, top) = (edge(self.0.width, across, grid_x), edge(self.0.height, down, grid_y));
        // SAFETY: plain fields of a frame that we own, and then a call that reads them and moves its
        // pointers to planes; it refuses edges that leave nothing. The scaler takes unaligned planes: the
        // crop filter gives it such.
        let done = unsafe {
            let frame = &mut *self.0.as_mut_ptr();
            (frame.crop_left, frame.crop_right, frame.crop_top, frame.crop_bottom) = (left, left, top, top);
            ffi::av_frame_apply_cropping(frame, ffi::AV_FRAME_CROP_UNALIGNED as i32)
        };
        if done < 0 { Err(failed(ErrorKind::Internal, "the picture could not be cut", done)) } else { Ok(()) }
    }

    fn is_rgb(&self) -> bool {
        // SAFETY: returns null or a pointer into a static table.
        let description = unsafe { ffi::av_pix_fmt_desc_get(self.0.format).as_ref() };
        description.is_some_and(|description| description.flags & u64::from(ffi::AV_PIX_FMT_FLAG_RGB) != 0)
    }

    /// The rows of a plane, with what lies behind their last pixels, for writing; what others share is copied first.
    pub(crate) fn plane_mut(&mut self, plane: usize) -> Result<impl Iterator<Item = &mut [u8]>> {
        // SAFETY: the frame is ours.
        let code = unsafe { ffi::av_frame_make_writable(self.0.as_mut_ptr()) };
        let stride = usize::try_from(self.0.linesize.get(plane).copied().unwrap_or(0)).unwrap_or(0);
        let data = self.0.data.get(plane).copied().unwrap_or(std::ptr::null_mut());
        if code < 0 || stride == 0 || data.is_null() {
            return Err(failed(ErrorKind::Internal, "a picture cannot be written on", code));
        }
        // SAFETY: returns null or a pointer into a static table.
        let description = unsafe { ffi::av_pix_fmt_desc_get(self.0.format).as_ref() };
        let grid = description.filter(|_| matches!(plane, 1 | 2)).map_or(0, |found| found.log2_chroma_h);
        let rows = (self.0.height.max(0) as usize).div_ceil(1 << grid);
        // SAFETY: a plane has so many rows, each as long as the stride, and nobody else has it.
        let bytes = unsafe { std::slice::from_raw_parts_mut(data, stride * rows) };
        Ok(bytes.chunks_exact_mut(stride))
    }

    /// The pixels of a packed format, row after row without gaps.
    pub(crate) fn pixels(&self) -> Option<Vec<u8>> {
        let size = self.0.image_get_buffer_size(1).ok()?;
        let mut pixels = Vec::new();
        pixels.try_reserve_exact(size).ok()?;
        pixels.resize(size, 0);
        self.0.image_copy_to_buffer(&mut pixels, 1).ok()?;
        Some(pixels)
    }
}

impl Frame {
    /// A black picture in yuv420p.
    pub(crate) fn black(width: i32, height: i32) -> Option<Self> {
        let mut frame = AVFrame::new();
        frame.set_width(width);
        frame.set_height(height);
        frame.set_format(ffi::AV_PIX_FMT_YUV420P);
        frame.alloc_buffer().ok()?;
        let mut sizes = [0_isize; 4];
        for (size, stride) in sizes.iter_mut().zip(frame.linesize) {
            *size = stride as isize;
        }
        // SAFETY: the frame was just allocated in this size and format; its planes are ours alone.
        let filled = unsafe {
            ffi::av_image_fill_black(
                frame.data.as_ptr(),
                sizes.as_ptr(),
                ffi::AV_PIX_FMT_YUV420P,
                ffi::AVCOL_RANGE_MPEG,
                width,
                height,
            )
        };
        (filled >= 0).then_some(Self(frame))
    }
}
