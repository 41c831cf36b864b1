//! Which picture is taken, and how it comes out.

use serde::{Deserialize, Serialize};

use super::geometry::{Fit, MAX_SIDE};
use crate::base::{Error, Rational, Result, setters};

/// Which picture, how large, and in which format.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ThumbnailOptions {
    /// Which picture. Default: the first.
    pub at: Position,
    /// Whether the nearest keyframe does instead of the exact picture: quicker the farther apart keyframes are.
    /// Default: no.
    pub nearest_keyframe: bool,
    /// Width in pixels, 1 to 8192; `None`: as the height asks for, or that of the video.
    pub width: Option<u32>,
    /// Height in pixels, 1 to 8192; `None`: as the width asks for, or that of the video.
    pub height: Option<u32>,
    /// What happens where width and height have another shape than the video. Default: crop.
    pub fit: Fit,
    /// The format of the bytes. Default: JPEG.
    pub format: ImageFormat,
}

/// A picture of a video, by when it is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Position {
    /// At a fraction of the duration, 0.0 (the first picture) to 1.0 (the last).
    Fraction(f64),
    /// At a time, in seconds from the start. Times behind the end mean the last picture.
    Seconds(Rational),
}

/// Formats of still pictures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageFormat {
    /// JPEG of quality 85.
    #[default]
    Jpeg,
    /// PNG.
    Png,
    /// WebP without loss.
    WebP,
    /// Bare pixels for hosts that draw: three bytes each (red, green, blue), row after row without gaps,
    /// from the top.
    Rgb,
}

impl Position {
    /// Seconds from the start of a video that lasts `duration`.
    pub(super) fn seconds(self, duration: Rational) -> Rational {
        match self {
            // A fraction is a wish, not a measured time: microseconds tell it well enough.
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
});

impl ThumbnailOptions {
    /// Says which option is out of its range, if one is.
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
