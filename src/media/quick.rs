//! The result of a quick probe, as plain data.

use serde::{Deserialize, Serialize};

use super::chapter::Chapter;
use super::colour::Colour;
use super::info::{AudioInfo, Candidate, Disposition, FieldOrder, MediaInfo, Track, TrackKind, VideoInfo, best};
use crate::base::Rational;

/// What the header of a media file says is in it. What only the frames could tell is `None`.
///
/// A [`MediaInfo`] can be turned into one, which then says all but where keyframes are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuickInfo {
    /// Whether it is the header's word alone, and not that of all frames.
    pub quick: bool,
    /// The container format by libavformat's names: `"mov,mp4,m4a,3gp,3g2,mj2"`.
    pub container: String,
    /// Duration in seconds, from the earliest start to the latest end of all video and audio. What is not stated is not
    /// estimated from the bit rate.
    pub duration: Option<Rational>,
    /// Size in bytes.
    pub size: u64,
    /// Mean bit rate of the file in bits per second.
    pub bit_rate: Option<u64>,
    /// All tracks, in the container's order. In broadcasts more may appear later.
    pub tracks: Vec<QuickTrack>,
    /// Chapters, in the container's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chapters: Vec<Chapter>,
}

/// One track (stream), by the header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuickTrack {
    /// Position in the container, from 0.
    pub index: u32,
    /// The codec by FFmpeg's name, such as `"h264"`; `"unknown"` if there is none.
    pub codec: String,
    /// Whether this build has a decoder for it, or, if it is subtitles, can turn it into WebVTT. A quick probe starts no decoder.
    pub decodable: bool,
    /// The codec's profile, such as `"High"`.
    pub profile: Option<String>,
    /// Language as an ISO 639 code, such as `"eng"`.
    pub language: Option<String>,
    /// The track's title.
    pub title: Option<String>,
    /// How the author wants the track to be used.
    pub disposition: Disposition,
    /// Start of the first frame, in seconds on the container's clock; may be negative.
    pub start: Option<Rational>,
    /// Seconds from the start of the first frame to the end of the last.
    pub duration: Option<Rational>,
    /// Mean bit rate in bits per second, as the header or the first frames state it: unknown of MP4 without fragments.
    pub bit_rate: Option<u64>,
    /// The track's type, and the details that belong to it.
    #[serde(flatten)]
    pub kind: QuickTrackKind,
}

/// A track's type, and the details that belong to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[non_exhaustive]
pub enum QuickTrackKind {
    /// Video, or a still picture.
    Video(QuickVideo),
    /// Audio.
    Audio(AudioInfo),
    /// Subtitles, as text or as bitmaps.
    Subtitle,
    /// Anything else: data, timecode, attachments.
    Other,
}

/// The details of a video track, by the header. Where its keyframes are, no header says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuickVideo {
    /// Display width in square pixels, after rotation and pixel aspect ratio; 0 if it is not known.
    pub width: u32,
    /// Display height in square pixels, after rotation and pixel aspect ratio; 0 if it is not known.
    pub height: u32,
    /// Coded width, in pixels of [`pixel_aspect`](Self::pixel_aspect).
    pub coded_width: u32,
    /// Coded height, in pixels.
    pub coded_height: u32,
    /// Clockwise rotation that brings the frame upright: 0, 90, 180 or 270 degrees.
    pub rotation: u32,
    /// Whether to mirror the frame left to right, before the rotation.
    pub mirrored: bool,
    /// Width of a coded pixel over its height.
    pub pixel_aspect: Rational,
    /// Frames per second: of an MP4 found from its table of times, elsewhere as it is stated.
    pub frame_rate: Option<Rational>,
    /// Whether the frames' times do not follow the grid of `frame_rate`; known of an MP4 whose table of times is short.
    pub variable_frame_rate: Option<bool>,
    /// Number of frames presented; known of an MP4 that no edit list cuts.
    pub frames: Option<u64>,
    /// Pixel format by FFmpeg's name, such as `"yuv420p"`.
    pub pixel_format: Option<String>,
    /// Bits per colour component.
    pub bit_depth: Option<u32>,
    /// Whether pixels can be transparent.
    #[serde(default)]
    pub alpha: bool,
    /// Colour description.
    pub colour: Colour,
    /// Whether the video is interlaced, and which field comes first.
    pub field_order: FieldOrder,
}

impl QuickInfo {
    /// The video track to play, by the rules of [`MediaInfo::main_video`] as far as the header tells.
    pub fn main_video(&self) -> Option<(&QuickTrack, &QuickVideo)> {
        let videos: Vec<_> = self.tracks.iter().filter_map(QuickTrack::playable_video).collect();
        let candidates: Vec<_> = videos.iter().map(|(track, video)| video.candidate(track)).collect();
        best(&candidates).and_then(|place| videos.get(place).copied())
    }
}

impl QuickTrack {
    fn playable_video(&self) -> Option<(&Self, &QuickVideo)> {
        let is_playable = self.decodable && !self.disposition.disabled && !self.disposition.attached_picture;
        match &self.kind {
            QuickTrackKind::Video(video) if is_playable && video.frames != Some(0) => Some((self, video)),
            _ => None,
        }
    }
}

impl QuickVideo {
    fn candidate(&self, track: &QuickTrack) -> Candidate {
        Candidate {
            moves: self.frames.is_none_or(|frames| frames > 1),
            default: track.disposition.default,
            duration: track.duration.unwrap_or(Rational::ZERO),
            pixels: u64::from(self.width) * u64::from(self.height),
        }
    }
}

impl From<MediaInfo> for QuickInfo {
    fn from(info: MediaInfo) -> Self {
        Self {
            quick: false,
            container: info.container,
            duration: Some(info.duration),
            size: info.size,
            bit_rate: Some(info.bit_rate),
            tracks: info.tracks.into_iter().map(QuickTrack::from).collect(),
            chapters: info.chapters,
        }
    }
}

impl From<Track> for QuickTrack {
    fn from(track: Track) -> Self {
        Self {
            index: track.index,
            codec: track.codec,
            decodable: track.decodable,
            profile: track.profile,
            language: track.language,
            title: track.title,
            disposition: track.disposition,
            start: track.start,
            duration: track.duration,
            bit_rate: track.bit_rate,
            kind: match track.kind {
                TrackKind::Video(video) => QuickTrackKind::Video(video.into()),
                TrackKind::Audio(audio) => QuickTrackKind::Audio(audio),
                TrackKind::Subtitle => QuickTrackKind::Subtitle,
                TrackKind::Other => QuickTrackKind::Other,
            },
        }
    }
}

impl From<VideoInfo> for QuickVideo {
    fn from(video: VideoInfo) -> Self {
        let is_known = video.pixel_format != "unknown";
        Self {
            width: video.width,
            height: video.height,
            coded_width: video.coded_width,
            coded_height: video.coded_height,
            rotation: video.rotation,
            mirrored: video.mirrored,
            pixel_aspect: video.pixel_aspect,
            frame_rate: Some(video.frame_rate),
            variable_frame_rate: Some(video.variable_frame_rate),
            frames: Some(video.frames),
            bit_depth: is_known.then_some(video.bit_depth),
            pixel_format: is_known.then_some(video.pixel_format),
            alpha: video.alpha,
            colour: video.colour,
            field_order: video.field_order,
        }
    }
}
