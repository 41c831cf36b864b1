//! Options of thumbnails.

use serde::{Deserialize, Serialize};

use super::geometry::{Fit, MAX_SIDE};
use crate::base::{Error, Rational, Result, setters};

/// Which frame a thumbnail shows, its size and its format.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ThumbnailOptions {
    /// Position of the frame. Default: the first frame.
    pub at: Position,
    /// Whether to take the nearest keyframe instead of the exact frame, which is faster the farther apart keyframes
    /// are. Default: no.
    pub nearest_keyframe: bool,
    /// Width in pixels, 1 to 8192; `None`: follows from the height and the aspect ratio, or is that of the video.
    pub width: Option<u32>,
    /// Height in pixels, 1 to 8192; `None`: follows from the width and the aspect ratio, or is that of the video.
    pub height: Option<u32>,
    /// What to do if width and height do not have the video's aspect ratio. Default: crop.
    pub fit: Fit,
    /// The image format. Default: JPEG.
    pub format: ImageFormat,
    /// Quality of JPEG and lossy WebP, 1 to 100 on the scales of libjpeg and libwebp. Default: 85 of JPEG, 80 of WebP.
    pub quality: Option<u8>,
    /// Whether WebP is lossless, and then about three times as large. Default: no.
    pub lossless: bool,
    /// How much of colour JPEG keeps. Default: a quarter.
    pub chroma: ChromaSampling,
}

/// A position in a video.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Position {
    /// A fraction of the duration, 0.0 (the first frame) to 1.0 (the last).
    Fraction(f64),
    /// A time in seconds from the start; past the end, the last frame.
    Seconds(Rational),
}

/// Image formats of thumbnails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageFormat {
    /// JPEG.
    #[default]
    Jpeg,
    /// PNG.
    Png,
    /// WebP, lossy unless [`lossless`](ThumbnailOptions::lossless) is asked for.
    WebP,
    /// Raw pixels for hosts that draw them: three bytes each (red, green, blue), rows from the top without padding.
    Rgb,
}

/// How many samples of colour there are for those of brightness.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChromaSampling {
    /// One for four pixels (4:2:0), as in nearly all videos.
    #[default]
    #[serde(rename = "4:2:0")]
    Quarter,
    /// One for each pixel (4:4:4), for sharp edges between colours: text and drawings.
    #[serde(rename = "4:4:4")]
    Full,
}

impl Position {
    /// The position in seconds, in a video that lasts `duration`.
    pub(super) fn seconds(self, duration: Rational) -> Rational {
        match self {
            // To a millionth of the duration, which keeps numerator and denominator small.
            Self::Fraction(fraction) => duration * Rational::new((fraction * 1e6).round() as i64, 1_000_000),
            Self::Seconds(seconds) => seconds,
        }
    }
}

impl Default for ThumbnailOptions {
    fn default() -> Self {
        Self {
            at: Position::Fraction(0.0),
            nearest_keyframe: false,
            width: None,
            height: None,
            fit: Fit::default(),
            format: ImageFormat::default(),
            quality: None,
            lossless: false,
            chroma: ChromaSampling::default(),
        }
    }
}

setters!(ThumbnailOptions {
    at: Position,
    nearest_keyframe: bool,
    width: into Option<u32>,
    height: into Option<u32>,
    fit: Fit,
    format: ImageFormat,
    quality: into Option<u8>,
    lossless: bool,
    chroma: ChromaSampling,
});

impl ThumbnailOptions {
    /// Checks that all options are in range.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument), naming the option and its range.
    pub fn check(&self) -> Result<()> {
        for (name, side) in [("width", self.width), ("height", self.height)] {
            if let Some(side) = side.filter(|side| !(1..=MAX_SIDE).contains(side)) {
                let message = format!("the thumbnail's {name} is {side}, but must be from 1 to {MAX_SIDE}");
                return Err(Error::invalid(message));
            }
        }
        if let Some(quality) = self.quality.filter(|quality| !(1..=100).contains(quality)) {
            return Err(Error::invalid(format!("the thumbnail's quality is {quality}, but must be from 1 to 100")));
        }
        match self.at {
            Position::Fraction(fraction) if !(0.0..=1.0).contains(&fraction) => {
                Err(Error::invalid(format!("the thumbnail's fraction is {fraction}, but must be from 0.0 to 1.0")))
            }
            Position::Seconds(time) if time < Rational::ZERO => {
                Err(Error::invalid(format!("the thumbnail's time is {time}, but must not be below 0")))
            }
            _ => Ok(()),
        }
    }
}
