//! Makes segments: alone, or one after the other.

use bytes::Bytes;

use super::audio::{self, SoundReader};
use super::error::no_pictures;
use super::passthrough::{self, SampleReader};
use super::pictures::PictureReader;
use super::watermark::Marks;
use super::{storyboard, video};
use crate::base::{Error, ErrorKind, Limits, Result, Watch, guarded};
use crate::ffmpeg;
use crate::plan::{AudioCoding, AudioTrack, ImageTrack, Pictures, Plan, Track, TrackKind, VideoCoding, VideoTrack};
use crate::source::{self, SharedSource};

/// Makes the init segment of a track: what a player loads before any media segment.
///
/// # Errors
/// [`OutOfRange`](ErrorKind::OutOfRange) for a track that the plan does not have, and for a storyboard, whose
/// sheets stand for themselves,
/// [`BuildMismatch`](ErrorKind::BuildMismatch) for a plan of another build,
/// [`InvalidPlan`](ErrorKind::InvalidPlan) for one that was changed since it was made.
pub fn init_segment(plan: &Plan, track: &str) -> Result<Bytes> {
    guarded(|| {
        check_build(plan)?;
        init(plan, plan.track(track)?)
    })
}

/// Makes media segment `index` (from 0) of a track: of a storyboard, one sheet as a JPEG.
///
/// The bytes depend on the source and the plan alone.
///
/// # Errors
/// [`OutOfRange`](ErrorKind::OutOfRange) for a track or index that the plan does not have,
/// [`BuildMismatch`](ErrorKind::BuildMismatch) for a plan of another build,
/// [`InvalidPlan`](ErrorKind::InvalidPlan) for one that was changed since it was made,
/// [`SourceChanged`](ErrorKind::SourceChanged) for another source than the planned one.
pub fn segment(source: &SharedSource, plan: &Plan, track: &str, index: u32) -> Result<Bytes> {
    guarded(|| {
        check_build(plan)?;
        check_source(source, plan)?;
        let track = plan.track(track)?;
        let mut maker = SegmentMaker::new(source, plan, Watch::default());
        let made = maker.make(&[track], index)?;
        made.into_iter().next().ok_or_else(|| Error::new(ErrorKind::Internal, "no segment was made"))
    })
}

/// Refuses a plan whose bytes this build would not give, and one that is not as it was made: its fields are
/// there to be read, but nothing keeps a caller from writing them, or from reading a plan unchecked.
pub(crate) fn check_build(plan: &Plan) -> Result<()> {
    let here = ffmpeg::fingerprint();
    if plan.build == here {
        return plan.verify();
    }
    let message = format!(
        "the plan was made by another build, whose segments would not fit: plan anew, or use vodkit {} with FFmpeg {}, {} and {}",
        plan.build.vodkit, plan.build.ffmpeg, plan.build.h264, plan.build.aac
    );
    Err(Error::new(ErrorKind::BuildMismatch, message))
}

/// Refuses a source that is not the planned one.
pub(crate) fn check_source(source: &SharedSource, plan: &Plan) -> Result<()> {
    let same = source.len() == plan.source.length && source::digest(&**source)? == plan.source.digest;
    if same {
        return Ok(());
    }
    let message =
        format!("{} is not the source that was planned: its length or content differs; plan anew", source.name());
    Err(Error::new(ErrorKind::SourceChanged, message))
}

pub(crate) fn init(plan: &Plan, track: &Track) -> Result<Bytes> {
    match (&track.kind, &plan.video) {
        (TrackKind::Audio(audio), _) => match &audio.coding {
            AudioCoding::Encode => audio::init(track, audio),
            AudioCoding::Copy { configuration, skip, .. } => {
                passthrough::audio_init(track, audio, configuration, *skip)
            }
        },
        (TrackKind::Video(video), Some(pictures)) => match &video.coding {
            VideoCoding::Encode { .. } => video::init(track, video, pictures),
            VideoCoding::Copy { parameter_sets, reorder, .. } => {
                passthrough::video_init(track, pictures, parameter_sets, *reorder)
            }
        },
        (TrackKind::Video(_), None) => Err(no_pictures()),
        (TrackKind::Images(_), _) => {
            let message = format!("the track \"{}\" has no init segment: its images stand for themselves", track.id);
            Err(Error::new(ErrorKind::OutOfRange, message))
        }
    }
}

/// Makes segments one after the other, keeping the source open and decoders on their way in between.
pub(crate) struct SegmentMaker<'job> {
    source: &'job SharedSource,
    plan: &'job Plan,
    limits: Limits,
    watch: Watch,
    pictures: Option<PictureReader>,
    sound: Option<(u32, SoundReader)>,
    samples: Option<SampleReader>,
    /// Apart from that of the segments, whose decoder stays on its way.
    tiles: Option<PictureReader>,
    marks: Marks,
}

impl<'job> SegmentMaker<'job> {
    pub(crate) fn new(source: &'job SharedSource, plan: &'job Plan, watch: Watch) -> Self {
        // The plan was made within its maker's limits; these guard against a source that changed since.
        let limits = Limits::default();
        let (pictures, sound, samples, tiles, marks) = Default::default();
        Self { source, plan, limits, watch, pictures, sound, samples, tiles, marks }
    }

    /// Makes segment `index` of `tracks`, which are all encoded video or one other track.
    pub(crate) fn make(&mut self, tracks: &[&Track], index: u32) -> Result<Vec<Bytes>> {
        if let [track] = tracks
            && let Some(made) = self.make_alone(track, index)?
        {
            return Ok(vec![made]);
        }
        let pictures = self.plan.video.as_ref().ok_or_else(no_pictures)?;
        let reader = self.pictures.take().map_or_else(|| self.open_pictures(pictures), Ok)?;
        let videos: Vec<_> = tracks
            .iter()
            .filter_map(|track| match &track.kind {
                TrackKind::Video(video) => Some((*track, video)),
                _ => None,
            })
            .collect();
        video::segments(self.pictures.insert(reader), &mut self.marks, pictures, &videos, index, &self.watch)
    }

    /// Makes segment `index` of a track that has nothing from others; `None` where pictures are encoded.
    fn make_alone(&mut self, track: &Track, index: u32) -> Result<Option<Bytes>> {
        let made = match &track.kind {
            TrackKind::Audio(audio) => self.make_sound(audio, index)?,
            TrackKind::Images(images) => self.make_sheet(images, index)?,
            TrackKind::Video(VideoTrack { coding: VideoCoding::Copy { reorder, .. }, .. }) => {
                self.copy_video(track, *reorder, index)?
            }
            TrackKind::Video(_) => return Ok(None),
        };
        Ok(Some(made))
    }

    fn open_pictures(&self, pictures: &Pictures) -> Result<PictureReader> {
        PictureReader::open(self.source, pictures, self.plan.origin, &self.limits, &self.watch)
    }

    fn make_sheet(&mut self, images: &ImageTrack, index: u32) -> Result<Bytes> {
        let pictures = self.plan.video.as_ref().ok_or_else(no_pictures)?;
        let reader = self.tiles.take().map_or_else(|| self.open_pictures(pictures), Ok)?;
        let sheet = storyboard::Sheet { pictures, images, origin: self.plan.origin, index };
        sheet.make(self.tiles.insert(reader), &self.watch)
    }

    fn make_sound(&mut self, audio: &AudioTrack, index: u32) -> Result<Bytes> {
        if let AudioCoding::Copy { .. } = audio.coding {
            let watch = self.watch.clone();
            return passthrough::audio_segment(self.samples_of(audio.source_track)?, audio, index, &watch);
        }
        let reader = match self.sound.take() {
            Some((position, reader)) if position == audio.source_track => reader,
            _ => SoundReader::open(self.source, audio, self.plan.origin, &self.limits, &self.watch)?,
        };
        let (_, reader) = self.sound.insert((audio.source_track, reader));
        audio::segment(reader, audio, index, &self.watch)
    }

    fn copy_video(&mut self, track: &Track, reorder: u32, index: u32) -> Result<Bytes> {
        let pictures = self.plan.video.as_ref().ok_or_else(no_pictures)?;
        let (origin, watch) = (self.plan.origin, self.watch.clone());
        let reader = self.samples_of(pictures.track)?;
        passthrough::video_segment(reader, pictures, origin, (track, reorder), index, &watch)
    }

    /// What reads the samples of the source's track at `position`.
    fn samples_of(&mut self, position: u32) -> Result<&mut SampleReader> {
        let reader = match self.samples.take() {
            Some(reader) if reader.track() == position => reader,
            _ => SampleReader::open(self.source, position, &self.limits, &self.watch)?,
        };
        Ok(self.samples.insert(reader))
    }
}
