//! Making segments of all kinds, one at a time or in series.

use bytes::Bytes;

use super::audio::{self, AudioReader};
use super::error::out_of_range;
use super::frames::FrameReader;
use super::passthrough::{self, PassthroughReader};
use super::storyboard::Sheet;
use super::text::{self, CaptionReader, TextReader};
use super::video::{self, Attempt};
use super::watermark::Overlays;
use super::window;
use crate::base::{Error, ErrorKind, Result, guarded};
use crate::ffmpeg;
use crate::media::{CaptionChannel, ClockPart};
use crate::plan::{
    AudioCoding, AudioRendition, Media, Plan, Rendition, SourceVideo, Storyboard, Task, TextRendition, VideoCoding,
    VideoRendition,
};
use crate::sink::Target;
use crate::source::{Context, Source};

/// Makes the init segment of a rendition, which players load before any media segment.
///
/// # Errors
/// [`OutOfRange`](ErrorKind::OutOfRange) for a rendition that the plan does not have, and for text and a storyboard, which
/// have no init segment; [`BuildMismatch`](ErrorKind::BuildMismatch) for a plan of another build.
pub fn init_segment(plan: &Plan, rendition: &str) -> Result<Bytes> {
    guarded(|| {
        check_build(plan)?;
        init(plan.rendition(rendition)?)
    })
}

/// Makes media segment `index` (from 0) of a rendition: of text a WebVTT file, of a storyboard one sheet as a JPEG. For several segments a
/// [`SegmentMaker`] is faster.
///
/// The bytes depend on nothing but the source and the plan.
///
/// # Errors
/// Those of [`SegmentMaker::new`] and [`SegmentMaker::segment`].
pub fn segment(source: &Source, plan: &Plan, rendition: &str, index: u32) -> Result<Bytes> {
    SegmentMaker::new(source, plan)?.segment(rendition, index)
}

/// Refuses a plan of another build, which would make other bytes.
pub(crate) fn check_build(plan: &Plan) -> Result<()> {
    let (planned, current) = (plan.build(), ffmpeg::fingerprint());
    if *planned == current {
        return Ok(());
    }
    let message = format!(
        "the plan was made by another build, which makes other segments: plan the source again, or use vodkit {} on {} with FFmpeg {}, {} and {}",
        planned.vodkit, planned.architecture, planned.ffmpeg, planned.h264, planned.aac
    );
    Err(Error::new(ErrorKind::BuildMismatch, message))
}

/// Refuses a source that is not the planned one.
pub(crate) fn check_source(context: &Context, plan: &Plan) -> Result<()> {
    let (source, planned) = (context.stored(), plan.source());
    if source.len() == planned.length && context.digest()? == planned.digest {
        return Ok(());
    }
    let name = source.name();
    let message = format!("{name} is not the source that was planned: its length or content differs; plan it again");
    Err(Error::new(ErrorKind::SourceChanged, message))
}

/// The init segment of a rendition, whose plan has to be of this build.
pub(crate) fn init(rendition: &Rendition) -> Result<Bytes> {
    match &rendition.media {
        Media::Audio(audio) => match &audio.coding {
            AudioCoding::Encode => audio::init(rendition, audio),
            AudioCoding::Passthrough { audio_specific_config, priming, .. } => {
                passthrough::audio_init(rendition, audio, audio_specific_config, *priming)
            }
        },
        Media::Video(source, video) => match &video.coding {
            VideoCoding::Encode { .. } => video::init(rendition, video, source),
            VideoCoding::Passthrough { parameter_sets, reorder, .. } => {
                passthrough::video_init(rendition, source, parameter_sets, *reorder)
            }
        },
        Media::Text(_) | Media::Storyboard(..) => {
            let what = if rendition.text().is_some() { "text" } else { "a storyboard" };
            let message = format!("\"{}\" is {what}: it has no init segment", rendition.id);
            Err(Error::new(ErrorKind::OutOfRange, message))
        }
    }
}

/// Makes segments in series, keeping the source open and decoders running from one to the next.
///
/// ```no_run
/// use vodkit::{Plan, SegmentMaker, Source};
/// # fn store(key: &str, bytes: &[u8]) {}
/// # fn work(source: &Source, plan: &Plan) -> vodkit::Result<()> {
/// let mut maker = SegmentMaker::new(source, plan)?;
/// for task in plan.tasks() {
///     maker.run(&task, |rendition, index, bytes| {
///         store(&rendition.segment_key(index), &bytes);
///         Ok(())
///     })?;
/// }
/// # Ok(()) }
/// ```
pub struct SegmentMaker {
    plan: Plan,
    context: Context,
    // Readers of earlier segments. Each is taken for the work and put back only if that succeeds: one that failed may
    // fail again, as FFmpeg keeps the error of a stream.
    video: Option<FrameReader>,
    audio: Option<AudioReader>,
    passthrough: Option<PassthroughReader>,
    text: Option<TextReader>,
    captions: Option<(u32, CaptionReader)>,
    /// For storyboards. A reader of its own leaves the decoder of `video` where it is.
    tiles: Option<FrameReader>,
    overlays: Overlays,
}

impl std::fmt::Debug for SegmentMaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SegmentMaker").field("source", &self.context.source).finish_non_exhaustive()
    }
}

impl SegmentMaker {
    /// A maker for the segments of `plan`. Checks, once, that the plan is of this build and that the source is the one
    /// that was planned.
    ///
    /// # Errors
    /// [`BuildMismatch`](ErrorKind::BuildMismatch) for a plan of another build,
    /// [`SourceChanged`](ErrorKind::SourceChanged) for another source than the planned one, and
    /// [`SourceRead`](ErrorKind::SourceRead).
    pub fn new(source: &Source, plan: &Plan) -> Result<Self> {
        guarded(|| {
            check_build(plan)?;
            let context = Context::new(source);
            check_source(&context, plan)?;
            Ok(Self::checked(context, plan))
        })
    }

    /// A maker for a plan and a source that have been checked already.
    pub(crate) fn checked(context: Context, plan: &Plan) -> Self {
        let (video, audio, passthrough, text, captions, tiles, overlays) = Default::default();
        let context = context.numbered(plan.pids());
        Self { plan: plan.clone(), context, video, audio, passthrough, text, captions, tiles, overlays }
    }

    /// Makes the init segment of a rendition.
    ///
    /// # Errors
    /// [`OutOfRange`](ErrorKind::OutOfRange) for a rendition that the plan does not have, and for text and a
    /// storyboard.
    pub fn init(&self, rendition: &str) -> Result<Bytes> {
        guarded(|| init(self.plan.rendition(rendition)?))
    }

    /// Makes media segment `index` (from 0) of a rendition: of text a WebVTT file, of a storyboard one sheet as a JPEG.
    ///
    /// # Errors
    /// [`OutOfRange`](ErrorKind::OutOfRange) for a rendition or index that the plan does not have,
    /// [`SourceRead`](ErrorKind::SourceRead), [`Corrupt`](ErrorKind::Corrupt), [`Encode`](ErrorKind::Encode) and
    /// [`Cancelled`](ErrorKind::Cancelled).
    pub fn segment(&mut self, rendition: &str, index: u32) -> Result<Bytes> {
        guarded(|| {
            let plan = self.plan.clone();
            let made = self.make(&[plan.rendition(rendition)?], index)?;
            made.into_iter().next().ok_or_else(|| Error::new(ErrorKind::Internal, "no segment was made"))
        })
    }

    /// Makes all segments of a task and passes each to `put` with its rendition and index.
    ///
    /// # Errors
    /// As [`segment`](Self::segment). An error of `put` ends the task and is returned.
    pub fn run(&mut self, task: &Task, mut put: impl FnMut(&Rendition, u32, Bytes) -> Result<()>) -> Result<()> {
        guarded(|| {
            let plan = self.plan.clone();
            let renditions = task.renditions.iter().map(|id| plan.rendition(id)).collect::<Result<Vec<_>>>()?;
            if let Some(id) = (1..)
                .zip(&task.renditions)
                .find_map(|(after, id)| task.renditions.get(after..)?.contains(id).then_some(id))
            {
                return Err(Error::invalid(format!("the task names rendition \"{id}\" twice")));
            }
            let end = task.first.saturating_add(task.count);
            // Tasks may come from another machine: checked before any segment is made.
            if let Some(shorter) = renditions.iter().find(|rendition| end > rendition.segment_count) {
                return Err(out_of_range(end - 1, shorter.segment_count));
            }
            for index in task.first..end {
                let made = self.make(&renditions, index)?;
                renditions.iter().zip(made).try_for_each(|(rendition, bytes)| put(rendition, index, bytes))?;
            }
            Ok(())
        })
    }

    /// Makes segment `index` of one rendition, or of several that are all encoded video.
    pub(crate) fn make(&mut self, renditions: &[&Rendition], index: u32) -> Result<Vec<Bytes>> {
        if let Some(shorter) = renditions.iter().find(|rendition| index >= rendition.segment_count) {
            return Err(out_of_range(index, shorter.segment_count));
        }
        if let [rendition] = renditions
            && !rendition.is_encoded_video()
        {
            return Ok(vec![self.make_single(rendition, index)?]);
        }
        let videos: Vec<_> = renditions.iter().filter_map(|&each| Some((each, each.video()?.1))).collect();
        let source = renditions.iter().find_map(|each| each.video());
        let all_encoded = renditions.iter().all(|each| each.is_encoded_video());
        let Some((source, _)) = source.filter(|_| all_encoded) else {
            return Err(Error::invalid("a task has either encoded video renditions or one other rendition"));
        };
        let mut reader = self.video.take().map_or_else(|| self.open_video(source), Ok)?;
        reader.set_watch(&self.context.watch);
        let attempts = Attempt::first(source, &videos, index)?;
        let (made, reader) = window::segments(reader, &mut self.overlays, source, attempts, index)?;
        self.video = Some(reader);
        Ok(made)
    }

    /// Makes a segment again that others have tried.
    pub(crate) fn make_again<'plan>(
        &mut self,
        source: &'plan SourceVideo,
        attempt: Attempt<'plan>,
        index: u32,
    ) -> Result<Vec<Bytes>> {
        let reader = self.open_video(source)?;
        Ok(window::segments(reader, &mut self.overlays, source, vec![attempt], index)?.0)
    }

    /// Lets go of what encoded video was decoded with.
    pub(crate) fn close_video(&mut self) {
        self.video = None;
    }

    /// Makes segment `index` of a rendition other than encoded video.
    fn make_single(&mut self, rendition: &Rendition, index: u32) -> Result<Bytes> {
        match &rendition.media {
            Media::Audio(audio) if !rendition.is_passthrough() => self.make_audio(audio, index),
            Media::Text(text) => self.make_text(text, index),
            Media::Storyboard(source, storyboard) => self.make_sheet(source, storyboard, index),
            Media::Audio(_) | Media::Video(..) => {
                let mut bytes = Vec::new();
                self.copy(rendition, index, &mut bytes)?;
                Ok(bytes.into())
            }
        }
    }

    /// Writes segment `index` of a passthrough rendition.
    pub(crate) fn copy(&mut self, rendition: &Rendition, index: u32, target: &mut dyn Target) -> Result<()> {
        let origin = self.plan.origin();
        let reader = match &rendition.media {
            Media::Audio(audio) => {
                let mut reader = self.take_passthrough(audio.source_track, &audio.source_clock)?;
                passthrough::audio_segment(&mut reader, audio, index, target)?;
                reader
            }
            Media::Video(source, VideoRendition { coding: VideoCoding::Passthrough { reorder, .. }, .. }) => {
                let mut reader = self.take_passthrough(source.track, &source.clock)?;
                passthrough::video_segment(&mut reader, source, origin, (rendition, *reorder), index, target)?;
                reader
            }
            _ => return Err(Error::new(ErrorKind::Internal, "what is not copied was to be")),
        };
        self.passthrough = Some(reader);
        Ok(())
    }

    pub(crate) fn open_video(&self, source: &SourceVideo) -> Result<FrameReader> {
        FrameReader::open(&self.context, source, self.plan.origin())
    }

    fn make_sheet(&mut self, source: &SourceVideo, storyboard: &Storyboard, index: u32) -> Result<Bytes> {
        let mut reader = self.tiles.take().map_or_else(|| self.open_video(source), Ok)?;
        let made = Sheet { source, storyboard, origin: self.plan.origin(), index }.make(&mut reader)?;
        self.tiles = Some(reader);
        Ok(made)
    }

    fn make_text(&mut self, text: &TextRendition, index: u32) -> Result<Bytes> {
        if let Some(channel) = text.caption_channel {
            return self.make_captions((text, channel), index);
        }
        let mut reader = self.text.take().map_or_else(|| TextReader::open(&self.context), Ok)?;
        let made = text::segment(&mut reader, text, self.plan.origin(), index)?;
        self.text = Some(reader);
        Ok(made)
    }

    fn make_captions(&mut self, text: (&TextRendition, CaptionChannel), index: u32) -> Result<Bytes> {
        let track = text.0.source_track;
        let mut reader = match self.captions.take() {
            Some((open_track, reader)) if open_track == track => reader,
            _ => CaptionReader::open(&self.context, track, self.plan.source_video())?,
        };
        let made = text::caption_segment(&mut reader, text, self.plan.origin(), index)?;
        self.captions = Some((track, reader));
        Ok(made)
    }

    fn make_audio(&mut self, audio: &AudioRendition, index: u32) -> Result<Bytes> {
        let mut reader = match self.audio.take() {
            Some(reader) if reader.is_of(audio) => reader,
            _ => AudioReader::open(&self.context, audio, self.plan.origin())?,
        };
        let made = audio::segment(&mut reader, audio, index)?;
        self.audio = Some(reader);
        Ok(made)
    }

    /// The passthrough reader of `track`, or a new one.
    fn take_passthrough(&mut self, track: u32, clock: &[ClockPart]) -> Result<PassthroughReader> {
        match self.passthrough.take() {
            Some(reader) if reader.track() == track => Ok(reader),
            _ => PassthroughReader::open(&self.context, track, clock),
        }
    }
}
