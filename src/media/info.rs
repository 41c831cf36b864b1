//! What a probe finds, as plain data.

use serde::{Deserialize, Serialize};

use super::colour::Colour;
use crate::base::Rational;

/// What is in a media file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MediaInfo {
    /// The container's short names, as libavformat lists them: `"mov,mp4,m4a,3gp,3g2,mj2"`.
    pub container: String,
    /// Playing time in seconds: from the earliest start to the latest end of all pictures and counted.
    pub duration: Rational,
    /// Size in bytes.
    pub size: u64,
    /// Mean bit rate of the whole file in bits per second.
    pub bit_rate: u64,
    /// All tracks, in the container's order.
    pub tracks: Vec<Track>,
}

/// One track (stream) of a media file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Track {
    /// Position in the container, from 0.
    pub index: u32,
    /// The codec's short name, such as `"h264"`; `"unknown"` where it is not known.
    pub codec: String,
    /// Whether this build can decode it.
    pub decodable: bool,
    /// The codec's profile, such as `"High"`.
    pub profile: Option<String>,
    /// Language as an ISO 639 code, such as `"eng"`.
    pub language: Option<String>,
    /// Title given by the author.
    pub title: Option<String>,
    /// How the author wants the track to be used.
    pub disposition: Disposition,
    /// When the first frame is shown or heard, in seconds of the container's clock; may be negative.
    pub start: Option<Rational>,
    /// Seconds from the first frame's start to the last one's end.
    pub duration: Option<Rational>,
    /// Mean bit rate in bits per second.
    pub bit_rate: Option<u64>,
    /// What belongs to the track's type.
    #[serde(flatten)]
    pub kind: TrackKind,
}

/// What belongs to a track's type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[non_exhaustive]
pub enum TrackKind {
    /// Moving or still pictures.
    Video(VideoInfo),
    /// CountedFrame.
    Audio(AudioInfo),
    /// Text or picture subtitles.
    Subtitle,
    /// Anything else: data, time codes, attachments.
    Other,
}

/// How the author wants a track to be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Disposition {
    /// To be played unless the viewer chooses otherwise.
    pub default: bool,
    /// Subtitles to be shown even when subtitles are off.
    pub forced: bool,
    /// A cover picture, not a video.
    pub attached_picture: bool,
}

/// What a video track holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VideoInfo {
    /// Width in square pixels as shown: rotation and pixel aspect applied.
    pub width: u32,
    /// Height in square pixels as shown: rotation and pixel aspect applied.
    pub height: u32,
    /// Width of the picture as coded, in pixels of [`pixel_aspect`](Self::pixel_aspect).
    pub coded_width: u32,
    /// Height of the picture as coded, in pixels.
    pub coded_height: u32,
    /// Clockwise turn that the picture needs to stand upright: 0, 90, 180 or 270 degrees.
    pub rotation: u32,
    /// Whether the picture is to be mirrored left to right, before it is turned.
    pub mirrored: bool,
    /// Width of a coded pixel over its height.
    pub pixel_aspect: Rational,
    /// Frames per second, exact, found from the times of all frames. For a variable rate, a constant one
    /// that follows it well.
    pub frame_rate: Rational,
    /// Whether the times of the frames do not lie on a grid of `frame_rate`.
    pub variable_frame_rate: bool,
    /// Number of frames that are shown.
    pub frames: u64,
    /// Pixel format by FFmpeg's name, such as `"yuv420p"`.
    pub pixel_format: String,
    /// Bits per colour component.
    pub bit_depth: u32,
    /// How numbers mean colours.
    pub colour: Colour,
    /// Whether frames are woven from two fields, and which comes first.
    pub field_order: FieldOrder,
    /// When frames are shown that decoding can begin with, in seconds of the container's clock.
    pub keyframes: Vec<Rational>,
}

/// How a frame is woven from fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldOrder {
    /// Whole frames.
    #[default]
    Progressive,
    /// Interlaced, the upper field first in time.
    TopFirst,
    /// Interlaced, the lower field first in time.
    BottomFirst,
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

/// What an audio track holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AudioInfo {
    /// Number of channels.
    pub channels: u32,
    /// Channel layout by FFmpeg's name, such as `"5.1(side)"`.
    pub layout: String,
    /// Samples per second.
    pub sample_rate: u32,
}

impl MediaInfo {
    /// The track that is shown: the default video track, or else the one with the most pixels; never a
    /// cover picture, and never one that cannot be decoded.
    pub fn main_video(&self) -> Option<(&Track, &VideoInfo)> {
        let videos = self.tracks.iter().filter_map(|track| match &track.kind {
            TrackKind::Video(video) if track.decodable && !track.disposition.attached_picture && video.frames > 0 => {
                Some((track, video))
            }
            _ => None,
        });
        // max_by_key takes the last of equals; the first track is the author's choice.
        videos
            .rev()
            .max_by_key(|(track, video)| (track.disposition.default, u64::from(video.width) * u64::from(video.height)))
    }

    /// All audio tracks that can be decoded, the default one first.
    pub fn audio(&self) -> Vec<(&Track, &AudioInfo)> {
        let mut tracks: Vec<_> = self
            .tracks
            .iter()
            .filter_map(|track| match &track.kind {
                TrackKind::Audio(audio) if track.decodable => Some((track, audio)),
                _ => None,
            })
            .collect();
        tracks.sort_by_key(|(track, _)| !track.disposition.default);
        tracks
    }
}

/// Whether text has the form of a language tag (RFC 5646): it goes into manifests, and a source could else
/// write there what it likes.
pub(crate) fn is_language(text: &str) -> bool {
    (2..=35).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
