//! One picture of a video.

use bytes::Bytes;
use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::encode;
use super::geometry::Fit;
use super::geometry::{LONGEST, Layout};
use crate::base::Watch;
use crate::base::guarded;
use crate::base::{Error, ErrorKind, Limits, Rational, Result};
use crate::ffmpeg::filters;
use crate::ffmpeg::{FilterChain, Frame};
use crate::media::{SeekPoint, TrackIndex};
use crate::plan::{Ladder, Pictures, Plan};
use crate::planner;
use crate::planner::AccessPoints;
use crate::probe;
use crate::segment::{KnownPicture, Mark, PictureReader, check_source};
use crate::source::SharedSource;

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

/// A still picture.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Thumbnail {
    /// The encoded picture.
    pub bytes: Bytes,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// When the picture comes into view, in seconds from the start.
    pub time: Rational,
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

impl ThumbnailOptions {
    /// The picture at `at`, in the video's own size, as JPEG.
    pub fn at(at: Position) -> Self {
        Self { at, ..Self::default() }
    }
}

/// Takes the picture that is shown at a position, the exact one unless the options say otherwise. Within the
/// default [`Limits`].
///
/// # Errors
/// [`InvalidArgument`](ErrorKind::InvalidArgument) for options out of range,
/// [`NothingToPlay`](ErrorKind::NothingToPlay) for a source without pictures, and those of
/// [`probe`](crate::probe()).
pub fn thumbnail(source: &SharedSource, options: &ThumbnailOptions) -> Result<Thumbnail> {
    thumbnail_within(source, options, &Limits::default())
}

/// As [`thumbnail`], within limits of the caller's.
///
/// # Errors
/// As [`thumbnail`].
pub fn thumbnail_within(source: &SharedSource, options: &ThumbnailOptions, limits: &Limits) -> Result<Thumbnail> {
    options.check()?;
    let (info, index) = probe::scan(source, limits)?;
    let no_picture =
        || Error::new(ErrorKind::NothingToPlay, format!("{} has no video to take a picture of", source.name()));
    let (track, video) = info.main_video().ok_or_else(no_picture)?;
    // The same clock as that of a package.
    let origin = planner::presentation_start(&info, &index, &Ladder::default()).ok_or_else(no_picture)?;
    let index = index.track(track.index).ok_or_else(no_picture)?;
    let (_, end) = index.span().ok_or_else(no_picture)?;
    let shown = shown_at(index, origin, end, options.at).ok_or_else(no_picture)?;
    let span = planner::PictureSpan { frame_rate: video.frame_rate, origin, end: None };
    let pictures = planner::pictures(video, index, &Ladder::default(), &span, None)?;
    let keyframe = if options.nearest_keyframe { index.nearest_keyframe(shown) } else { None };
    let (shown, from) = match keyframe {
        Some(packet) => (packet.time, packet.point),
        None => (shown, AccessPoints::of(index).before(shown).ok_or_else(no_picture)?),
    };
    let known = KnownPicture { time: shown, distance: index.distance(&from, shown) };
    let time = (index.time_base.times(shown) - origin).max(Rational::ZERO);
    Still { source, pictures: &pictures, origin, time, from: &from, known: Some(&known) }.take(
        options,
        limits,
        &Watch::default(),
    )
}

/// Takes the picture that the renditions of `plan` show at a position: of a clip with its own times, with its
/// watermark. Quicker than [`thumbnail`], as the plan tells where the picture is.
///
/// # Errors
/// [`InvalidArgument`](ErrorKind::InvalidArgument) for options out of range,
/// [`NothingToPlay`](ErrorKind::NothingToPlay) for a plan without pictures,
/// [`InvalidPlan`](ErrorKind::InvalidPlan) for one that was changed since it was made,
/// [`SourceChanged`](ErrorKind::SourceChanged) for another source than the planned one, and those of reading it.
pub fn plan_thumbnail(source: &SharedSource, plan: &Plan, options: &ThumbnailOptions) -> Result<Thumbnail> {
    guarded(|| {
        plan.verify()?;
        check_source(source, plan)?;
        planned(source, plan, options, &Watch::default())
    })
}

/// As [`plan_thumbnail`], of a plan that was checked.
pub(crate) fn planned(
    source: &SharedSource,
    plan: &Plan,
    options: &ThumbnailOptions,
    watch: &Watch,
) -> Result<Thumbnail> {
    options.check()?;
    let no_picture = || Error::new(ErrorKind::NothingToPlay, "the plan has no video to take a picture of");
    let pictures = plan.video.as_ref().ok_or_else(no_picture)?;
    let number = pictures.frame_at(options.at.seconds(pictures.time_of(pictures.frames)));
    let exact = pictures.time_of(number);
    let from = pictures.seek_point(number).ok_or_else(no_picture)?;
    // Of the keyframes a plan knows those that decoding begins with.
    let keyframe = from.pts.map(|time| (pictures.time_base.times(time) - plan.origin).max(Rational::ZERO));
    let time = keyframe.filter(|_| options.nearest_keyframe).unwrap_or(exact);
    Still { source, pictures, origin: plan.origin, time, from, known: None }.take(options, &Limits::default(), watch)
}

/// One picture of a source, and how to get at it.
struct Still<'a> {
    source: &'a SharedSource,
    pictures: &'a Pictures,
    origin: Rational,
    /// Seconds of the presentation.
    time: Rational,
    from: &'a SeekPoint,
    known: Option<&'a KnownPicture>,
}

impl Still<'_> {
    fn take(&self, options: &ThumbnailOptions, limits: &Limits, watch: &Watch) -> Result<Thumbnail> {
        let Self { source, pictures, origin, time, from, known } = *self;
        let mut renderer = Renderer::new(pictures, options)?;
        let mut reader = PictureReader::open(source, pictures, origin, limits, watch)?;
        let picture = renderer.render(reader.picture_at(pictures, from, time, known)?)?;
        watch.check()?;
        let ((width, height), bytes) = (picture.dimensions(), encode::encode(&picture, options.format)?);
        Ok(Thumbnail { bytes, width, height, time })
    }
}

/// Makes stills of decoded pictures.
pub(super) struct Renderer<'a> {
    pictures: &'a Pictures,
    layout: Layout,
    chain: FilterChain,
    mark: Option<Mark>,
}

impl<'a> Renderer<'a> {
    pub(super) fn new(pictures: &'a Pictures, options: &ThumbnailOptions) -> Result<Self> {
        let layout = Layout::new((pictures.width, pictures.height), options.width, options.height, options.fit);
        let chain = FilterChain::new(&filters::to_rgb(pictures.format(), layout.scaled.0, layout.scaled.1))?;
        let mark = mark(pictures, &layout)?;
        Ok(Self { pictures, layout, chain, mark })
    }

    pub(super) fn render(&mut self, mut frame: Frame) -> Result<RgbImage> {
        let Self { pictures, layout, .. } = self;
        // The decoder's picture may lie on its side and have other pixels than square ones.
        let (across, down) = layout.part_of((pictures.width, pictures.height));
        let (across, down) = if pictures.rotation % 180 == 90 { (down, across) } else { (across, down) };
        frame.keep_middle(across, down)?;
        let mut converted = None;
        self.chain.push(frame, |frame| {
            converted = frame.pixels();
            Ok(())
        })?;
        let pixels = converted.ok_or_else(|| Error::new(ErrorKind::Internal, "the picture could not be converted"))?;
        encode::compose(pixels, layout, self.mark.as_ref())
    }
}

/// The watermark of the renditions, as it is on a picture of this layout.
fn mark(pictures: &Pictures, layout: &Layout) -> Result<Option<Mark>> {
    let video = (pictures.width, pictures.height);
    let (whole, (left, top)) = layout.whole(video);
    // Of a video that is cut to a thin stripe nobody would know it.
    let watermark = pictures.watermark.as_ref().filter(|_| whole.0.max(whole.1) <= 2 * LONGEST);
    watermark.map(|watermark| Ok(Mark::new(watermark, whole, video)?.for_part(left, top))).transpose()
}

impl ThumbnailOptions {
    /// Says which option is out of its range, if one is.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument), naming the option and its range.
    pub fn check(&self) -> Result<()> {
        for (name, side) in [("width", self.width), ("height", self.height)] {
            if let Some(side) = side.filter(|side| !(1..=LONGEST).contains(side)) {
                let message = format!("the thumbnail's {name} is {side}, but must be from 1 to {LONGEST}");
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

/// The time, in ticks, of the frame in view at a position: the last one that starts at or before it.
fn shown_at(index: &TrackIndex, start: Rational, end: Rational, at: Position) -> Option<i64> {
    let times = index.shown_times();
    // Rounded to the nearest tick: the container rounds the times of its frames in the same way.
    let ticks = index.time_base.ticks(start + at.seconds(end - start));
    let after = times.partition_point(|&time| time <= ticks);
    times.get(after.saturating_sub(1)).copied()
}
