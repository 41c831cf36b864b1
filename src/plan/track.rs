//! The renditions of a plan.

use serde::{Deserialize, Serialize};

use super::storyboard::ImageTrack;
use crate::base::Rational;
use crate::codec::Profile;
use crate::media::SeekPoint;

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
