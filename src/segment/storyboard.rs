//! Sheets of a storyboard: small pictures beside and below each other, in one JPEG.

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage, imageops};

use super::error::out_of_range;
use super::frames::FrameReader;
use super::watermark::Overlay;
use crate::base::{Error, ErrorKind, Rational, Result};
use crate::ffmpeg::{Decoder, FilterChain, Frame, filters};
use crate::plan::{SourceVideo, Storyboard, Tile};

/// Small pictures are looked at in passing, and a sheet is to come quickly.
const JPEG_QUALITY: u8 = 75;
/// From pictures so many times as high as tiles on, the edges of blocks are not smoothed.
const MUCH_SMALLER: u32 = 4;

/// One sheet of a storyboard.
pub(super) struct Sheet<'plan> {
    pub(super) source: &'plan SourceVideo,
    pub(super) storyboard: &'plan Storyboard,
    pub(super) origin: Rational,
    pub(super) index: u32,
}

impl Sheet<'_> {
    /// Makes the sheet. Decoder and filters are new ones for each, so that nothing of another sheet is in it.
    pub(super) fn make(&self, reader: &mut FrameReader) -> Result<Bytes> {
        let Self { source, storyboard, index, .. } = self;
        let tiles = storyboard.sheet(*index).ok_or_else(|| out_of_range(*index, storyboard.sheets()))?;
        let (width, height) = (storyboard.width, storyboard.height);
        let mut sheet = RgbImage::new(storyboard.columns * width, storyboard.rows_of(*index) * height);
        let mut scaler = FilterChain::new(&filters::to_tile(source.format(), width, height))?;
        let mut decoder = self.decoder(reader)?;
        let size = (source.width, source.height);
        let overlay =
            source.watermark.as_ref().map(|overlay| Overlay::new(overlay, (width, height), size)).transpose()?;
        let mut last: Option<(&Tile, RgbImage)> = None;
        for (tile, place) in tiles.iter().zip(0..) {
            reader.watch().check()?;
            let picture = match last.take() {
                // Keyframes that are far apart stand for two tiles each.
                Some((same, picture)) if same == tile => picture,
                _ => {
                    let mut picture = self.scaled(self.frame(reader, &mut decoder, tile)?, &mut scaler)?;
                    overlay.iter().for_each(|overlay| overlay.put_on(&mut picture));
                    picture
                }
            };
            let (column, row) = (place % storyboard.columns, place / storyboard.columns);
            imageops::replace(&mut sheet, &picture, (column * width).into(), (row * height).into());
            last = Some((tile, picture));
        }
        encoded(&sheet)
    }

    fn decoder(&self, reader: &FrameReader) -> Result<Decoder> {
        let mut decoder = reader.keyframe_decoder(self.source)?;
        if self.source.height / MUCH_SMALLER >= self.storyboard.height {
            decoder.skip_loop_filter();
        }
        Ok(decoder)
    }

    fn frame(&self, reader: &mut FrameReader, decoder: &mut Decoder, tile: &Tile) -> Result<Frame> {
        if tile.keyframe
            && let Some(frame) = reader.keyframe(self.source, decoder, &tile.seek)?
        {
            return Ok(frame);
        }
        // Also where a keyframe's packet is broken, or there are others to come before its picture is whole.
        let time = self.source.time_base.times(tile.time) - self.origin;
        reader.next_picture_at(self.source, &tile.seek, time)
    }

    fn scaled(&self, frame: Frame, scaler: &mut FilterChain) -> Result<RgbImage> {
        let mut pixels = None;
        scaler.push(frame, |frame| {
            pixels = frame.pixels();
            Ok(())
        })?;
        let image = pixels.and_then(|pixels| RgbImage::from_raw(self.storyboard.width, self.storyboard.height, pixels));
        image.ok_or_else(|| Error::new(ErrorKind::Internal, "a picture could not be made a tile"))
    }
}

fn encoded(sheet: &RgbImage) -> Result<Bytes> {
    let mut bytes = Vec::new();
    let (width, height) = sheet.dimensions();
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)
        .write_image(sheet, width, height, ExtendedColorType::Rgb8)
        .map_err(|cause| Error::new(ErrorKind::Encode, "a sheet could not be encoded").with_cause(cause))?;
    Ok(bytes.into())
}
