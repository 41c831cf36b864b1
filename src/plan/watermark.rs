//! A picture over all pictures of a video.

use std::io::Cursor;

use bytes::Bytes;
use image::{ImageReader, Limits, RgbaImage};
use serde::{Deserialize, Serialize};

use crate::base::{Error, Result, setters};

/// The most bytes that a watermark's picture has: each plan carries it.
const MAX_BYTES: usize = 256 << 10;

/// The longest side of a watermark's own picture.
const MAX_SECONDS: u32 = 2048;

/// A picture that is put over all pictures of a video: a logo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Watermark {
    /// The picture: PNG, JPEG or WebP, of 256 KiB and 2048 pixels a side at most. In JSON in hexadecimal.
    #[serde(with = "as_hex")]
    pub image: Bytes,
    /// Where it is. Default: upper right.
    #[serde(default)]
    pub position: WatermarkPosition,
    /// How opaque it is, 0.0 (not to be seen) to 1.0 (as the picture itself is). Default: 1.0.
    #[serde(default = "opaque")]
    pub opacity: f64,
    /// Its distance from the video's edges, as a part of the video's short side, 0.0 to 1.0. Default: 0.05.
    #[serde(default = "usual_padding")]
    pub padding: f64,
    /// Its size: the part of the video's width, or height, that it fills, whichever it reaches first, 0.0 to 1.0. At
    /// 0.0 it has its own size in pixels of the source. Default: 0.15.
    #[serde(default = "usual_scale")]
    pub scale: f64,
}

/// Where a watermark is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WatermarkPosition {
    /// On the left, at the top.
    UpperLeft,
    /// On the right, at the top.
    #[default]
    UpperRight,
    /// On the left, at the bottom.
    LowerLeft,
    /// On the right, at the bottom.
    LowerRight,
    /// In the middle, whatever the padding.
    Center,
}

fn opaque() -> f64 {
    1.0
}

fn usual_padding() -> f64 {
    0.05
}

fn usual_scale() -> f64 {
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
        let bytes = hex::decode(&text).ok_or_else(|| D::Error::custom("the picture is not in hexadecimal"))?;
        Ok(bytes.into())
    }
}

/// A part of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

setters!(Watermark { position: WatermarkPosition, opacity: f64, padding: f64, scale: f64 });

impl Watermark {
    /// This picture, in the upper right, opaque, with the usual distance and size.
    pub fn new(image: impl Into<Bytes>) -> Self {
        Self {
            image: image.into(),
            position: WatermarkPosition::default(),
            opacity: opaque(),
            padding: usual_padding(),
            scale: usual_scale(),
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let parts = [("opacity", self.opacity), ("padding", self.padding), ("scale", self.scale)];
        if let Some((name, value)) = parts.into_iter().find(|(_, value)| !(0.0..=1.0).contains(value)) {
            return Err(Error::invalid(format!("the watermark's {name} is {value}, but must be from 0.0 to 1.0")));
        }
        let bytes = self.image.len();
        if bytes > MAX_BYTES {
            let message = format!("the watermark's picture has {bytes} bytes, but {MAX_BYTES} at most");
            return Err(Error::invalid(message));
        }
        Ok(())
    }

    /// Width and height of its own picture in pixels, once it is clear that plans can have it.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) where a number of it is out of its range, or its
    /// picture cannot be read or has more than 256 KiB or 2048 pixels a side.
    pub fn size(&self) -> Result<(u32, u32)> {
        self.check()?;
        Ok(self.picture()?.dimensions())
    }

    /// Reads the picture. Plans are made, and stand, by what this says of it.
    pub(crate) fn picture(&self) -> Result<RgbaImage> {
        let failed = |cause: image::ImageError| {
            let message =
                "the watermark cannot be read: it has to be a PNG, JPEG or WebP of 2048 pixels a side at most";
            Error::invalid(message).with_cause(cause)
        };
        let mut limits = Limits::default();
        (limits.max_image_width, limits.max_image_height) = (Some(MAX_SECONDS), Some(MAX_SECONDS));
        let mut reader = ImageReader::new(Cursor::new(&self.image));
        reader.limits(limits);
        let picture = reader.with_guessed_format().map_err(|cause| failed(cause.into()))?.decode().map_err(failed)?;
        Ok(picture.into_rgba8())
    }

    /// Where an image of the size `own` is on pictures of the size `video`, of a source of the size `source`. Its left
    /// and its top are even: colours lie on every second pixel.
    pub(crate) fn area(&self, own: (u32, u32), video: (u32, u32), source: (u32, u32)) -> Area {
        let ratio = |one: u32, other: u32| f64::from(one) / f64::from(other.max(1));
        let room = ratio(video.0, own.0).min(ratio(video.1, own.1));
        let factor = if self.scale > 0.0 { room * self.scale } else { room.min(ratio(video.0, source.0)) };
        let scaled = |side: u32, most: u32| ((f64::from(side) * factor).round() as u32).clamp(1, most.max(1));
        let (width, height) = (scaled(own.0, video.0), scaled(own.1, video.1));
        let padding = (self.padding * f64::from(video.0.min(video.1))).round() as u32;
        let (across, down) = (video.0.saturating_sub(width), video.1.saturating_sub(height));
        let (near_x, near_y) = (padding.min(across), padding.min(down));
        let (left, top) = match self.position {
            WatermarkPosition::UpperLeft => (near_x, near_y),
            WatermarkPosition::UpperRight => (across - near_x, near_y),
            WatermarkPosition::LowerLeft => (near_x, down - near_y),
            WatermarkPosition::LowerRight => (across - near_x, down - near_y),
            WatermarkPosition::Center => (across / 2, down / 2),
        };
        Area { left: left & !1, top: top & !1, width, height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(change: impl FnOnce(&mut Watermark), video: (u32, u32)) -> (u32, u32, u32, u32) {
        let mut watermark = Watermark::new(Bytes::new());
        change(&mut watermark);
        let Area { left, top, width, height } = watermark.area((200, 100), video, (1280, 720));
        (left, top, width, height)
    }

    #[test]
    fn it_keeps_its_shape_and_its_distance_in_all_corners() {
        use WatermarkPosition::{Center, LowerLeft, LowerRight, UpperLeft};
        // A scale of 0.15 of 1280 is 192 pixels; a twentieth of 720 is 36.
        assert_eq!(area(|_| {}, (1280, 720)), (1280 - 192 - 36, 36, 192, 96));
        assert_eq!(area(|overlay| overlay.position = UpperLeft, (1280, 720)), (36, 36, 192, 96));
        assert_eq!(area(|overlay| overlay.position = LowerLeft, (1280, 720)), (36, 720 - 96 - 36, 192, 96));
        assert_eq!(area(|overlay| overlay.position = LowerRight, (1280, 720)), (1052, 588, 192, 96));
        assert_eq!(area(|overlay| overlay.position = Center, (1280, 720)), (544, 312, 192, 96));
        assert_eq!(area(|_| {}, (360, 640)), (360 - 54 - 18, 18, 54, 27));
    }

    #[test]
    fn it_never_leaves_the_picture() {
        assert_eq!(area(|overlay| overlay.scale = 1.0, (1280, 720)), (0, 36, 1280, 640));
        assert_eq!(area(|overlay| overlay.padding = 1.0, (1280, 720)), (368, 624, 192, 96));
        assert_eq!(area(|overlay| overlay.scale = 0.001, (2, 2)), (0, 0, 1, 1));
    }

    #[test]
    fn without_a_scale_it_has_its_own_pixels() {
        assert_eq!(area(|overlay| overlay.scale = 0.0, (1280, 720)).2, 200);
        assert_eq!(area(|overlay| overlay.scale = 0.0, (640, 360)), (640 - 100 - 18, 18, 100, 50));
    }
}
