//! One picture of a video.

use bytes::Bytes;

use super::encode;
use super::options::{Position, ThumbnailOptions};
use super::render::Renderer;
use crate::base::{Error, ErrorKind, Rational, Result, guarded};
use crate::media::{SeekPoint, TrackIndex};
use crate::plan::{Ladder, Plan, SourceVideo};
use crate::planner::{self, AccessPoints};
use crate::probe;
use crate::segment::{FrameReader, TargetFrame, check_source};
use crate::source::{Context, Source};

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

/// Takes the picture that is shown at a position, the exact one unless the options say otherwise.
///
/// # Errors
/// [`InvalidArgument`](ErrorKind::InvalidArgument) for options out of range,
/// [`NothingToPlay`](ErrorKind::NothingToPlay) for a source without video, and those of
/// [`probe`](crate::probe()).
pub fn thumbnail(source: &Source, options: &ThumbnailOptions) -> Result<Thumbnail> {
    options.check()?;
    guarded(|| of_source(&Context::timed(source), options))
}

fn of_source(context: &Context, options: &ThumbnailOptions) -> Result<Thumbnail> {
    let name = context.source.name();
    let no_video = || Error::new(ErrorKind::NothingToPlay, format!("{name} has no video to take a picture of"));
    let (info, index) = probe::scan(context)?;
    let (track, video) = info.main_video().ok_or_else(no_video)?;
    // The same clock as that of a package.
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
    Still { context, source, origin, time, seek: &seek, target: Some(&target) }.take(options)
}

/// Takes the picture that the renditions of `plan` show at a position: of a clip with its own times, with its
/// watermark. Quicker than [`thumbnail`], as the plan tells where the picture is.
///
/// # Errors
/// [`InvalidArgument`](ErrorKind::InvalidArgument) for options out of range,
/// [`NothingToPlay`](ErrorKind::NothingToPlay) for a plan without video,
/// [`SourceChanged`](ErrorKind::SourceChanged) for another source than the planned one, and those of reading it.
pub fn plan_thumbnail(source: &Source, plan: &Plan, options: &ThumbnailOptions) -> Result<Thumbnail> {
    guarded(|| {
        check_source(source, plan)?;
        of_plan(&Context::new(source), plan, options)
    })
}

/// As [`plan_thumbnail`], of the source that was planned.
pub(crate) fn of_plan(context: &Context, plan: &Plan, options: &ThumbnailOptions) -> Result<Thumbnail> {
    options.check()?;
    let no_video = || Error::new(ErrorKind::NothingToPlay, "the plan has no video to take a picture of");
    let source = plan.source_video().ok_or_else(no_video)?;
    let number = source.frame_at(options.at.seconds(source.duration()));
    let exact = source.time_of(number);
    let seek = source.seek_point(number).ok_or_else(no_video)?;
    // Of the keyframes a plan knows those that decoding begins with.
    let keyframe = seek.pts.map(|time| (source.time_base.times(time) - plan.origin()).max(Rational::ZERO));
    let time = keyframe.filter(|_| options.nearest_keyframe).unwrap_or(exact);
    Still { context, source, origin: plan.origin(), time, seek, target: None }.take(options)
}

/// One picture of a source, and how to get at it.
struct Still<'a> {
    context: &'a Context,
    source: &'a SourceVideo,
    origin: Rational,
    /// Seconds of the presentation.
    time: Rational,
    seek: &'a SeekPoint,
    target: Option<&'a TargetFrame>,
}

impl Still<'_> {
    fn take(&self, options: &ThumbnailOptions) -> Result<Thumbnail> {
        let Self { context, source, origin, time, seek, target } = *self;
        let mut renderer = Renderer::new(source, options)?;
        let mut reader = FrameReader::open(context, source, origin)?;
        let picture = renderer.render(reader.frame_at(source, seek, time, target)?)?;
        context.watch.check()?;
        let ((width, height), bytes) = (picture.dimensions(), encode::encode(&picture, options.format)?);
        Ok(Thumbnail { bytes, width, height, time })
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
