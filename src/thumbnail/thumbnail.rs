//! Thumbnails of a source or of a plan.

use bytes::Bytes;
use image::RgbImage;

use super::encode;
use super::options::{Position, ThumbnailOptions};
use super::render::Renderer;
use crate::base::{Error, ErrorKind, Rational, Result, guarded};
use crate::ffmpeg::colour_tags;
use crate::media::{FrameIndex, MediaInfo, SeekPoint, TrackIndex};
use crate::plan::{Ladder, Plan, SourceVideo};
use crate::planner::{self, AccessPoints};
use crate::probe;
use crate::segment::{FrameReader, TargetFrame, check_source};
use crate::source::{Context, Source};

/// A frame of a video as an image.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Thumbnail {
    /// The encoded image.
    pub bytes: Bytes,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Presentation time of the frame in seconds.
    pub time: Rational,
}

/// Makes a thumbnail of the frame at a position, the exact one unless the options say otherwise; of a source without
/// video, of its cover picture.
///
/// # Errors
/// [`InvalidArgument`](ErrorKind::InvalidArgument) for options out of range,
/// [`NothingToPlay`](ErrorKind::NothingToPlay) for a source without video or cover, and those of
/// [`probe`](crate::probe()).
pub fn thumbnail(source: &Source, options: &ThumbnailOptions) -> Result<Thumbnail> {
    options.check()?;
    guarded(|| of_source(&Context::timed(source), options))
}

fn of_source(context: &Context, options: &ThumbnailOptions) -> Result<Thumbnail> {
    let name = context.source.name();
    let no_video = || Error::new(ErrorKind::NothingToPlay, format!("{name} has no video to make a thumbnail of"));
    let (info, index) = probe::scan(context)?;
    let context = &context.numbered(index.pids.as_ref());
    let Some((track, video)) = info.main_video() else {
        return of_cover(context, &info, &index, options)?.ok_or_else(no_video);
    };
    // Times as in a package of this source.
    let origin = planner::presentation_start(&info, &index, &Ladder::default()).ok_or_else(no_video)?;
    let index = index.track(track.index).ok_or_else(no_video)?;
    let (_, end) = index.span().ok_or_else(no_video)?;
    let shown = shown_at(index, origin, end, options.at).ok_or_else(no_video)?;
    let span = planner::VideoSpan { frame_rate: video.frame_rate, origin, end: None };
    let source = &planner::source_video(video, index, &Ladder::default(), &span, None)?;
    let keyframe = if options.nearest_keyframe { index.nearest_keyframe(shown) } else { None };
    let (shown, seek) = match keyframe {
        Some(packet) => (packet.time, packet.point),
        None => (shown, AccessPoints::of(index).before(shown).ok_or_else(no_video)?),
    };
    let target = TargetFrame { time: shown, distance: index.distance(&seek, shown) };
    let time = (index.time_base.times(shown) - origin).max(Rational::ZERO);
    FrameRequest { context, source, origin, time, seek: &seek, target: Some(&target) }.thumbnail(options)
}

/// The thumbnail of a source without video: its cover picture, if it has one.
pub(crate) fn cover(context: &Context, options: &ThumbnailOptions) -> Result<Option<Thumbnail>> {
    let (info, index) = probe::scan(context)?;
    of_cover(&context.numbered(index.pids.as_ref()), &info, &index, options)
}

fn of_cover(
    context: &Context,
    info: &MediaInfo,
    index: &FrameIndex,
    options: &ThumbnailOptions,
) -> Result<Option<Thumbnail>> {
    let found = info.cover().and_then(|(track, cover)| Some((cover, index.track(track.index)?)));
    let Some((cover, index)) = found else { return Ok(None) };
    // It is a video of one frame, whatever its packet says of its duration.
    let start = index.span().map_or(Rational::ZERO, |(start, _)| start);
    let end = Some(start + Rational::from(1));
    let span = planner::VideoSpan { frame_rate: Rational::from(1), origin: start, end };
    let source = planner::source_video(cover, index, &Ladder::default(), &span, None)?;
    let Some(mut frame) = probe::first_frame(context, index.track)? else { return Ok(None) };
    frame.set_colour(&colour_tags(&source.colour));
    let image = Renderer::new(&source, options)?.render(frame)?;
    finished(&image, options, Rational::ZERO).map(Some)
}

/// Makes a thumbnail of the frame that the renditions of `plan` show at a position: with the clip's times and with the
/// watermark. Faster than [`thumbnail`], as the plan knows where the frame is.
///
/// # Errors
/// [`InvalidArgument`](ErrorKind::InvalidArgument) for options out of range,
/// [`NothingToPlay`](ErrorKind::NothingToPlay) for a plan without video,
/// [`SourceChanged`](ErrorKind::SourceChanged) for another source than the planned one, and those of reading it.
pub fn plan_thumbnail(source: &Source, plan: &Plan, options: &ThumbnailOptions) -> Result<Thumbnail> {
    guarded(|| {
        let context = Context::new(source);
        check_source(&context, plan)?;
        of_plan(&context, plan, options)
    })
}

/// As [`plan_thumbnail`], for a source that has been checked already.
pub(crate) fn of_plan(context: &Context, plan: &Plan, options: &ThumbnailOptions) -> Result<Thumbnail> {
    options.check()?;
    let context = &context.numbered(plan.pids());
    let no_video = || Error::new(ErrorKind::NothingToPlay, "the plan has no video to make a thumbnail of");
    let source = plan.source_video().ok_or_else(no_video)?;
    let number = source.frame_at(options.at.seconds(source.duration()));
    let exact = source.time_of(number);
    let seek = source.seek_point(number).ok_or_else(no_video)?;
    // The plan knows the keyframe that decoding begins with, which may not be the nearest one.
    let keyframe = seek.pts.map(|time| (source.time_base.times(time) - plan.origin()).max(Rational::ZERO));
    let time = keyframe.filter(|_| options.nearest_keyframe).unwrap_or(exact);
    FrameRequest { context, source, origin: plan.origin(), time, seek, target: None }.thumbnail(options)
}

/// A frame of a source and how to decode it.
struct FrameRequest<'a> {
    context: &'a Context,
    source: &'a SourceVideo,
    origin: Rational,
    /// Presentation time in seconds.
    time: Rational,
    seek: &'a SeekPoint,
    target: Option<&'a TargetFrame>,
}

impl FrameRequest<'_> {
    fn thumbnail(&self, options: &ThumbnailOptions) -> Result<Thumbnail> {
        let Self { context, source, origin, time, seek, target } = *self;
        let mut renderer = Renderer::new(source, options)?;
        let mut reader = FrameReader::open(context, source, origin)?;
        let image = renderer.render(reader.frame_at(source, seek, time, target)?)?;
        context.watch.check()?;
        finished(&image, options, time)
    }
}

fn finished(image: &RgbImage, options: &ThumbnailOptions, time: Rational) -> Result<Thumbnail> {
    let ((width, height), bytes) = (image.dimensions(), encode::encode(image, options.format)?);
    Ok(Thumbnail { bytes, width, height, time })
}

/// Timestamp in ticks of the frame on screen at a position: the last one that starts at or before it.
fn shown_at(index: &TrackIndex, start: Rational, end: Rational, at: Position) -> Option<i64> {
    let times = index.shown_times();
    // Rounded to the nearest tick, as containers round timestamps.
    let ticks = index.time_base.ticks(start + at.seconds(end - start));
    let after = times.partition_point(|&time| time <= ticks);
    times.get(after.saturating_sub(1)).copied()
}
