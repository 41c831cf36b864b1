//! From scaled pixels to an image file.

use bytes::Bytes;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage, imageops};

use super::geometry::Layout;
use super::memory::Memory;
use super::options::{ImageFormat, ThumbnailOptions};
use super::{jpeg, webp};
use crate::base::{Error, ErrorKind, Result};
use crate::segment::Overlay;

/// Quality on libjpeg's scale if none is asked for: above its default of 75, as posters are shown large.
const JPEG_QUALITY: u8 = 85;
/// The same on libwebp's scale.
const WEBP_QUALITY: u8 = 80;

/// Draws the overlay on the scaled pixels and centres them on the canvas.
pub(super) fn compose(pixels: Vec<u8>, layout: &Layout, overlay: Option<&Overlay>) -> Result<RgbImage> {
    let (width, height) = layout.scaled;
    let mut scaled = RgbImage::from_raw(width, height, pixels)
        .ok_or_else(|| Error::new(ErrorKind::Internal, "the thumbnail's pixels do not fill its size"))?;
    overlay.into_iter().for_each(|overlay| overlay.draw_on(&mut scaled));
    Ok(on_canvas(scaled, layout))
}

/// Encodes an image in the format of the options. Bare pixels go back to `memory` once nobody has them any more.
pub(super) fn encode(image: RgbImage, options: &ThumbnailOptions, memory: &Memory) -> Result<Bytes> {
    let failed = |cause: image::ImageError| encode_error().with_cause(cause);
    let (width, height) = image.dimensions();
    let mut bytes = Vec::new();
    let colour = ExtendedColorType::Rgb8;
    match options.format {
        ImageFormat::Jpeg => {
            let made = jpeg::encode(&image, options.quality.unwrap_or(JPEG_QUALITY), options.chroma);
            return made.map(Bytes::from).map_err(|cause| encode_error().with_cause(cause));
        }
        ImageFormat::Rgb => return Ok(memory.lend(image.into_raw())),
        ImageFormat::WebP if !options.lossless => {
            return webp::encode(&image, options.quality.unwrap_or(WEBP_QUALITY)).ok_or_else(encode_error);
        }
        ImageFormat::Png => PngEncoder::new(&mut bytes).write_image(&image, width, height, colour),
        ImageFormat::WebP => WebPEncoder::new_lossless(&mut bytes).write_image(&image, width, height, colour),
    }
    .map_err(failed)?;
    Ok(bytes.into())
}

fn encode_error() -> Error {
    Error::new(ErrorKind::Encode, "the thumbnail could not be encoded")
}

fn on_canvas(scaled: RgbImage, layout: &Layout) -> RgbImage {
    if layout.scaled == layout.canvas {
        return scaled;
    }
    let mut canvas = RgbImage::new(layout.canvas.0, layout.canvas.1);
    let centre = |outer: u32, inner: u32| (i64::from(outer) - i64::from(inner)) / 2;
    let (left, top) = (centre(layout.canvas.0, layout.scaled.0), centre(layout.canvas.1, layout.scaled.1));
    imageops::replace(&mut canvas, &scaled, left, top);
    canvas
}
