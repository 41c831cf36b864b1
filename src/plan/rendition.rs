//! The renditions of a plan.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::audio_window::AudioWindow;
use super::segment_buffer::SegmentBuffer;
use super::source_video::SourceVideo;
use super::storyboard::Storyboard;
use super::text::TextRendition;
use crate::base::Rational;
use crate::codec::Profile;
use crate::layout::Key;
use crate::media::{ClockPart, DecoderParameters};

/// One rendition that a player can choose.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Rendition {
    /// Its name and that of its folder in a package: `"720p"`, `"audio"`, `"text"`, `"storyboard"`.
    pub id: String,
    /// Number of media segments, indexed from 0.
    pub segment_count: u32,
    /// Codec string (RFC 6381); `"webvtt"` for text, `"jpeg"` for a storyboard.
    pub codecs: String,
    /// Media timescale in ticks per second.
    pub timescale: u32,
    /// Why it is encoded although [`Ladder::copy_top`](crate::Ladder::copy_top) asked for passthrough; `None` if it did
    /// not ask, or if the rendition is a passthrough.
    pub encoded_because: Option<String>,
    /// The type-specific part, with the source stream.
    pub media: Media,
}

/// The type-specific part of a rendition, with the source stream that it is made from.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Media {
    /// Video in H.264.
    Video(Arc<SourceVideo>, VideoRendition),
    /// Audio in AAC-LC.
    Audio(AudioRendition),
    /// Text in WebVTT.
    Text(TextRendition),
    /// A storyboard: sheets of small pictures, in JPEG.
    Storyboard(Arc<SourceVideo>, Storyboard),
}

/// A video rendition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VideoRendition {
    /// Width in pixels, even.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
    /// H.264 profile.
    pub profile: Profile,
    /// H.264 level times ten, e.g. 31 for level 3.1.
    pub level: u32,
    /// Maximum bits per second: over the decoder's buffer (VBV) if encoded, over a segment if a passthrough.
    pub max_rate: u64,
    /// Size of the decoder's buffer (VBV) in bits; 0 for a passthrough.
    pub buffer_size: u64,
    /// Whether it is encoded or a passthrough.
    pub coding: VideoCoding,
}

/// How the samples of a video rendition are made.
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
        /// How its segments keep the decoder's buffer together.
        buffer: SegmentBuffer,
    },
    /// The source's samples, copied.
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
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AudioRendition {
    /// Channels.
    pub channels: u32,
    /// Samples per second.
    pub sample_rate: u32,
    /// Mean bits per second.
    pub bit_rate: u64,
    /// Language as a tag of BCP 47 with the shortest code: `"de"`, `"pt-BR"`.
    pub language: Option<String>,
    /// Name to show to viewers.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "AudioRole::is_programme")]
    pub role: AudioRole,
    /// Whether it plays unless the viewer chooses another.
    pub default: bool,
    /// Index of the source's track.
    pub source_track: u32,
    /// If that track is the left channel alone: where the others are. One is the right one, five are the right one, the centre, low
    /// frequencies, and left and right behind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<ChannelTrack>,
    /// The source track's time base in seconds per tick.
    pub source_time_base: Rational,
    /// The stretches of the source's clock, if it jumps or begins anew; all times are as they say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source_clock: Vec<ClockPart>,
    /// Whether the source's track is read as if it had no edit list, which the parts of the windows follow.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub source_unedited: bool,
    /// The source track's samples per second.
    pub source_sample_rate: u32,
    /// Whether it is encoded or a passthrough.
    pub coding: AudioCoding,
    /// What decoders are set up with somewhere within the source's track, other than at its beginning; seek points name
    /// them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<DecoderParameters>,
    /// Where the source's times do not tell the place of each sample: the frames at which counting begins anew, by their
    /// time. From each window's start on samples are counted. `None`: times tell it, and gaps show in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gaps: Option<Vec<AudioGap>>,
    /// Samples at the end of the last AAC frame that are not presented, below 1024: the last frame is stated to be shorter.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub padding: u32,
    /// If encoded, AAC frames before the first that is presented, in the first window: 1 primes decoders, 0 has the first
    /// 10 to 20 ms fade in.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priming_frames: u32,
    /// Factor of all samples, so that it is as loud as was asked for; above 0, and 16 at most. What is too loud then is
    /// limited.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub gain: Rational,
    /// One window for each segment.
    pub windows: Vec<AudioWindow>,
}

/// A channel in a track of its own, which is like the left one's in all that the plan says of that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ChannelTrack {
    /// Index of the source's track.
    pub source_track: u32,
    /// One window for each segment, with as many frames as the left channel's.
    pub windows: Vec<AudioWindow>,
}

/// A frame of the source's audio that does not follow the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AudioGap {
    /// Its timestamp, in ticks of the source.
    pub time: i64,
    /// Position of its first sample, in source samples from the start of the presentation.
    pub sample: i64,
}

fn one() -> Rational {
    Rational::from(1)
}

fn is_one(number: &Rational) -> bool {
    *number == one()
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What an audio rendition is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AudioRole {
    /// The programme itself.
    #[default]
    Programme,
    /// The programme in another language than the original one.
    Dub,
    /// Somebody talks about what is seen.
    Commentary,
    /// The programme with a description of the pictures, for those who do not see them.
    Description,
    /// The programme with clearer dialogue, for those who do not hear well.
    HearingImpaired,
}

impl AudioRole {
    fn is_programme(&self) -> bool {
        *self == Self::Programme
    }
}

/// How the frames of an audio rendition are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum AudioCoding {
    /// The source's audio, encoded.
    Encode,
    /// The source's frames, copied.
    Passthrough {
        /// The AudioSpecificConfig (ISO/IEC 14496-3) in hexadecimal.
        audio_specific_config: String,
        /// Samples at the start of the first frame that are not presented.
        priming: u32,
        /// Maximum bits per second of any segment.
        peak_rate: u64,
    },
}

/// One media segment of a rendition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Segment {
    /// Its index, from 0.
    pub index: u32,
    /// Its path in a package.
    pub key: String,
    /// Presentation start in seconds.
    pub start: Rational,
    /// Duration in seconds.
    pub duration: Rational,
}

impl Rendition {
    /// The video rendition and the source video that it is made from, if this is video.
    pub fn video(&self) -> Option<(&SourceVideo, &VideoRendition)> {
        match &self.media {
            Media::Video(source, video) => Some((source, video)),
            _ => None,
        }
    }

    /// The audio rendition, if this is audio.
    pub fn audio(&self) -> Option<&AudioRendition> {
        match &self.media {
            Media::Audio(audio) => Some(audio),
            _ => None,
        }
    }

    /// The text rendition, if this is text.
    pub fn text(&self) -> Option<&TextRendition> {
        match &self.media {
            Media::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The storyboard and the source video that it is made from, if this is a storyboard.
    pub fn storyboard(&self) -> Option<(&SourceVideo, &Storyboard)> {
        match &self.media {
            Media::Storyboard(source, storyboard) => Some((source, storyboard)),
            _ => None,
        }
    }

    /// Whether its samples are copied from the source.
    pub fn is_passthrough(&self) -> bool {
        match &self.media {
            Media::Video(_, video) => matches!(video.coding, VideoCoding::Passthrough { .. }),
            Media::Audio(audio) => matches!(audio.coding, AudioCoding::Passthrough { .. }),
            Media::Text(_) | Media::Storyboard(..) => false,
        }
    }

    /// Presented duration in seconds.
    pub fn duration(&self) -> Rational {
        let ticks = self.segment_durations().into_iter().fold(0, u64::saturating_add);
        self.seconds(ticks)
    }

    fn seconds(&self, ticks: u64) -> Rational {
        Rational::new(i64::try_from(ticks).unwrap_or(i64::MAX), self.timescale.into())
    }

    /// Presented duration of each segment in ticks of the timescale.
    pub fn segment_durations(&self) -> Vec<u64> {
        match &self.media {
            Media::Audio(audio) => {
                let mut ticks = audio.sample_ticks();
                ticks.iter_mut().take(1).for_each(|first| *first = first.saturating_sub(audio.priming()));
                ticks
            }
            Media::Video(source, _) => {
                let frame = source.frame_ticks(self.timescale);
                let frames = (0..).zip(&source.windows).map(|(index, _)| source.window_frames(index));
                frames.map(|frames| u64::from(frames).saturating_mul(frame)).collect()
            }
            Media::Text(text) => text.windows.iter().map(|window| window.duration.into()).collect(),
            Media::Storyboard(source, storyboard) => storyboard.sheet_ticks(source),
        }
    }

    /// Duration of each segment's samples in ticks of the timescale, presented or not: what manifests state, because
    /// their sums then are the segments' decode times.
    pub(crate) fn sample_durations(&self) -> Vec<u64> {
        match &self.media {
            Media::Audio(audio) => audio.sample_ticks(),
            Media::Video(..) | Media::Text(_) | Media::Storyboard(..) => self.segment_durations(),
        }
    }

    /// The media segments with their paths and times.
    pub fn segments(&self) -> Vec<Segment> {
        let mut end = 0;
        let segment = |(ticks, index): (u64, u32)| {
            let start = end;
            end = u64::saturating_add(end, ticks);
            Segment { index, key: self.segment_key(index), start: self.seconds(start), duration: self.seconds(ticks) }
        };
        self.segment_durations().into_iter().zip(0..).map(segment).collect()
    }

    /// Path of the init segment in a package; `None` for text and for a storyboard, which have none.
    pub fn init_key(&self) -> Option<String> {
        let has_init = matches!(self.media, Media::Video(..) | Media::Audio(_));
        has_init.then(|| Key::Init(&self.id).to_string())
    }

    /// Path of media segment `index` in a package.
    pub fn segment_key(&self, index: u32) -> String {
        match self.media {
            Media::Text(_) => Key::Text(&self.id, index).to_string(),
            Media::Storyboard(..) => Key::Sheet(&self.id, index).to_string(),
            _ => Key::Segment(&self.id, index).to_string(),
        }
    }

    /// Path in a package of the WebVTT file that locates each tile of a storyboard; `None` for other renditions.
    pub fn cues_key(&self) -> Option<String> {
        self.storyboard().map(|_| Key::Cues(&self.id).to_string())
    }

    /// Path of the HLS media playlist in a package.
    pub fn playlist_key(&self) -> String {
        Key::Playlist(&self.id).to_string()
    }
}
