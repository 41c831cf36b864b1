//! Animations: a few seconds of a video as a GIF.

use bytes::Bytes;
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, Frame};

use super::geometry::Layout;
use super::maker::{ThumbnailMaker, no_video};
use super::options::ThumbnailOptions;
use crate::base::{Error, ErrorKind, Rational, Result, guarded, setters};
use crate::plan::Plan;
use crate::source::Source;

/// Maximum width and height: GIF compresses video badly, and a larger animation takes tens of megabytes.
const MAX_SIDE: u32 = 1280;
/// Height if no size is asked for.
const DEFAULT_HEIGHT: u32 = 360;
/// Speed of the colour quantiser, from 1 (best) to 30 (fastest). The gif crate recommends 10 as a compromise
/// (`Frame::from_rgba_speed`).
const QUANTISER_SPEED: i32 = 10;

/// Which part of a video an animation shows, its size and its frame rate.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AnimationOptions {
    /// The position that it starts at, and its size: at most 1280 pixels a side, by default 360 lines, or the video's
    /// height if that is less. The format and [`nearest_keyframe`](ThumbnailOptions::nearest_keyframe) are ignored.
    pub first: ThumbnailOptions,
    /// Duration in seconds, 0.1 to 60; cut short at the end of the video. Default: 5.
    pub seconds: Rational,
    /// Frames per second, 1 to 30. Default: 8.
    pub frame_rate: Rational,
}

impl Default for AnimationOptions {
    fn default() -> Self {
        Self { first: ThumbnailOptions::default(), seconds: 5.into(), frame_rate: 8.into() }
    }
}

setters!(AnimationOptions { first: ThumbnailOptions, seconds: into Rational, frame_rate: into Rational });

impl AnimationOptions {
    /// Checks that all options are in range.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument), naming the option and its range.
    pub fn check(&self) -> Result<()> {
        self.first.check()?;
        let (min, max) = (Rational::new(1, 10), Rational::from(60));
        if !(min..=max).contains(&self.seconds) {
            let message = format!("the animation lasts {} seconds, but must last from 0.1 to 60", self.seconds);
            return Err(Error::invalid(message));
        }
        if !(Rational::from(1)..=Rational::from(30)).contains(&self.frame_rate) {
            let message = format!("the animation's frame rate is {}, but must be from 1 to 30", self.frame_rate);
            return Err(Error::invalid(message));
        }
        let side = [self.first.width, self.first.height].into_iter().flatten().max().unwrap_or(1);
        if side > MAX_SIDE {
            let message = format!("a side of the animation is {side} pixels, but may be at most {MAX_SIDE}");
            return Err(Error::invalid(message));
        }
        Ok(())
    }
}

/// Makes an endlessly looping GIF of a few seconds, showing the video as the renditions of `plan` do.
///
/// # Errors
/// As [`plan_thumbnail`](crate::plan_thumbnail).
pub fn plan_animation(source: &Source, plan: &Plan, options: &AnimationOptions) -> Result<Bytes> {
    options.check()?;
    guarded(|| encode(ThumbnailMaker::new(source, plan)?, plan, options))
}

fn encode(mut maker: ThumbnailMaker, plan: &Plan, options: &AnimationOptions) -> Result<Bytes> {
    let failed = |cause: image::ImageError| {
        Error::new(ErrorKind::Encode, "the animation could not be encoded").with_cause(cause)
    };
    let source = plan.source_video().ok_or_else(|| no_video("an animation"))?;
    let first = bounded_size(&options.first, source.size());
    let end = source.duration();
    let start = options.first.at.seconds(end).min(end - source.frame_rate.recip());
    let seconds = options.seconds.min(end - start);
    let count = (seconds * options.frame_rate).round().max(1);
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, QUANTISER_SPEED);
    encoder.set_repeat(Repeat::Infinite).map_err(failed)?;
    // GIF counts in hundredths of a second. Rounding the times instead of the delays keeps the errors from adding up.
    let hundredths = |number: i64| (Rational::from(number * 100) / options.frame_rate).round();
    for number in 0..count {
        let time = source.time_of(source.frame_at(start + Rational::from(number) / options.frame_rate));
        let frame = maker.frame(source, time, true)?;
        let image = maker.render(source, frame, &first)?;
        let image = DynamicImage::from(image).into_rgba8();
        let delay = u32::try_from(hundredths(number + 1) - hundredths(number)).unwrap_or(1);
        encoder
            .encode_frame(Frame::from_parts(image, 0, 0, Delay::from_numer_denom_ms(delay * 10, 1)))
            .map_err(failed)?;
    }
    drop(encoder);
    Ok(bytes.into())
}

/// The options with a default size, and reduced to [`MAX_SIDE`] if the video's aspect ratio makes a side longer.
fn bounded_size(requested: &ThumbnailOptions, video: (u32, u32)) -> ThumbnailOptions {
    let mut options = requested.clone();
    if options.width.is_none() && options.height.is_none() {
        options.height = Some(DEFAULT_HEIGHT.min(video.1));
    }
    let (width, height) = Layout::new(video, options.width, options.height, options.fit).canvas;
    if width > MAX_SIDE {
        (options.width, options.height) = (Some(MAX_SIDE), None);
    } else if height > MAX_SIDE {
        (options.width, options.height) = (None, Some(MAX_SIDE));
    }
    options
}
