//! Thumbnails of a source or of a plan.

use bytes::Bytes;
use image::RgbImage;

use super::encode;
use super::memory::Memory;
use super::options::{Position, ThumbnailOptions};
use super::render::Renderer;
use crate::base::{Error, ErrorKind, Rational, Result, guarded};
use crate::ffmpeg::colour_tags;
use crate::media::{FrameIndex, MediaInfo, TrackIndex};
use crate::plan::Ladder;
use crate::planner::{self, AccessPoints};
use crate::probe;
use crate::segment::{FrameReader, TargetFrame};
use crate::source::{Context, Source};

/// By what part of a second a container may have rounded a time: by half a tick of a millisecond.
const MAX_ROUNDING: i64 = 2000;

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
    let frame = FrameReader::open(context, source, origin)?.frame_at(source, &seek, time, &target)?;
    let image = Renderer::new(source, options)?.render(source, frame, Vec::new())?;
    context.watch.check()?;
    finished(image, options, time, &Memory::default())
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
    let image = Renderer::new(&source, options)?.render(&source, frame, Vec::new())?;
    finished(image, options, Rational::ZERO, &Memory::default()).map(Some)
}

pub(super) fn finished(
    image: RgbImage,
    options: &ThumbnailOptions,
    time: Rational,
    memory: &Memory,
) -> Result<Thumbnail> {
    let ((width, height), bytes) = (image.dimensions(), encode::encode(image, options, memory)?);
    Ok(Thumbnail { bytes, width, height, time })
}

/// Timestamp in ticks of the frame on screen at a position: the last one that starts at or before it.
fn shown_at(index: &TrackIndex, start: Rational, end: Rational, at: Position) -> Option<i64> {
    let times = index.shown_times();
    // Containers round times to the nearest tick; those with ticks as long as frames have nothing to round.
    let rounding = (index.time_base / Rational::from(2)).min(Rational::new(1, MAX_ROUNDING));
    let seconds = start + at.seconds(end - start) + rounding;
    let after = times.partition_point(|&time| index.time_base.times(time) <= seconds);
    times.get(after.saturating_sub(1)).copied()
}
