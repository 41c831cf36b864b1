//! The renditions of a plan.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::source_video::SourceVideo;
use super::storyboard::Storyboard;
use crate::base::Rational;
use crate::codec::{AAC_FRAME, Profile};
use crate::layout::Key;
use crate::media::SeekPoint;

/// One rendition: what a player can choose.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Rendition {
    /// Its name, and that of its folder: `"720p"`, `"audio"`, `"storyboard"`.
    pub id: String,
    /// Number of media segments; their indexes are 0 to this less one.
    pub segment_count: u32,
    /// Codec string (RFC 6381); `"jpeg"` for a storyboard.
    pub codecs: String,
    /// Ticks per second of its media times.
    pub timescale: u32,
    /// Why it is encoded although [`Ladder::copy_top`](crate::Ladder::copy_top) asked for passthrough; `None` where it
    /// did not, or where the rendition is a passthrough.
    pub encoded_because: Option<String>,
    /// What belongs to its type, with the stream that it is made from.
    pub media: Media,
}

/// What belongs to a rendition's type, with the stream that it is made from.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Media {
    /// Video in H.264.
    Video(Arc<SourceVideo>, VideoRendition),
    /// Audio in AAC-LC.
    Audio(AudioRendition),
    /// A storyboard: sheets of small pictures, in JPEG.
    Storyboard(Arc<SourceVideo>, Storyboard),
}

/// A video rendition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VideoRendition {
    /// Width in pixels, even.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
    /// H.264 profile.
    pub profile: Profile,
    /// Ten times the H.264 level.
    pub level: u32,
    /// Maximum bits per second: of what is encoded over the time that the buffer holds, of a passthrough over a
    /// segment.
    pub max_rate: u64,
    /// Size of the decoder's buffer in bits; 0 for a passthrough.
    pub buffer_size: u64,
    /// Where its samples come from.
    pub coding: VideoCoding,
}

/// Where the samples of a video rendition come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum VideoCoding {
    /// The source's frames, encoded by x264.
    Encode {
        /// x264's preset.
        preset: String,
        /// Constant rate factor.
        crf: f64,
        /// Reference frames.
        references: u32,
    },
    /// The source's own samples (stream copy).
    Passthrough {
        /// Sequence and picture parameter sets in hexadecimal, with start codes (ITU-T H.264 annex B).
        parameter_sets: String,
        /// Reordering delay in frames.
        reorder: u32,
        /// Mean bits per second.
        average_rate: u64,
    },
}

/// An audio rendition, and where each segment finds its samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AudioRendition {
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
    /// Whether it plays unless the viewer chooses another.
    pub default: bool,
    /// The source's track.
    pub source_track: u32,
    /// Seconds per tick of the source's times.
    pub source_time_base: Rational,
    /// The source's samples per second.
    pub source_sample_rate: u32,
    /// Where its frames come from.
    pub coding: AudioCoding,
    /// One window for each segment.
    pub windows: Vec<AudioWindow>,
}

/// Where the frames of an audio rendition come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum AudioCoding {
    /// The source's audio, encoded.
    Encode,
    /// The source's own frames (stream copy).
    Passthrough {
        /// The AudioSpecificConfig (ISO/IEC 14496-3) in hexadecimal.
        audio_specific_config: String,
        /// Samples at the start of the first frame that are not presented.
        priming: u32,
        /// Maximum bits per second of any segment.
        peak_rate: u64,
    },
}

/// The audio of one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AudioWindow {
    /// Number of AAC frames (1024 samples each): of what is encoded those that are presented, of a passthrough all.
    pub frames: u32,
    /// Where decoding, or copying, begins; `None` where the source has no more audio and silence is encoded.
    pub start: Option<AudioStart>,
}

/// Where the audio of a segment begins in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AudioStart {
    /// The packet that decoding begins with: some earlier than needed, so that the decoder has settled. Of a
    /// passthrough, the first that is copied.
    pub seek: SeekPoint,
    /// The source's time, in ticks, of the frame whose sample number is known.
    pub time: i64,
    /// The number of that frame's first sample, in the source's samples from the presentation's 0.
    pub sample: i64,
}

/// One media segment of a rendition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Segment {
    /// Its index, from 0.
    pub index: u32,
    /// Its path in a package.
    pub key: String,
    /// When it starts, in seconds of the presentation.
    pub start: Rational,
    /// Seconds that it lasts.
    pub duration: Rational,
}

impl Rendition {
    /// The video, and the source's video that it is made from.
    pub fn video(&self) -> Option<(&SourceVideo, &VideoRendition)> {
        match &self.media {
            Media::Video(source, video) => Some((source, video)),
            _ => None,
        }
    }

    /// The audio.
    pub fn audio(&self) -> Option<&AudioRendition> {
        match &self.media {
            Media::Audio(audio) => Some(audio),
            _ => None,
        }
    }

    /// The storyboard, and the source's video that it is made from.
    pub fn storyboard(&self) -> Option<(&SourceVideo, &Storyboard)> {
        match &self.media {
            Media::Storyboard(source, storyboard) => Some((source, storyboard)),
            _ => None,
        }
    }

    /// Whether its samples are the source's own (stream copy).
    pub fn is_passthrough(&self) -> bool {
        match &self.media {
            Media::Video(_, video) => matches!(video.coding, VideoCoding::Passthrough { .. }),
            Media::Audio(audio) => matches!(audio.coding, AudioCoding::Passthrough { .. }),
            Media::Storyboard(..) => false,
        }
    }

    /// Its presented duration in seconds.
    pub fn duration(&self) -> Rational {
        let ticks = self.segment_durations().into_iter().fold(0, u64::saturating_add);
        Rational::new(i64::try_from(ticks).unwrap_or(i64::MAX), self.timescale.into())
    }

    /// The presented duration of each segment, in ticks of its timescale.
    pub fn segment_durations(&self) -> Vec<u64> {
        match &self.media {
            Media::Audio(audio) => {
                let frames = audio.windows.iter().map(|window| u64::from(window.frames) * AAC_FRAME);
                let priming = std::iter::once(audio.priming()).chain(std::iter::repeat(0));
                frames.zip(priming).map(|(ticks, priming)| ticks.saturating_sub(priming)).collect()
            }
            Media::Video(source, _) => {
                let frame = source.frame_ticks(self.timescale);
                let frames = (0..).zip(&source.windows).map(|(index, _)| source.window_frames(index));
                frames.map(|frames| u64::from(frames).saturating_mul(frame)).collect()
            }
            Media::Storyboard(source, storyboard) => storyboard.sheet_ticks(source),
        }
    }

    /// Its media segments: their paths and times.
    pub fn segments(&self) -> Vec<Segment> {
        let mut end = 0;
        let seconds = |ticks: u64| Rational::new(i64::try_from(ticks).unwrap_or(i64::MAX), self.timescale.into());
        let segment = |(ticks, index): (u64, u32)| {
            let start = end;
            end = u64::saturating_add(end, ticks);
            Segment { index, key: self.segment_key(index), start: seconds(start), duration: seconds(ticks) }
        };
        self.segment_durations().into_iter().zip(0..).map(segment).collect()
    }

    /// The path of its init segment in a package; `None` for a storyboard, which has none.
    pub fn init_key(&self) -> Option<String> {
        self.storyboard().is_none().then(|| Key::Init(&self.id).to_string())
    }

    /// The path of media segment `index` in a package.
    pub fn segment_key(&self, index: u32) -> String {
        match self.media {
            Media::Storyboard(..) => Key::Sheet(&self.id, index).to_string(),
            _ => Key::Segment(&self.id, index).to_string(),
        }
    }

    /// The path in a package of the WebVTT file that tells where each picture of a storyboard is.
    pub fn cues_key(&self) -> Option<String> {
        self.storyboard().map(|_| Key::Cues(&self.id).to_string())
    }

    /// The path of its HLS media playlist in a package.
    pub fn playlist_key(&self) -> String {
        Key::Playlist(&self.id).to_string()
    }
}
