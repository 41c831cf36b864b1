//! Everything that was decided about a video, as plain data: what to make, and from where in the source.
//!
//! A plan says all that a segment depends on besides the source's bytes. It is made once, stored as JSON,
//! and then any segment can be made from it, alone, anywhere and in any order, with the same bytes.

mod audio;
mod captions;
mod check;
mod clip;
mod codec;
mod copy;
mod keys;
mod ladder;
mod make;
mod pictures;
mod storyboard;
mod video;
mod watermark;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub(crate) use audio::{FRAME as AAC_FRAME, Sound, Span as AudioSpan, TOLERANCE as SOUND_TOLERANCE};
pub use captions::Captions;
pub(crate) use captions::{FOLDER as CAPTIONS, is_tag};
pub(crate) use check::MOST_TRACKS;
pub use clip::Clip;
pub use codec::Profile;
pub(crate) use copy::{OwnCodings, OwnVideo, check_pictures};
pub(crate) use keys::{TrackFile, cues_key, init_key, is_track_id, playlist_key, segment_key, sheet_key};
pub(crate) use ladder::MOST_RUNGS;
pub use ladder::{CopyTop, Ladder, Rung};
pub(crate) use make::{Material, make, presentation_start, sound_is_counted};
pub use pictures::{FieldParity, PictureColour, Pictures, Window};
pub use storyboard::{ImageTrack, StoryboardOptions, Tile};
pub(crate) use video::{AccessPoints, Span as PictureSpan, pictures};
pub(crate) use watermark::Area;
pub use watermark::{Watermark, WatermarkPosition};

use crate::probe::SeekPoint;
use crate::{Error, ErrorKind, Rational, Result};

/// The version of the plan's JSON that this crate writes and reads.
pub const SCHEMA: u32 = 2;

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
    /// Captions, one language each; see [`Plan::with_captions`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<Captions>,
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
    /// Why the track is encoded although [`Ladder::copy_top`] asked for copying; `None` where it did not, or where
    /// the track is copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_copied: Option<String>,
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

/// A video rendition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoTrack {
    /// Width in pixels, even.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
    /// H.264 profile.
    pub profile: Profile,
    /// Ten times the H.264 level.
    pub level: u32,
    /// The most bits per second: where it is encoded over the time that the buffer holds, where it is copied
    /// over a segment.
    pub max_rate: u64,
    /// Bits that the decoder's buffer holds; 0 where it is copied.
    pub buffer_size: u64,
    /// Where its samples come from.
    pub coding: VideoCoding,
}

/// Where the samples of a video rendition come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum VideoCoding {
    /// The source's pictures, encoded by x264.
    Encode {
        /// x264's preset.
        preset: String,
        /// Constant rate factor.
        crf: f64,
        /// Reference frames.
        references: u32,
    },
    /// The source's own samples, as they are.
    Copy {
        /// Sequence and picture parameter sets in hexadecimal, behind start codes (ITU-T H.264 annex B).
        parameter_sets: String,
        /// Frames that a picture is shown after it is decoded, at least.
        reorder: u32,
        /// Mean bits per second.
        average_rate: u64,
    },
}

/// An audio rendition, and where each segment finds its sound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioTrack {
    /// Channels.
    pub channels: u32,
    /// Samples per second.
    pub sample_rate: u32,
    /// Mean bits per second.
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
    /// Where its samples come from.
    pub coding: AudioCoding,
    /// One window a segment.
    pub windows: Vec<AudioWindow>,
}

/// Where the frames of an audio rendition come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum AudioCoding {
    /// The source's sound, encoded.
    Encode,
    /// The source's own frames, as they are.
    Copy {
        /// The AudioSpecificConfig of ISO/IEC 14496-3 in hexadecimal.
        configuration: String,
        /// Samples at the beginning of the first frame that are not to be heard.
        skip: u32,
        /// The most bits per second of any segment.
        peak_rate: u64,
    },
}

/// The sound of one segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudioWindow {
    /// Number of AAC frames (1024 samples each): where they are encoded those that are presented, where they are
    /// copied all of them.
    pub frames: u32,
    /// Where decoding, or copying, begins; `None` where the source has no sound any more and silence is encoded.
    pub start: Option<AudioStart>,
}

/// Where the sound of a segment begins in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudioStart {
    /// The packet that decoding begins with: some earlier than needed, so that the decoder has settled. Where
    /// frames are copied, the first of them.
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
        Ok(crate::hex::encode(&Sha256::digest(json)))
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
                let frames = audio.windows.iter().map(|window| u64::from(window.frames) * audio::FRAME);
                let skips = std::iter::once(audio.skip()).chain(std::iter::repeat(0));
                frames.zip(skips).map(|(ticks, skip)| ticks.saturating_sub(skip)).collect()
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

impl Track {
    /// Whether its samples are the source's own.
    pub fn is_copied(&self) -> bool {
        match &self.kind {
            TrackKind::Video(video) => matches!(video.coding, VideoCoding::Copy { .. }),
            TrackKind::Audio(audio) => matches!(audio.coding, AudioCoding::Copy { .. }),
            TrackKind::Images(_) => false,
        }
    }
}
