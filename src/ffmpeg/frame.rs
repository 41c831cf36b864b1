//! Decoded video and audio frames.

use rsmpeg::avutil::AVFrame;
use rsmpeg::ffi;

use super::error::failed;
use crate::base::{Error, ErrorKind, Rational, Result};
use crate::media::{ColourTags, DynamicRange, FieldParity, PictureColour};

/// A decoded video or audio frame. Clones share the data.
#[derive(Clone)]
pub(crate) struct Frame(pub(super) AVFrame);

/// Pixels that the container leaves out of each frame: the clean aperture of MP4 (ISO/IEC 14496-12 12.1.4), and Matroska's
/// cropping (RFC 9559 5.1.4.1.28).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Crop {
    pub(crate) top: u32,
    pub(crate) bottom: u32,
    pub(crate) left: u32,
    pub(crate) right: u32,
}

impl Crop {
    /// What is left of a size; `None` if that is nothing.
    pub(crate) fn apply(self, (width, height): (u32, u32)) -> Option<(u32, u32)> {
        let Self { top, bottom, left, right } = self;
        let width = width.checked_sub(left)?.checked_sub(right).filter(|width| *width > 0)?;
        let height = height.checked_sub(top)?.checked_sub(bottom).filter(|height| *height > 0)?;
        Some((width, height))
    }
}

/// Where the first chroma sample lies, in 256ths of a luma sample to the right of the first luma sample and below it; 0
/// where there are as many.
pub(super) type ChromaPosition = (u32, u32);

/// The code points for a colour description's names; unknown names become 2, "unspecified".
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

/// Matrices that FFmpeg's scaler reads frames by.
const READABLE: [ffi::AVColorSpace; 7] = [
    ffi::AVCOL_SPC_BT709,
    ffi::AVCOL_SPC_FCC,
    ffi::AVCOL_SPC_BT470BG,
    ffi::AVCOL_SPC_SMPTE170M,
    ffi::AVCOL_SPC_SMPTE240M,
    ffi::AVCOL_SPC_BT2020_NCL,
    ffi::AVCOL_SPC_BT2020_CL,
];

impl Frame {
    /// Presentation time in ticks of the track; `None` if the decoder does not know it.
    pub(crate) fn time(&self) -> Option<i64> {
        (self.0.best_effort_timestamp != ffi::AV_NOPTS_VALUE).then_some(self.0.best_effort_timestamp)
    }

    /// The number from [`set_number`](Self::set_number), which filters pass on.
    pub(crate) fn number(&self) -> i64 {
        self.0.pts
    }

    /// Replaces the frame's time by a number.
    pub(crate) fn set_number(&mut self, number: i64) {
        self.0.set_pts(number);
        // SAFETY: a plain field of a frame that we own; filters read pts.
        unsafe { &mut *self.0.as_mut_ptr() }.best_effort_timestamp = number;
    }

    /// Whether its data was damaged: the decoder has filled up what it could not decode.
    pub(crate) fn is_damaged(&self) -> bool {
        self.0.flags & ffi::AV_FRAME_FLAG_CORRUPT as i32 != 0 || self.0.decode_error_flags != 0
    }

    /// Whether it has two fields, of different moments.
    pub(crate) fn is_interlaced(&self) -> bool {
        self.0.flags & ffi::AV_FRAME_FLAG_INTERLACED as i32 != 0
    }

    /// Says that it has two fields, and which one is the first.
    pub(super) fn set_fields(&mut self, first: FieldParity) {
        let top_first = if first == FieldParity::Top { ffi::AV_FRAME_FLAG_TOP_FIELD_FIRST as i32 } else { 0 };
        let flags = self.0.flags & !(ffi::AV_FRAME_FLAG_TOP_FIELD_FIRST as i32);
        // SAFETY: a plain field of a frame that we own.
        unsafe { &mut *self.0.as_mut_ptr() }.flags = flags | ffi::AV_FRAME_FLAG_INTERLACED as i32 | top_first;
    }

    /// Samples per channel.
    pub(crate) fn samples(&self) -> usize {
        self.0.nb_samples.max(0) as usize
    }

    pub(crate) fn sample_rate(&self) -> u32 {
        self.0.sample_rate.max(0) as u32
    }

    /// The shape of its pixels, if it states that.
    pub(crate) fn pixel_aspect(&self) -> Option<Rational> {
        let ratio = self.0.sample_aspect_ratio;
        (ratio.num > 0 && ratio.den > 0).then(|| Rational::new(ratio.num.into(), ratio.den.into()))
    }

    /// How its light is coded; standard where it does not say.
    pub(crate) fn dynamic_range(&self) -> DynamicRange {
        DynamicRange::of_code(self.0.color_trc).unwrap_or(DynamicRange::Standard)
    }

    /// Whether it has the primaries of displays for P3.
    pub(crate) fn is_p3(&self) -> bool {
        matches!(self.0.color_primaries, ffi::AVCOL_PRI_SMPTE431 | ffi::AVCOL_PRI_SMPTE432)
    }

    /// Sets the colour description. How it is to be read, its matrix, its range and how light is coded, the frame knows better
    /// where it states that: it may change midway. RGB has no matrix.
    pub(crate) fn set_colour(&mut self, tags: &ColourTags) {
        let rgb = self.is_rgb();
        let own_matrix = Some(self.0.colorspace).filter(|matrix| READABLE.contains(matrix));
        let is_full = match self.0.color_range {
            ffi::AVCOL_RANGE_JPEG => true,
            ffi::AVCOL_RANGE_MPEG => false,
            _ => tags.full_range,
        };
        let planned = DynamicRange::of_code(tags.transfer).unwrap_or(DynamicRange::Standard);
        let is_planned = DynamicRange::of_code(self.0.color_trc).is_none_or(|own| own == planned);
        // SAFETY: plain fields of a frame that we own.
        let frame = unsafe { &mut *self.0.as_mut_ptr() };
        if is_planned {
            (frame.color_primaries, frame.color_trc) = (tags.primaries, tags.transfer);
        }
        frame.colorspace = if rgb { ffi::AVCOL_SPC_RGB } else { own_matrix.unwrap_or(tags.matrix) };
        frame.color_range = if rgb || is_full { ffi::AVCOL_RANGE_JPEG } else { ffi::AVCOL_RANGE_MPEG };
    }

    /// Crops as the container says. A frame that is too small for that, as after a change of size, stays as it is.
    pub(super) fn crop(&mut self, crop: Crop) -> Result<()> {
        let size = (self.0.width.max(0) as u32, self.0.height.max(0) as u32);
        if crop == Crop::default() || crop.apply(size).is_none() {
            return Ok(());
        }
        // SAFETY: plain fields of a frame that we own.
        let frame = unsafe { &mut *self.0.as_mut_ptr() };
        (frame.crop_top, frame.crop_bottom) = (crop.top as usize, crop.bottom as usize);
        (frame.crop_left, frame.crop_right) = (crop.left as usize, crop.right as usize);
        self.apply_cropping()
    }

    /// Crops around the centre, to the fraction `across` of the width and `down` of the height, in steps of the
    /// chroma samples.
    pub(crate) fn crop_centre(&mut self, across: Rational, down: Rational) -> Result<()> {
        let (step_x, step_y) = self.descriptor().map_or((0, 0), |found| (found.log2_chroma_w, found.log2_chroma_h));
        let edge = |side: i32, fraction: Rational, log2_step: u8| {
            let steps = Rational::from(side) * (Rational::from(1) - fraction) / Rational::from(2_i64 << log2_step);
            (steps.round().clamp(0, i64::from(side.max(1) - 1) / (2 << log2_step)) as usize) << log2_step
        };
        let (left, top) = (edge(self.0.width, across, step_x), edge(self.0.height, down, step_y));
        // SAFETY: plain fields of a frame that we own.
        let frame = unsafe { &mut *self.0.as_mut_ptr() };
        (frame.crop_left, frame.crop_right, frame.crop_top, frame.crop_bottom) = (left, left, top, top);
        self.apply_cropping()
    }

    /// Crops by the frame's own fields. The scaler accepts unaligned planes, as from the crop filter.
    fn apply_cropping(&mut self) -> Result<()> {
        // SAFETY: a call that moves the plane pointers of a frame that we own; it fails if nothing would be left.
        let code = unsafe { ffi::av_frame_apply_cropping(self.0.as_mut_ptr(), ffi::AV_FRAME_CROP_UNALIGNED as i32) };
        if code < 0 { Err(failed(ErrorKind::Internal, "the frame could not be cropped", code)) } else { Ok(()) }
    }

    /// Width and height in pixels.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.0.width.max(0) as u32, self.0.height.max(0) as u32)
    }

    pub(super) fn has_alpha(&self) -> bool {
        self.descriptor().is_some_and(|found| found.flags & u64::from(ffi::AV_PIX_FMT_FLAG_ALPHA) != 0)
    }

    /// Where the first chroma sample lies. Where nobody says, it is the left one of two, between two lines, as in MPEG-2.
    pub(super) fn chroma_position(&self) -> ChromaPosition {
        let (across, down) = match self.0.chroma_location {
            ffi::AVCHROMA_LOC_CENTER => (128, 128),
            ffi::AVCHROMA_LOC_TOPLEFT => (0, 0),
            ffi::AVCHROMA_LOC_TOP => (128, 0),
            ffi::AVCHROMA_LOC_BOTTOMLEFT => (0, 256),
            ffi::AVCHROMA_LOC_BOTTOM => (128, 256),
            _ => (0, 128),
        };
        let samples = |log2: u8| (1_u32 << log2.min(4)) - 1;
        self.descriptor()
            .map_or((0, 0), |found| (across * samples(found.log2_chroma_w), down * samples(found.log2_chroma_h)))
    }

    /// Of planes of luma and two colour differences: whether these have fewer rows.
    pub(super) fn has_fewer_rows_of_chroma(&self) -> Option<bool> {
        let is_planar = |found: &&ffi::AVPixFmtDescriptor| {
            found.flags & u64::from(ffi::AV_PIX_FMT_FLAG_PLANAR) != 0 && found.nb_components == 3
        };
        self.descriptor().filter(|_| !self.is_rgb()).filter(is_planar).map(|found| found.log2_chroma_h > 0)
    }

    /// Palettes are, though FFmpeg does not count them among it.
    fn is_rgb(&self) -> bool {
        let flags = u64::from(ffi::AV_PIX_FMT_FLAG_RGB | ffi::AV_PIX_FMT_FLAG_PAL);
        self.descriptor().is_some_and(|found| found.flags & flags != 0)
    }

    /// FFmpeg's description of the pixel format.
    fn descriptor(&self) -> Option<&'static ffi::AVPixFmtDescriptor> {
        // SAFETY: returns null or a pointer into a static table.
        unsafe { ffi::av_pix_fmt_desc_get(self.0.format).as_ref() }
    }

    /// The rows of a plane with their padding.
    pub(crate) fn plane(&self, plane: usize) -> Result<impl Iterator<Item = &[u8]>> {
        let data = self.0.data.get(plane).copied().unwrap_or(std::ptr::null_mut());
        let (stride, rows) = self.rows(plane);
        if stride == 0 || data.is_null() {
            return Err(Error::new(ErrorKind::Internal, "a video frame lacks a plane"));
        }
        // SAFETY: the plane has `rows` rows of so many bytes, one after or before the other, and lives as long as the frame.
        let row = move |row| unsafe { std::slice::from_raw_parts(data.offset(row * stride), stride.unsigned_abs()) };
        Ok((0..rows).map(row))
    }

    /// How far one of a plane's rows is from the next, which lies before it in a frame that is upside down, and their number.
    fn rows(&self, plane: usize) -> (isize, isize) {
        let stride = self.0.linesize.get(plane).copied().unwrap_or(0) as isize;
        let chroma = self.descriptor().filter(|_| matches!(plane, 1 | 2));
        (stride, (self.0.height.max(0) as u32).div_ceil(1 << chroma.map_or(0, |found| found.log2_chroma_h)) as isize)
    }

    /// The rows of a plane with their padding, for writing. Data shared with other frames is copied first.
    pub(crate) fn plane_mut(&mut self, plane: usize) -> Result<impl Iterator<Item = &mut [u8]>> {
        // SAFETY: the frame is ours.
        let code = unsafe { ffi::av_frame_make_writable(self.0.as_mut_ptr()) };
        let (stride, rows) = self.rows(plane);
        let data = self.0.data.get(plane).copied().unwrap_or(std::ptr::null_mut());
        if code < 0 || stride == 0 || data.is_null() {
            return Err(failed(ErrorKind::Internal, "a video frame cannot be made writable", code));
        }
        // SAFETY: as above; the rows do not overlap, and are ours alone since av_frame_make_writable.
        let row =
            move |row| unsafe { std::slice::from_raw_parts_mut(data.offset(row * stride), stride.unsigned_abs()) };
        Ok((0..rows).map(row))
    }

    /// Red, green and blue of each pixel, row by row without padding, of a frame in rgb24 or gbrp, in `memory` if it has room;
    /// `None` if memory is short.
    pub(crate) fn pixels(&self, memory: Vec<u8>) -> Option<Vec<u8>> {
        let (width, height) = self.size();
        let (row, size) = (3 * width as usize, 3 * width as usize * height as usize);
        let mut pixels = if memory.capacity() < size { Vec::new() } else { memory };
        pixels.try_reserve_exact(size.saturating_sub(pixels.len())).ok()?;
        pixels.resize(size, 0);
        if self.0.format != ffi::AV_PIX_FMT_GBRP {
            self.0.image_copy_to_buffer(&mut pixels, 1).ok()?;
            return Some(pixels);
        }
        let planes = self.plane(2).ok()?.zip(self.plane(0).ok()?).zip(self.plane(1).ok()?);
        for (to, ((reds, greens), blues)) in pixels.chunks_exact_mut(row.max(1)).zip(planes) {
            interleave(to, [reds, greens, blues]);
        }
        Some(pixels)
    }
}

/// Writes a row of pixels of three planes. Four at a time, as words: byte by byte takes three times as long.
fn interleave(row: &mut [u8], planes: [&[u8]; 3]) {
    let (fours, last) = row.as_chunks_mut::<12>();
    let split = |plane| <[u8]>::split_at_checked(plane, 4 * fours.len()).unwrap_or((plane, &[]));
    let [reds, greens, blues] = planes.map(split);
    for (to, ((r, g), b)) in fours.iter_mut().zip(words(reds.0).zip(words(greens.0)).zip(words(blues.0))) {
        let pixels = [
            r & 0xff | (g & 0xff) << 8 | (b & 0xff) << 16 | (r & 0xff00) << 16,
            g >> 8 & 0xff | b & 0xff00 | r & 0xff_0000 | (g & 0xff_0000) << 8,
            b >> 16 & 0xff | r >> 16 & 0xff00 | g >> 8 & 0xff_0000 | b & 0xff00_0000,
        ];
        to.as_chunks_mut().0.iter_mut().zip(pixels).for_each(|(to, word)| *to = word.to_le_bytes());
    }
    let last = last.as_chunks_mut().0.iter_mut().zip(reds.1.iter().zip(greens.1).zip(blues.1));
    last.for_each(|(to, ((red, green), blue))| *to = [*red, *green, *blue]);
}

/// The words of four bytes that a row has.
fn words(row: &[u8]) -> impl Iterator<Item = u32> {
    row.as_chunks().0.iter().map(|four| u32::from_le_bytes(*four))
}

impl Frame {
    /// A frame in yuv420p, to be written to; `None` if memory is short.
    pub(crate) fn yuv420p(width: u32, height: u32) -> Option<Self> {
        let mut frame = AVFrame::new();
        frame.set_width(i32::try_from(width).ok()?);
        frame.set_height(i32::try_from(height).ok()?);
        frame.set_format(ffi::AV_PIX_FMT_YUV420P);
        frame.alloc_buffer().ok()?;
        Some(Self(frame))
    }

    /// A black frame in yuv420p.
    pub(crate) fn black(width: i32, height: i32) -> Option<Self> {
        let mut frame = Self::yuv420p(width.try_into().ok()?, height.try_into().ok()?)?;
        frame.fill_black(ffi::AVCOL_RANGE_MPEG).then_some(frame)
    }

    /// Paints a frame that was just allocated; false if its format is none that can be black.
    fn fill_black(&mut self, range: ffi::AVColorRange) -> bool {
        let Self(frame) = self;
        let mut sizes = [0_isize; 4];
        for (size, stride) in sizes.iter_mut().zip(frame.linesize) {
            *size = stride as isize;
        }
        let (data, sizes) = (frame.data.as_ptr(), sizes.as_ptr());
        // SAFETY: the frame was just allocated in this size and format; its planes are ours alone.
        unsafe { ffi::av_image_fill_black(data, sizes, frame.format, range, frame.width, frame.height) >= 0 }
    }

    /// A black frame of this size, which is not smaller, with this one in its middle, and square pixels.
    pub(crate) fn amid_black(&self, (width, height): (u32, u32)) -> Result<Self> {
        let failed = |code| failed(ErrorKind::Unsupported, "a frame of another shape cannot have black bars", code);
        let mut canvas = AVFrame::new();
        canvas.set_width(width as i32);
        canvas.set_height(height as i32);
        canvas.set_format(self.0.format);
        canvas.alloc_buffer().map_err(|_| failed(ffi::AVERROR(ffi::ENOMEM)))?;
        let mut canvas = Self(canvas);
        if !canvas.fill_black(self.0.color_range) {
            return Err(failed(ffi::AVERROR(ffi::EINVAL)));
        }
        // A window to the canvas, with its edges where chroma samples are.
        let mut window = canvas.clone();
        let (step_x, step_y) = self.descriptor().map_or((0, 0), |found| (found.log2_chroma_w, found.log2_chroma_h));
        let (own_width, own_height) = self.size();
        let (across, down) = (width.saturating_sub(own_width), height.saturating_sub(own_height));
        let (left, top) = (across >> (step_x + 1) << step_x, down >> (step_y + 1) << step_y);
        // SAFETY: plain fields of a frame that we own.
        let fields = unsafe { &mut *window.0.as_mut_ptr() };
        (fields.crop_left, fields.crop_right) = (left as usize, (across - left) as usize);
        (fields.crop_top, fields.crop_bottom) = (top as usize, (down - top) as usize);
        window.apply_cropping()?;
        // SAFETY: both frames live; the window has this frame's size and format, and what it shares is the canvas's alone.
        let code = unsafe {
            match ffi::av_frame_copy(window.0.as_mut_ptr(), self.0.as_ptr()) {
                0.. => ffi::av_frame_copy_props(canvas.0.as_mut_ptr(), self.0.as_ptr()),
                code => code,
            }
        };
        // SAFETY: a plain field of a frame that we own.
        unsafe { &mut *canvas.0.as_mut_ptr() }.sample_aspect_ratio = ffi::AVRational { num: 1, den: 1 };
        if code < 0 { Err(failed(code)) } else { Ok(canvas) }
    }
}
