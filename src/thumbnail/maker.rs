//! Thumbnails of a plan, one after the other.

use image::RgbImage;

use super::memory::Memory;
use super::options::ThumbnailOptions;
use super::render::Renderer;
use super::thumbnail::{Thumbnail, finished};
use crate::base::{Error, ErrorKind, Rational, Result, guarded};
use crate::ffmpeg::Frame;
use crate::media::SeekPoint;
use crate::plan::{Plan, SourceVideo};
use crate::planner::{self, AccessPoints};
use crate::segment::{FrameReader, TargetFrame, check_source};
use crate::source::{Context, Source};

/// Seconds from one position to the next for which decoding goes on: fewer frames than a keyframe is away, in most videos.
const MAX_STEP: i64 = 1;

/// Makes a thumbnail of the frame that the renditions of `plan` show at a position: with the clip's times and with the
/// watermark. Faster than [`thumbnail`](crate::thumbnail()), as the plan knows where the frame is; [`ThumbnailMaker`] is faster for many.
///
/// # Errors
/// [`InvalidArgument`](ErrorKind::InvalidArgument) for options out of range,
/// [`NothingToPlay`](ErrorKind::NothingToPlay) for a plan without video,
/// [`SourceChanged`](ErrorKind::SourceChanged) for another source than the planned one, and those of reading it.
pub fn plan_thumbnail(source: &Source, plan: &Plan, options: &ThumbnailOptions) -> Result<Thumbnail> {
    ThumbnailMaker::new(source, plan)?.thumbnail(options)
}

/// Makes thumbnails of a plan in series, keeping the source open from one to the next, and the decoder running where
/// positions follow each other closely.
///
/// ```no_run
/// use vodkit::thumbnail::Position;
/// use vodkit::{ImageFormat, Plan, Rational, Source, ThumbnailMaker, ThumbnailOptions};
/// # fn show(pixels: &[u8]) {}
/// # fn work(source: &Source, plan: &Plan) -> vodkit::Result<()> {
/// let mut maker = ThumbnailMaker::new(source, plan)?;
/// for number in 0..250 {
///     let at = Position::Seconds(Rational::new(number, 25));
///     show(&maker.thumbnail(&ThumbnailOptions::default().at(at).format(ImageFormat::Rgb))?.bytes);
/// }
/// # Ok(())
/// # }
/// ```
pub struct ThumbnailMaker {
    plan: Plan,
    context: Context,
    reader: Option<FrameReader>,
    renderer: Option<Renderer>,
    /// The last frame, and when it is shown.
    last: Option<(Rational, Frame)>,
    memory: Memory,
}

impl std::fmt::Debug for ThumbnailMaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ThumbnailMaker").field("source", &self.context.source).finish_non_exhaustive()
    }
}

impl ThumbnailMaker {
    /// Checks once that the source is the planned one.
    ///
    /// # Errors
    /// [`SourceChanged`](ErrorKind::SourceChanged) for another source than the planned one, and
    /// [`SourceRead`](ErrorKind::SourceRead).
    pub fn new(source: &Source, plan: &Plan) -> Result<Self> {
        guarded(|| {
            let context = Context::new(source);
            check_source(&context, plan)?;
            Ok(Self::checked(&context, plan))
        })
    }

    /// A maker for a source that has been checked already.
    pub(crate) fn checked(context: &Context, plan: &Plan) -> Self {
        let (plan, context) = (plan.clone(), context.numbered(plan.pids()));
        Self { plan, context, reader: None, renderer: None, last: None, memory: Memory::default() }
    }

    /// Makes a thumbnail as [`plan_thumbnail`](crate::plan_thumbnail) does.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) for options out of range,
    /// [`NothingToPlay`](ErrorKind::NothingToPlay) for a plan without video, and those of reading the source.
    pub fn thumbnail(&mut self, options: &ThumbnailOptions) -> Result<Thumbnail> {
        options.check()?;
        guarded(|| {
            let plan = self.plan.clone();
            let source = plan.source_video().ok_or_else(|| no_video("a thumbnail"))?;
            let time = source.time_of(source.frame_at(options.at.seconds(source.duration())));
            let (frame, time) = if options.nearest_keyframe {
                self.keyframe(source, time)?
            } else {
                let follows = |(last, _): &(Rational, Frame)| *last <= time && time - *last <= MAX_STEP.into();
                let is_series = self.last.as_ref().is_some_and(follows);
                (self.frame(source, time, is_series)?, time)
            };
            let image = self.render(source, frame, options)?;
            self.context.watch.check()?;
            finished(image, options, time, &self.memory)
        })
    }

    pub(super) fn render(
        &mut self,
        source: &SourceVideo,
        frame: Frame,
        options: &ThumbnailOptions,
    ) -> Result<RgbImage> {
        let renderer = match self.renderer.take().filter(|renderer| renderer.suits(source, options)) {
            Some(renderer) => renderer,
            None => Renderer::new(source, options)?,
        };
        self.renderer.insert(renderer).render(source, frame, self.memory.take())
    }

    /// The frame at a time of the grid. In a series a decoder that is running goes on where it soon comes there, and one that
    /// begins takes no shortcuts, so that it can go on.
    pub(super) fn frame(&mut self, source: &SourceVideo, time: Rational, is_series: bool) -> Result<Frame> {
        if let Some((_, frame)) = self.last.as_ref().filter(|(last, _)| *last == time) {
            return Ok(frame.clone());
        }
        let mut reader = self.reader.take().map_or_else(|| self.open(source), Ok)?;
        let soon =
            if is_series && is_plain(source) { reader.frame_within(source, time, MAX_STEP.into())? } else { None };
        let frame = match soon {
            Some(frame) => frame,
            None => {
                let Place { shown, seek, target } = place(&mut reader, source, self.plan.origin(), time, false)?;
                match target {
                    Some(_) if is_series => reader.begin_series(source, &seek, time)?,
                    Some(target) => reader.frame_at(source, &seek, shown, &target)?,
                    None => reader.next_frame_at(source, &seek, time)?,
                }
            }
        };
        self.reader = Some(reader);
        self.last = Some((time, frame.clone()));
        Ok(frame)
    }

    /// The keyframe nearest to the frame at a time, and when it is shown.
    fn keyframe(&mut self, source: &SourceVideo, time: Rational) -> Result<(Frame, Rational)> {
        let mut reader = self.reader.take().map_or_else(|| self.open(source), Ok)?;
        let Place { shown, seek, target } = place(&mut reader, source, self.plan.origin(), time, true)?;
        let frame = match target {
            Some(target) => reader.frame_at(source, &seek, shown, &target)?,
            None => reader.next_frame_at(source, &seek, shown)?,
        };
        self.reader = Some(reader);
        Ok((frame, shown.max(Rational::ZERO)))
    }

    fn open(&self, source: &SourceVideo) -> Result<FrameReader> {
        FrameReader::open(&self.context, source, self.plan.origin())
    }
}

pub(super) fn no_video(what: &str) -> Error {
    Error::new(ErrorKind::NothingToPlay, format!("the plan has no video to make {what} of"))
}

/// A frame, and where decoding begins for it.
struct Place {
    /// Its own time in seconds, or that of the grid if there is no target.
    shown: Rational,
    seek: SeekPoint,
    target: Option<TargetFrame>,
}

/// Finds the frame at a time of the grid, or the keyframe nearest to it, among the packets around.
fn place(
    reader: &mut FrameReader,
    source: &SourceVideo,
    origin: Rational,
    time: Rational,
    nearest_keyframe: bool,
) -> Result<Place> {
    let window = source.seek_point(source.frame_at(time)).ok_or_else(|| no_video("a thumbnail"))?;
    if is_plain(source) {
        let index = reader.packets_around(source, window, time, nearest_keyframe)?;
        let time_of = |ticks: i64| index.time_base.times(ticks) - origin;
        let shown = planner::shown(&index.shown_times(), index.time_base, time + origin, source.max_early());
        let nearest = shown.filter(|_| nearest_keyframe).and_then(|shown| index.nearest_keyframe(shown));
        // A plan may show a part of the source.
        let keyframe = nearest.filter(|packet| (Rational::ZERO..source.duration()).contains(&time_of(packet.time)));
        let found = match (keyframe, shown) {
            (Some(packet), _) => Some((packet.time, packet.point)),
            (None, Some(shown)) => AccessPoints::of(&index).before(shown).map(|seek| (shown, seek)),
            (None, None) => None,
        };
        if let Some((ticks, seek)) = found {
            let target = TargetFrame { time: ticks, distance: index.distance(&seek, ticks) };
            return Ok(Place { shown: time_of(ticks), seek, target: Some(target) });
        }
    }
    let keyframe = window.pts.filter(|_| nearest_keyframe).map(|ticks| source.time_base.times(ticks) - origin);
    Ok(Place { shown: keyframe.unwrap_or(time), seek: *window, target: None })
}

/// Whether decoding can begin anywhere that a packet allows it: nothing stands in the plan of what comes before or beside.
fn is_plain(source: &SourceVideo) -> bool {
    let SourceVideo { deinterlace, parameters, clock, edits, .. } = source;
    deinterlace.is_none() && parameters.is_empty() && clock.is_empty() && edits.is_empty()
}
