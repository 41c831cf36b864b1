//! Sheets of a storyboard: small pictures beside and below each other, in one JPEG.

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage, imageops};

use super::error::out_of_range;
use super::pictures::PictureReader;
use super::watermark::Mark;
use crate::base::{Error, ErrorKind, Rational, Result, Watch};
use crate::ffmpeg::{Decoder, FilterChain, Frame, filters};
use crate::plan::{ImageTrack, Pictures, Tile};

/// Small pictures are looked at in passing, and a sheet is to come quickly.
const JPEG_QUALITY: u8 = 75;
/// From pictures so many times as high as tiles on, the edges of blocks are not smoothed.
const MUCH_SMALLER: u32 = 4;

/// One sheet of a storyboard.
pub(super) struct Sheet<'plan> {
    pub(super) pictures: &'plan Pictures,
    pub(super) images: &'plan ImageTrack,
    pub(super) origin: Rational,
    pub(super) index: u32,
}

impl Sheet<'_> {
    /// Makes the sheet. Decoder and filters are new ones for each, so that nothing of another sheet is in it.
    pub(super) fn make(&self, reader: &mut PictureReader, watch: &Watch) -> Result<Bytes> {
        let Self { pictures, images, index, .. } = self;
        let tiles = images.sheet(*index).ok_or_else(|| {
            let sheets = images.tiles.len().div_ceil(images.tiles_a_sheet().max(1) as usize);
            out_of_range(*index, sheets)
        })?;
        let (width, height) = (images.width, images.height);
        let mut sheet = RgbImage::new(images.columns * width, images.rows_of(*index) * height);
        let mut scaler = FilterChain::new(&filters::to_tile(pictures.format(), width, height))?;
        let mut decoder = self.decoder(reader)?;
        let size = (pictures.width, pictures.height);
        let mark = pictures.watermark.as_ref().map(|mark| Mark::new(mark, (width, height), size)).transpose()?;
        let mut last: Option<(&Tile, RgbImage)> = None;
        for (tile, place) in tiles.iter().zip(0..) {
            watch.check()?;
            let picture = match last.take() {
                // Keyframes that are far apart stand for two tiles each.
                Some((same, picture)) if same == tile => picture,
                _ => {
                    let mut picture = self.scaled(self.frame(reader, &mut decoder, tile)?, &mut scaler)?;
                    mark.iter().for_each(|mark| mark.put_on(&mut picture));
                    picture
                }
            };
            let (column, row) = (place % images.columns, place / images.columns);
            imageops::replace(&mut sheet, &picture, (column * width).into(), (row * height).into());
            last = Some((tile, picture));
        }
        encoded(&sheet)
    }

    fn decoder(&self, reader: &PictureReader) -> Result<Decoder> {
        let mut decoder = reader.keyframe_decoder(self.pictures)?;
        if self.pictures.height / MUCH_SMALLER >= self.images.height {
            decoder.skip_smoothing();
        }
        Ok(decoder)
    }

    fn frame(&self, reader: &mut PictureReader, decoder: &mut Decoder, tile: &Tile) -> Result<Frame> {
        if tile.keyframe
            && let Some(frame) = reader.keyframe(self.pictures, decoder, &tile.from)?
        {
            return Ok(frame);
        }
        // Also where a keyframe's packet is broken, or there are others to come before its picture is whole.
        let time = self.pictures.time_base.times(tile.time) - self.origin;
        reader.next_picture_at(self.pictures, &tile.from, time)
    }

    fn scaled(&self, frame: Frame, scaler: &mut FilterChain) -> Result<RgbImage> {
        let mut pixels = None;
        scaler.push(frame, |frame| {
            pixels = frame.pixels();
            Ok(())
        })?;
        let image = pixels.and_then(|pixels| RgbImage::from_raw(self.images.width, self.images.height, pixels));
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
