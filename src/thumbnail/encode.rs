//! Pixels to the bytes of a picture.

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ImageEncoder, RgbImage, imageops};

use super::geometry::Layout;
use super::options::ImageFormat;
use crate::base::{Error, ErrorKind, Result};
use crate::segment::Overlay;

const JPEG_QUALITY: u8 = 85;

/// Puts the overlay over the scaled pixels, and centres them on the canvas.
pub(super) fn compose(pixels: Vec<u8>, layout: &Layout, overlay: Option<&Overlay>) -> Result<RgbImage> {
    let (width, height) = layout.scaled;
    let mut scaled = RgbImage::from_raw(width, height, pixels)
        .ok_or_else(|| Error::new(ErrorKind::Internal, "the thumbnail's pixels do not fill its size"))?;
    overlay.into_iter().for_each(|overlay| overlay.draw_on(&mut scaled));
    Ok(on_canvas(scaled, layout))
}

/// A picture as the bytes of a file.
pub(super) fn encode(picture: &RgbImage, format: ImageFormat) -> Result<Bytes> {
    let failed = |cause: image::ImageError| {
        Error::new(ErrorKind::Encode, "the thumbnail could not be encoded").with_cause(cause)
    };
    let (width, height) = picture.dimensions();
    let mut bytes = Vec::new();
    let colour = image::ExtendedColorType::Rgb8;
    match format {
        ImageFormat::Jpeg => {
            JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).write_image(picture, width, height, colour)
        }
        ImageFormat::Png => PngEncoder::new(&mut bytes).write_image(picture, width, height, colour),
        ImageFormat::Rgb => return Ok(Bytes::copy_from_slice(picture)),
        ImageFormat::WebP => WebPEncoder::new_lossless(&mut bytes).write_image(picture, width, height, colour),
    }
    .map_err(failed)?;
    Ok(bytes.into())
}

fn on_canvas(scaled: RgbImage, layout: &Layout) -> RgbImage {
    if layout.scaled == layout.canvas {
        return scaled;
    }
    let mut canvas = RgbImage::new(layout.canvas.0, layout.canvas.1);
    let middle = |outer: u32, inner: u32| (i64::from(outer) - i64::from(inner)) / 2;
    let (left, top) = (middle(layout.canvas.0, layout.scaled.0), middle(layout.canvas.1, layout.scaled.1));
    imageops::replace(&mut canvas, &scaled, left, top);
    canvas
}
