//! The result of a probe, as plain data.

use serde::{Deserialize, Serialize};

use super::chapter::Chapter;
use super::colour::Colour;
use crate::base::Rational;

/// What is in a media file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MediaInfo {
    /// The container format by libavformat's names: `"mov,mp4,m4a,3gp,3g2,mj2"`.
    pub container: String,
    /// Duration in seconds: from the earliest start to the latest end of all video and audio; of several programmes in a broadcast,
    /// of the main video's.
    pub duration: Rational,
    /// Size in bytes.
    pub size: u64,
    /// Mean bit rate of the file in bits per second.
    pub bit_rate: u64,
    /// All tracks, in the container's order.
    pub tracks: Vec<Track>,
    /// Chapters, in the container's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chapters: Vec<Chapter>,
}

/// One track (stream) of a media file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Track {
    /// Position in the container, from 0.
    pub index: u32,
    /// The codec by FFmpeg's name, such as `"h264"`; `"unknown"` if there is none.
    pub codec: String,
    /// Whether this build can decode it, or, if it is subtitles, turn it into WebVTT: it has a decoder, which can be
    /// started, and there is a packet to begin with.
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
    /// Mean bit rate in bits per second.
    pub bit_rate: Option<u64>,
    /// The track's type, and the details that belong to it.
    #[serde(flatten)]
    pub kind: TrackKind,
}

/// A track's type, and the details that belong to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[non_exhaustive]
pub enum TrackKind {
    /// Video, or a still picture.
    Video(VideoInfo),
    /// Audio.
    Audio(AudioInfo),
    /// Subtitles, as text or as bitmaps.
    Subtitle,
    /// Anything else: data, timecode, attachments.
    Other,
}

/// How the author wants a track to be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Disposition {
    /// Played unless the viewer chooses otherwise.
    pub default: bool,
    /// Subtitles shown even while subtitles are off.
    pub forced: bool,
    /// A cover picture rather than a video.
    pub attached_picture: bool,
    /// Somebody talks about what is seen.
    #[serde(default)]
    pub commentary: bool,
    /// Audio that describes the pictures, for those who do not see them.
    #[serde(default)]
    pub audio_description: bool,
    /// For those who do not hear well: subtitles that tell of sounds, or audio whose dialogue is clearer.
    #[serde(default)]
    pub hearing_impaired: bool,
    /// Audio in another language than the original one.
    #[serde(default)]
    pub dub: bool,
    /// In the original language.
    #[serde(default)]
    pub original: bool,
    /// Switched off by the author, so that it is not played, and not for want of a choice: of MP4 and QuickTime, pictures and
    /// sound that are no alternative to what is on.
    #[serde(default)]
    pub disabled: bool,
}

impl Disposition {
    /// Whether it is the programme itself, and not something about it or for some of its viewers.
    pub(crate) fn is_programme(&self) -> bool {
        !self.commentary && !self.audio_description && !self.hearing_impaired
    }
}

/// The details of a video track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VideoInfo {
    /// Display width in square pixels, after rotation and pixel aspect ratio.
    pub width: u32,
    /// Display height in square pixels, after rotation and pixel aspect ratio.
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
    /// Exact frames per second, found from the times of all frames. For a variable rate, a constant rate close
    /// to it.
    pub frame_rate: Rational,
    /// Whether the frames' times do not follow the grid of `frame_rate`: frames lie off it, or points have no frame.
    pub variable_frame_rate: bool,
    /// Number of frames presented.
    pub frames: u64,
    /// Pixel format by FFmpeg's name, such as `"yuv420p"`.
    pub pixel_format: String,
    /// Bits per colour component.
    pub bit_depth: u32,
    /// Whether pixels can be transparent: by their format, or in WebM by a second picture beside each.
    #[serde(default)]
    pub alpha: bool,
    /// Colour description.
    pub colour: Colour,
    /// Whether the video is interlaced, and which field comes first.
    pub field_order: FieldOrder,
    /// Presentation times of the keyframes, in seconds on the container's clock.
    pub keyframes: Vec<Rational>,
}

/// Progressive or interlaced, and which field comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldOrder {
    /// Progressive.
    #[default]
    Progressive,
    /// Interlaced, top field first.
    TopFirst,
    /// Interlaced, bottom field first.
    BottomFirst,
}

/// Which field of an interlaced frame comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldParity {
    /// The top field.
    Top,
    /// The bottom field.
    Bottom,
}

/// The details of an audio track.
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

impl Track {
    fn is_playable(&self) -> bool {
        self.decodable && !self.disposition.disabled
    }
}

impl MediaInfo {
    /// The video track to play: one that moves rather than a still picture, then the default one, then the longest, and of
    /// those about as long the one with the most pixels. Never a cover picture, a track without frames, one this build
    /// cannot decode, or one that is switched off.
    pub fn main_video(&self) -> Option<(&Track, &VideoInfo)> {
        let videos = self.videos();
        let candidates: Vec<_> = videos.iter().map(|(track, video)| candidate(track, video)).collect();
        best(&candidates).and_then(|place| videos.get(place).copied())
    }

    /// The cover picture, the first of several.
    pub(crate) fn cover(&self) -> Option<(&Track, &VideoInfo)> {
        self.decodable_videos().find(|(track, _)| track.disposition.attached_picture)
    }

    fn videos(&self) -> Vec<(&Track, &VideoInfo)> {
        self.decodable_videos().filter(|(track, _)| !track.disposition.attached_picture).collect()
    }

    fn decodable_videos(&self) -> impl Iterator<Item = (&Track, &VideoInfo)> {
        self.tracks.iter().filter_map(|track| match &track.kind {
            TrackKind::Video(video) if track.is_playable() && video.frames > 0 => Some((track, video)),
            _ => None,
        })
    }

    /// All audio tracks that are on and this build can decode: the default one first, and last those that are commentaries or for some
    /// viewers alone.
    pub fn audio(&self) -> Vec<(&Track, &AudioInfo)> {
        let mut tracks: Vec<_> = self
            .tracks
            .iter()
            .filter_map(|track| match &track.kind {
                TrackKind::Audio(audio) if track.is_playable() => Some((track, audio)),
                _ => None,
            })
            .collect();
        tracks.sort_by_key(|(track, _)| (!track.disposition.is_programme(), !track.disposition.default));
        tracks
    }
}

/// What is to be known of a video track to choose one.
pub(super) struct Candidate {
    /// Whether it is more than a still picture.
    pub(super) moves: bool,
    pub(super) default: bool,
    pub(super) duration: Rational,
    pub(super) pixels: u64,
}

fn candidate(track: &Track, video: &VideoInfo) -> Candidate {
    Candidate {
        moves: video.frames > 1,
        default: track.disposition.default,
        duration: track.duration.unwrap_or(Rational::ZERO),
        pixels: u64::from(video.width) * u64::from(video.height),
    }
}

/// The place of the track to play, see [`MediaInfo::main_video`].
pub(super) fn best(candidates: &[Candidate]) -> Option<usize> {
    let rank = |candidate: &Candidate| (candidate.moves, candidate.default);
    let first = candidates.iter().map(rank).max()?;
    let ranked = || candidates.iter().enumerate().filter(|(_, candidate)| rank(candidate) == first);
    let longest = ranked().map(|(_, candidate)| candidate.duration).max()?;
    let fit = ranked().filter(|(_, one)| one.duration * Rational::from(10) >= longest * Rational::from(9));
    // max_by_key returns the last of equals; the author put the first one first.
    fit.rev().max_by_key(|(_, candidate)| candidate.pixels).map(|(place, _)| place)
}

/// Whether a pixel aspect ratio means square pixels: within a thousandth, less than a pixel in the width of most video.
/// Scalers that round a side to whole or even pixels state such ratios, as 1280:1281 for 854x480 made of 1280x720.
pub(crate) fn is_square(pixel_aspect: Rational) -> bool {
    (pixel_aspect - Rational::from(1)).abs() <= Rational::new(1, 1000)
}

/// The size in square pixels of a picture whose pixels have this shape. One side is stretched, and none reduced, so that no
/// detail is lost.
pub(crate) fn display_size((width, height): (u32, u32), pixel_aspect: Rational) -> (u32, u32) {
    let stretch = |side: u32, by: Rational| u32::try_from((Rational::from(side) * by).round()).unwrap_or(u32::MAX);
    // The most extreme ratio in ITU-T H.264 table E-1 is 32:11. One beyond 8 is taken for damage and ignored.
    let is_plausible = pixel_aspect >= Rational::new(1, 8) && pixel_aspect <= Rational::from(8);
    match pixel_aspect {
        _ if !is_plausible || is_square(pixel_aspect) => (width, height),
        aspect if aspect >= Rational::from(1) => (stretch(width, aspect), height),
        aspect => (width, stretch(height, aspect.recip())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_pixels_gives_the_display_size() {
        assert_eq!(display_size((720, 576), Rational::new(64, 45)), (1024, 576));
        assert_eq!(display_size((480, 480), Rational::new(3, 4)), (480, 640));
        assert_eq!(display_size((640, 480), Rational::from(1000)), (640, 480));
    }
}
