//! Everything that was decided about a video, as plain data: what to make, and from where in the source.
//!
//! A plan says all that a segment depends on besides the source's bytes. It is made once, stored as JSON,
//! and then any segment can be made from it, alone, anywhere and in any order, with the same bytes.

mod audio;
mod check;
mod codec;
mod keys;
mod ladder;
mod make;
mod storyboard;
mod video;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub(crate) use audio::{FRAME as AAC_FRAME, Sound, Span as AudioSpan, TOLERANCE as SOUND_TOLERANCE};
pub(crate) use check::MOST_TRACKS;
pub use codec::Profile;
pub(crate) use keys::{cues_key, init_key, is_track_id, playlist_key, segment_key, sheet_key};
pub(crate) use ladder::MOST_RUNGS;
pub use ladder::{Ladder, Rung};
pub(crate) use make::{Material, make, presentation_start, sound_is_counted};
pub use storyboard::{ImageTrack, StoryboardOptions, Tile};
pub(crate) use video::{AccessPoints, pictures};

use crate::probe::SeekPoint;
use crate::{Error, ErrorKind, Rational, Result};

/// The version of the plan's JSON that this crate writes and reads.
pub const SCHEMA: u32 = 1;

/// Everything that was decided about a video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Plan {
    /// Version of this structure: [`SCHEMA`].
    pub schema: u32,
    /// SHA-256 in hexadecimal of the plan's JSON with this field empty: what tells two plans apart.
    pub hash: String,
    /// The build that made the plan, and that makes its segments.
    pub build: Build,
    /// The source that the plan is for.
    pub source: SourceId,
    /// The container's time, in seconds, that is shown at 0.
    pub origin: Rational,
    /// Seconds from 0 to the end of the longest track.
    pub duration: Rational,
    /// What is made: each track becomes one rendition.
    pub tracks: Vec<Track>,
    /// The pictures that all video tracks are made from.
    pub video: Option<Pictures>,
}

/// What a build is made of. Segments made by other builds may differ in their bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// This crate's version.
    pub vodkit: String,
    /// FFmpeg's version and those of its libraries.
    pub ffmpeg: String,
    /// The H.264 encoder, or `"none"`.
    pub h264: String,
    /// The AAC encoder, or `"none"`.
    pub aac: String,
}

/// What tells one source from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceId {
    /// Length in bytes.
    pub length: u64,
    /// SHA-256 in hexadecimal over the length (8 bytes, big-endian), the first and the last 64 KiB.
    pub digest: String,
}

/// One rendition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Track {
    /// Name of the track, and of its folder: `"720p"`, `"audio"`, `"storyboard"`.
    pub id: String,
    /// Number of media segments; their indexes are 0 to this less one.
    pub segments: u32,
    /// Codec string of RFC 6381; `"jpeg"` for images.
    pub codecs: String,
    /// Ticks per second of the track's media times.
    pub timescale: u32,
    /// What belongs to the track's type.
    #[serde(flatten)]
    pub kind: TrackKind,
}

/// What belongs to a rendition's type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[non_exhaustive]
pub enum TrackKind {
    /// Pictures in H.264.
    Video(VideoTrack),
    /// Sound in AAC-LC.
    Audio(AudioTrack),
    /// A storyboard: sheets of small pictures, in JPEG.
    Images(ImageTrack),
}

/// How a video rendition is encoded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoTrack {
    /// Width in pixels, even.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
    /// x264's preset.
    pub preset: String,
    /// Constant rate factor.
    pub crf: f64,
    /// The most bits per second.
    pub max_rate: u64,
    /// Bits that the decoder's buffer holds.
    pub buffer_size: u64,
    /// H.264 profile.
    pub profile: Profile,
    /// Ten times the H.264 level.
    pub level: u32,
    /// Reference frames.
    pub references: u32,
}

/// The pictures of the source, and where each segment finds its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pictures {
    /// The source's track.
    pub track: u32,
    /// Width as seen, in square pixels.
    pub width: u32,
    /// Height as seen, in square pixels.
    pub height: u32,
    /// Seconds per tick of the source's times.
    pub time_base: Rational,
    /// Frames per second of all renditions. Frame `k` is shown at `k / frame_rate` and is the frame of the
    /// source nearest to that time.
    pub frame_rate: Rational,
    /// Number of frames.
    pub frames: u64,
    /// Frames of a segment; the last one has half as many to one and a half times as many.
    pub segment_frames: u32,
    /// Frames from one keyframe to the next.
    pub keyframe_frames: u32,
    /// Clockwise turn in degrees: 0, 90, 180 or 270.
    pub rotation: u32,
    /// Whether to mirror left to right, before the turn.
    pub mirrored: bool,
    /// Whether fields are made into frames first, and which comes first in time.
    pub deinterlace: Option<FieldParity>,
    /// What the source's numbers mean, with what it leaves open filled in.
    pub colour: PictureColour,
    /// Whether high dynamic range is mapped to standard range.
    pub tone_map: bool,
    /// For each segment, the packet that decoding begins with.
    pub windows: Vec<SeekPoint>,
}

/// Which field of an interlaced frame is first in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldParity {
    /// The upper one.
    Top,
    /// The lower one.
    Bottom,
}

/// What numbers mean as colours, by the names of ITU-T H.273 as FFmpeg spells them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureColour {
    /// Colour primaries.
    pub primaries: String,
    /// Transfer characteristics.
    pub transfer: String,
    /// Matrix coefficients.
    pub matrix: String,
    /// Whether all codes are used (0 to 255) or the limited range (16 to 235).
    pub full_range: bool,
}

/// How an audio rendition is encoded, and where each segment finds its sound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioTrack {
    /// Channels.
    pub channels: u32,
    /// Samples per second.
    pub sample_rate: u32,
    /// Bits per second.
    pub bit_rate: u64,
    /// Language as an ISO 639 code.
    pub language: Option<String>,
    /// Name to show to people.
    pub name: String,
    /// Whether it is played unless the viewer chooses otherwise.
    pub default: bool,
    /// The source's track.
    pub source_track: u32,
    /// Seconds per tick of the source's times.
    pub source_time_base: Rational,
    /// The source's samples per second.
    pub source_sample_rate: u32,
    /// One window a segment.
    pub windows: Vec<AudioWindow>,
}

/// The sound of one segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudioWindow {
    /// Number of AAC frames that are presented (1024 samples each).
    pub frames: u32,
    /// Where decoding begins; `None` where the source has no sound any more and silence is encoded.
    pub start: Option<AudioStart>,
}

/// Where the sound of a segment begins in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudioStart {
    /// The packet that decoding begins with: some earlier than needed, so that the decoder has settled.
    pub from: SeekPoint,
    /// The source's time, in ticks, of the frame whose place is known.
    pub time: i64,
    /// The place of that frame's first sample, in the source's samples from the presentation's 0.
    pub sample: i64,
}

impl Plan {
    /// Reads a plan from JSON and checks it.
    ///
    /// # Errors
    /// [`InvalidPlan`](ErrorKind::InvalidPlan) where it is not a plan, is of another schema version, was
    /// changed since it was made, or contradicts itself.
    pub fn from_json(json: &str) -> Result<Self> {
        let invalid = |message: String| Error::new(ErrorKind::InvalidPlan, message);
        let schema: SchemaOnly = serde_json::from_str(json)
            .map_err(|cause| invalid("this is not a plan of vodkit".into()).with_cause(cause))?;
        if schema.schema != SCHEMA {
            let message =
                format!("the plan is of schema version {}, but this build reads {SCHEMA}: plan anew", schema.schema);
            return Err(invalid(message));
        }
        let plan: Self =
            serde_json::from_str(json).map_err(|cause| invalid("the plan cannot be read".into()).with_cause(cause))?;
        plan.verify()?;
        Ok(plan)
    }

    /// Refuses a plan that was changed since it was made, or that asks for what no plan may.
    pub(crate) fn verify(&self) -> Result<()> {
        let invalid = |message: String| Error::new(ErrorKind::InvalidPlan, message);
        if self.hash != self.computed_hash()? {
            return Err(invalid("the plan was changed after it was made: its hash does not fit; plan anew".into()));
        }
        self.check().map_err(|message| invalid(format!("the plan contradicts itself: {message}; plan anew")))
    }

    /// The plan as JSON, always the same text for the same plan.
    pub fn to_json(&self) -> String {
        // Plain structures with string keys: there is nothing in them that JSON cannot hold.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    fn computed_hash(&self) -> Result<String> {
        let unhashed = Self { hash: String::new(), ..self.clone() };
        let json = serde_json::to_vec(&unhashed).map_err(|cause| {
            Error::new(ErrorKind::Internal, "a plan could not be written as JSON").with_cause(cause)
        })?;
        Ok(crate::source::hex(&Sha256::digest(json)))
    }

    fn sealed(mut self) -> Result<Self> {
        self.hash = self.computed_hash()?;
        Ok(self)
    }

    /// The track with this id.
    ///
    /// # Errors
    /// [`OutOfRange`](ErrorKind::OutOfRange), naming the tracks that there are.
    pub fn track(&self, id: &str) -> Result<&Track> {
        self.tracks.iter().find(|track| track.id == id).ok_or_else(|| {
            let ids: Vec<_> = self.tracks.iter().map(|track| track.id.as_str()).collect();
            let message = format!("the plan has no track \"{id}\": it has {}", ids.join(", "));
            Error::new(ErrorKind::OutOfRange, message)
        })
    }

    /// The video tracks, from the largest to the smallest.
    pub fn videos(&self) -> impl Iterator<Item = (&Track, &VideoTrack)> {
        self.tracks.iter().filter_map(|track| match &track.kind {
            TrackKind::Video(video) => Some((track, video)),
            _ => None,
        })
    }

    /// The audio tracks, the default one first.
    pub fn audios(&self) -> impl Iterator<Item = (&Track, &AudioTrack)> {
        self.tracks.iter().filter_map(|track| match &track.kind {
            TrackKind::Audio(audio) => Some((track, audio)),
            _ => None,
        })
    }

    /// The storyboard, where there is one.
    pub fn storyboard(&self) -> Option<(&Track, &ImageTrack)> {
        self.tracks.iter().find_map(|track| match &track.kind {
            TrackKind::Images(images) => Some((track, images)),
            _ => None,
        })
    }

    /// The presented duration of the whole of `track`, in seconds.
    pub fn track_duration(&self, track: &Track) -> Rational {
        let ticks = self.segment_durations(track).into_iter().fold(0, u64::saturating_add);
        Rational::new(i64::try_from(ticks).unwrap_or(i64::MAX), track.timescale.into())
    }

    /// The presented duration of each segment of `track`, in ticks of its timescale.
    pub fn segment_durations(&self, track: &Track) -> Vec<u64> {
        match (&track.kind, &self.video) {
            (TrackKind::Audio(audio), _) => {
                audio.windows.iter().map(|window| u64::from(window.frames) * audio::FRAME).collect()
            }
            (TrackKind::Video(_), Some(pictures)) => {
                let frame = pictures.frame_ticks(track.timescale);
                let frames = (0..).zip(&pictures.windows).map(|(index, _)| pictures.window_frames(index));
                frames.map(|frames| u64::from(frames).saturating_mul(frame)).collect()
            }
            (TrackKind::Images(images), Some(pictures)) => images.sheet_ticks(pictures),
            (TrackKind::Video(_) | TrackKind::Images(_), None) => Vec::new(),
        }
    }
}

#[derive(Deserialize)]
struct SchemaOnly {
    schema: u32,
}

impl Pictures {
    /// The first frame of segment `index`.
    pub(crate) fn window_start(&self, index: u32) -> u64 {
        u64::from(index) * u64::from(self.segment_frames)
    }

    /// Frames of segment `index`.
    pub(crate) fn window_frames(&self, index: u32) -> u32 {
        let left = self.frames.saturating_sub(self.window_start(index));
        let last = index as usize + 1 >= self.windows.len();
        if last { left.min(u32::MAX.into()) as u32 } else { self.segment_frames }
    }

    /// The frame in view at a time, in seconds from the start; behind the end it is the last one.
    pub(crate) fn frame_at(&self, time: Rational) -> u64 {
        let number = u64::try_from((time * self.frame_rate).floor()).unwrap_or(0);
        number.min(self.frames.saturating_sub(1))
    }

    /// Where decoding begins for frame `number`.
    pub(crate) fn seek_point(&self, number: u64) -> Option<&SeekPoint> {
        let index = number / u64::from(self.segment_frames.max(1));
        let index = usize::try_from(index).unwrap_or(usize::MAX).min(self.windows.len().checked_sub(1)?);
        self.windows.get(index)
    }

    /// Ticks of one frame in a timescale that is a multiple of the rate's numerator.
    pub(crate) fn frame_ticks(&self, timescale: u32) -> u64 {
        (Rational::from(timescale) / self.frame_rate).round().max(1) as u64
    }
}
