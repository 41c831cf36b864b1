//! The video that renditions are made from: its frame grid, and where each segment finds its frames.

use serde::{Deserialize, Serialize};

use super::watermark::Watermark;
use crate::base::Rational;
use crate::media::{FieldParity, PictureColour, SeekPoint, SourceFormat};

/// The source's video as the plan uses it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SourceVideo {
    /// The source's track.
    pub track: u32,
    /// Display width in square pixels.
    pub width: u32,
    /// Display height in square pixels.
    pub height: u32,
    /// Seconds per tick of the source's times.
    pub time_base: Rational,
    /// Frames per second of all renditions. Frame `k` is shown at `k / frame_rate` and is the frame of the
    /// source nearest to that time.
    pub frame_rate: Rational,
    /// Number of frames.
    pub frames: u64,
    /// Frames from one keyframe to the next in what is encoded, counted anew in each segment.
    pub keyframe_interval: u32,
    /// Clockwise rotation in degrees: 0, 90, 180 or 270.
    pub rotation: u32,
    /// Whether to mirror left to right, before the rotation.
    pub mirrored: bool,
    /// Whether frames are deinterlaced first, and which field comes first in time.
    pub deinterlace: Option<FieldParity>,
    /// The colour description, with what the source leaves open filled in.
    pub colour: PictureColour,
    /// Whether high dynamic range is mapped to standard range.
    pub tone_map: bool,
    /// What is laid over all frames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Watermark>,
    /// One window for each segment.
    pub windows: Vec<VideoWindow>,
}

/// The frames of one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VideoWindow {
    /// The first frame; the last is the one before the next window's first.
    pub first_frame: u64,
    /// The packet that decoding begins with.
    pub seek: SeekPoint,
}

impl SourceVideo {
    /// What filters have to know of the source.
    pub(crate) fn format(&self) -> SourceFormat<'_> {
        let Self { rotation, mirrored, tone_map, .. } = *self;
        SourceFormat { rotation, mirrored, tone_map, matrix: &self.colour.matrix }
    }

    /// Width and height as shown.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The first frame of segment `index`; past the last segment, the number of all frames.
    pub(crate) fn window_start(&self, index: u32) -> u64 {
        self.windows.get(index as usize).map_or(self.frames, |window| window.first_frame)
    }

    /// Frames of segment `index`.
    pub(crate) fn window_frames(&self, index: u32) -> u32 {
        let frames = self.window_start(index.saturating_add(1)).saturating_sub(self.window_start(index));
        u32::try_from(frames).unwrap_or(u32::MAX)
    }

    /// When frame `number` is shown, in seconds from the start; for the number of all frames, the end.
    pub(crate) fn time_of(&self, number: u64) -> Rational {
        Rational::from(i64::try_from(number).unwrap_or(i64::MAX)) / self.frame_rate
    }

    /// Seconds that all frames are shown.
    pub(crate) fn duration(&self) -> Rational {
        self.time_of(self.frames)
    }

    /// The frame shown at a time, in seconds from the start; past the end, the last one.
    pub(crate) fn frame_at(&self, time: Rational) -> u64 {
        let number = u64::try_from((time * self.frame_rate).floor()).unwrap_or(0);
        number.min(self.frames.saturating_sub(1))
    }

    /// Where decoding begins for frame `number`.
    pub(crate) fn seek_point(&self, number: u64) -> Option<&SeekPoint> {
        let after = self.windows.partition_point(|window| window.first_frame <= number);
        Some(&self.windows.get(after.checked_sub(1)?)?.seek)
    }

    /// Ticks of one frame in a timescale that is a multiple of the rate's numerator.
    pub(crate) fn frame_ticks(&self, timescale: u32) -> u64 {
        (Rational::from(timescale) / self.frame_rate).round().max(1) as u64
    }
}
