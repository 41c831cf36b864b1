//! Watermarks: an image over the whole video, and where it goes.

use std::io::Cursor;

use bytes::Bytes;
use image::{ImageReader, Limits, RgbaImage};
use serde::{Deserialize, Serialize};

use crate::base::{Error, Result, setters};

/// Maximum size of the image file: every copy of the plan carries it.
const MAX_BYTES: usize = 256 << 10;

/// Maximum width and height of the image, which keeps it at 16 MiB decoded. At the largest scale it covers a 1080p
/// frame without being scaled up.
const MAX_IMAGE_SIDE: u32 = 2048;

/// An image, such as a logo, that is laid over every frame of a video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Watermark {
    /// The image file: PNG, JPEG or WebP, at most 256 KiB and 2048 pixels a side. Hexadecimal in JSON.
    #[serde(with = "as_hex")]
    pub image: Bytes,
    /// Position in the frame. Default: upper right.
    #[serde(default)]
    pub position: WatermarkPosition,
    /// Opacity, 0.0 (invisible) to 1.0 (as opaque as the image itself). Default: 1.0.
    #[serde(default = "default_opacity")]
    pub opacity: f64,
    /// Distance from the edges of the frame as a fraction of its short side, 0.0 to 1.0. Default: 0.05.
    #[serde(default = "default_padding")]
    pub padding: f64,
    /// Size as the fraction of the frame's width or height that it fills, whichever it reaches first, 0.0 to 1.0. At
    /// 0.0 each pixel of the image covers one pixel of the source. Default: 0.15.
    #[serde(default = "default_scale")]
    pub scale: f64,
}

/// Position of a watermark in the frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WatermarkPosition {
    /// Top left corner.
    UpperLeft,
    /// Top right corner.
    #[default]
    UpperRight,
    /// Bottom left corner.
    LowerLeft,
    /// Bottom right corner.
    LowerRight,
    /// Centre, whatever the padding.
    Center,
}

fn default_opacity() -> f64 {
    1.0
}

fn default_padding() -> f64 {
    0.05
}

fn default_scale() -> f64 {
    0.15
}

mod as_hex {
    use super::Bytes;
    use crate::base::hex;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let bytes = hex::decode(&text).ok_or_else(|| D::Error::custom("the image is not in hexadecimal"))?;
        Ok(bytes.into())
    }
}

/// A rectangle of a frame in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

setters!(Watermark { position: WatermarkPosition, opacity: f64, padding: f64, scale: f64 });

impl Watermark {
    /// A watermark of this image with default position, opacity, padding and scale.
    pub fn new(image: impl Into<Bytes>) -> Self {
        Self {
            image: image.into(),
            position: WatermarkPosition::default(),
            opacity: default_opacity(),
            padding: default_padding(),
            scale: default_scale(),
        }
    }

    /// Checks everything but the image's content, which [`decode`](Self::decode) does.
    pub(crate) fn check(&self) -> Result<()> {
        let fractions = [("opacity", self.opacity), ("padding", self.padding), ("scale", self.scale)];
        if let Some((name, value)) = fractions.into_iter().find(|(_, value)| !(0.0..=1.0).contains(value)) {
            return Err(Error::invalid(format!("the watermark's {name} is {value}, but must be from 0.0 to 1.0")));
        }
        let bytes = self.image.len();
        if bytes > MAX_BYTES {
            let message = format!("the watermark's image has {bytes} bytes, but may have at most {MAX_BYTES}");
            return Err(Error::invalid(message));
        }
        Ok(())
    }

    /// Checks the watermark and returns the width and height of its image in pixels.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) if a setting is out of range, or the image cannot be
    /// decoded or is larger than 256 KiB or 2048 pixels a side.
    pub fn size(&self) -> Result<(u32, u32)> {
        self.check()?;
        Ok(self.decode()?.dimensions())
    }

    /// Decodes the image.
    pub(crate) fn decode(&self) -> Result<RgbaImage> {
        let failed = |cause: image::ImageError| {
            let message =
                "the watermark cannot be read: it must be a PNG, JPEG or WebP image of at most 2048 pixels a side";
            Error::invalid(message).with_cause(cause)
        };
        let mut limits = Limits::default();
        (limits.max_image_width, limits.max_image_height) = (Some(MAX_IMAGE_SIDE), Some(MAX_IMAGE_SIDE));
        let mut reader = ImageReader::new(Cursor::new(&self.image));
        reader.limits(limits);
        let image = reader.with_guessed_format().map_err(|cause| failed(cause.into()))?.decode().map_err(failed)?;
        Ok(image.into_rgba8())
    }

    /// The area that an image of size `image` covers on frames of size `frame`, made from a source of size `source`.
    /// Left and top are even, as chroma is subsampled by two.
    pub(crate) fn area(&self, image: (u32, u32), frame: (u32, u32), source: (u32, u32)) -> Area {
        let ratio = |one: u32, other: u32| f64::from(one) / f64::from(other.max(1));
        let largest_factor = ratio(frame.0, image.0).min(ratio(frame.1, image.1));
        let factor =
            if self.scale > 0.0 { largest_factor * self.scale } else { largest_factor.min(ratio(frame.0, source.0)) };
        let scaled = |side: u32, max: u32| ((f64::from(side) * factor).round() as u32).clamp(1, max.max(1));
        let (width, height) = (scaled(image.0, frame.0), scaled(image.1, frame.1));
        let padding = (self.padding * f64::from(frame.0.min(frame.1))).round() as u32;
        let (free_x, free_y) = (frame.0.saturating_sub(width), frame.1.saturating_sub(height));
        let (near_x, near_y) = (padding.min(free_x), padding.min(free_y));
        let (left, top) = match self.position {
            WatermarkPosition::UpperLeft => (near_x, near_y),
            WatermarkPosition::UpperRight => (free_x - near_x, near_y),
            WatermarkPosition::LowerLeft => (near_x, free_y - near_y),
            WatermarkPosition::LowerRight => (free_x - near_x, free_y - near_y),
            WatermarkPosition::Center => (free_x / 2, free_y / 2),
        };
        Area { left: left & !1, top: top & !1, width, height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(change: impl FnOnce(&mut Watermark), frame: (u32, u32)) -> (u32, u32, u32, u32) {
        let mut watermark = Watermark::new(Bytes::new());
        change(&mut watermark);
        let Area { left, top, width, height } = watermark.area((200, 100), frame, (1280, 720));
        (left, top, width, height)
    }

    #[test]
    fn aspect_ratio_and_padding_are_kept_at_all_positions() {
        use WatermarkPosition::{Center, LowerLeft, LowerRight, UpperLeft};
        // A scale of 0.15 of 1280 is 192 pixels; a twentieth of 720 is 36.
        assert_eq!(area(|_| {}, (1280, 720)), (1280 - 192 - 36, 36, 192, 96));
        assert_eq!(area(|watermark| watermark.position = UpperLeft, (1280, 720)), (36, 36, 192, 96));
        assert_eq!(area(|watermark| watermark.position = LowerLeft, (1280, 720)), (36, 720 - 96 - 36, 192, 96));
        assert_eq!(area(|watermark| watermark.position = LowerRight, (1280, 720)), (1052, 588, 192, 96));
        assert_eq!(area(|watermark| watermark.position = Center, (1280, 720)), (544, 312, 192, 96));
        assert_eq!(area(|_| {}, (360, 640)), (360 - 54 - 18, 18, 54, 27));
    }

    #[test]
    fn it_stays_within_the_frame() {
        assert_eq!(area(|watermark| watermark.scale = 1.0, (1280, 720)), (0, 36, 1280, 640));
        assert_eq!(area(|watermark| watermark.padding = 1.0, (1280, 720)), (368, 624, 192, 96));
        assert_eq!(area(|watermark| watermark.scale = 0.001, (2, 2)), (0, 0, 1, 1));
    }

    #[test]
    fn scale_zero_keeps_pixels_of_the_source() {
        assert_eq!(area(|watermark| watermark.scale = 0.0, (1280, 720)).2, 200);
        assert_eq!(area(|watermark| watermark.scale = 0.0, (640, 360)), (640 - 100 - 18, 18, 100, 50));
    }
}
