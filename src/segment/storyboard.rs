//! Storyboard sheets: a grid of tiles in one JPEG.

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage, imageops};

use super::error::out_of_range;
use super::frames::FrameReader;
use super::scaler::Scaler;
use super::watermark::Overlay;
use crate::base::{Error, ErrorKind, Rational, Result};
use crate::ffmpeg::{Decoder, Frame};
use crate::plan::{SourceVideo, Storyboard, Tile};

/// JPEG quality of sheets: libjpeg's default. Below that of thumbnails, as tiles are small, seen briefly, and have to
/// load quickly.
const JPEG_QUALITY: u8 = 75;
/// How many times higher than a tile the video has to be for the decoder to skip the loop filter: the scaler averages
/// the block edges away.
const MIN_REDUCTION_WITHOUT_LOOP_FILTER: u32 = 4;

/// One sheet of a storyboard to be made.
pub(super) struct Sheet<'plan> {
    pub(super) source: &'plan SourceVideo,
    pub(super) storyboard: &'plan Storyboard,
    pub(super) origin: Rational,
    pub(super) index: u32,
}

impl Sheet<'_> {
    /// Makes the sheet, with a new decoder and scaler, so that it does not depend on sheets made before.
    pub(super) fn make(&self, reader: &mut FrameReader) -> Result<Bytes> {
        let Self { source, storyboard, index, .. } = self;
        let tiles = storyboard.sheet(*index).ok_or_else(|| out_of_range(*index, storyboard.sheets()))?;
        let (width, height) = (storyboard.width, storyboard.height);
        let mut sheet = RgbImage::new(storyboard.columns * width, storyboard.rows * height);
        let mut scaler = Scaler::to_tile(source, width, height)?;
        let mut decoder = None;
        let size = (source.width, source.height);
        let overlay =
            source.watermark.as_ref().map(|watermark| Overlay::new(watermark, (width, height), size)).transpose()?;
        let mut last: Option<(&Tile, RgbImage)> = None;
        for (tile, position) in tiles.iter().zip(0..) {
            reader.watch().check()?;
            let image = match last.take() {
                // If keyframes are far apart, two tiles may show the same one.
                Some((same, image)) if same == tile => image,
                _ => {
                    let mut image = self.scale(self.frame(reader, &mut decoder, tile)?, &mut scaler)?;
                    overlay.iter().for_each(|overlay| overlay.draw_on(&mut image));
                    image
                }
            };
            let (column, row) = (position % storyboard.columns, position / storyboard.columns);
            imageops::replace(&mut sheet, &image, (column * width).into(), (row * height).into());
            last = Some((tile, image));
        }
        encode(&sheet)
    }

    fn frame(&self, reader: &mut FrameReader, decoder: &mut Option<Decoder>, tile: &Tile) -> Result<Frame> {
        let is_reduced = self.source.height / MIN_REDUCTION_WITHOUT_LOOP_FILTER >= self.storyboard.height;
        let set_up = |decoder: &mut Decoder| {
            if is_reduced {
                decoder.skip_loop_filter();
            }
        };
        if tile.keyframe
            && let Some(frame) = reader.keyframe(self.source, decoder, set_up, &tile.seek)?
        {
            return Ok(frame);
        }
        // Exact frames, and keyframes that do not come from their packet alone, as it is corrupt or has only one field.
        let time = self.source.time_base.times(tile.time) - self.origin;
        reader.next_frame_at(self.source, &tile.seek, time)
    }

    fn scale(&self, frame: Frame, scaler: &mut Scaler) -> Result<RgbImage> {
        let pixels = scaler.pixels(frame, Vec::new())?;
        let image = RgbImage::from_raw(self.storyboard.width, self.storyboard.height, pixels);
        image.ok_or_else(|| Error::new(ErrorKind::Internal, "a frame could not be scaled to a tile"))
    }
}

fn encode(sheet: &RgbImage) -> Result<Bytes> {
    let mut bytes = Vec::new();
    let (width, height) = sheet.dimensions();
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)
        .write_image(sheet, width, height, ExtendedColorType::Rgb8)
        .map_err(|cause| {
            Error::new(ErrorKind::Encode, "a storyboard sheet could not be encoded as JPEG").with_cause(cause)
        })?;
    Ok(bytes.into())
}
