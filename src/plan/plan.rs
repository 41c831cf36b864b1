//! The plan itself: its JSON, its hash, its tracks.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::captions::Captions;
use super::storyboard::ImageTrack;
use super::track::{AudioTrack, Track, TrackKind, VideoTrack};
use super::video::Pictures;
use crate::base::{Error, ErrorKind, Rational, Result, hex};
use crate::codec::AAC_FRAME;
use crate::media::Build;

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

/// What tells one source from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceId {
    /// Length in bytes.
    pub length: u64,
    /// SHA-256 in hexadecimal over the length (8 bytes, big-endian), the first and the last 64 KiB.
    pub digest: String,
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
        Ok(hex::encode(&Sha256::digest(json)))
    }

    pub(crate) fn sealed(mut self) -> Result<Self> {
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
                let frames = audio.windows.iter().map(|window| u64::from(window.frames) * AAC_FRAME);
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
