//! The pictures of a plan: their grid, and where each segment finds its own.

use serde::{Deserialize, Serialize};

use super::watermark::Watermark;
use crate::base::Rational;
use crate::ffmpeg::filters::SourceFormat;
use crate::media::{FieldParity, PictureColour, SeekPoint};

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
    /// Frames from one keyframe to the next in what is encoded, beginning anew with each segment.
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
    /// What is put over them all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Watermark>,
    /// One window a segment.
    pub windows: Vec<Window>,
}

/// The pictures of one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The first frame; the last is that before the next window's first.
    pub frame: u64,
    /// The packet that decoding begins with.
    pub from: SeekPoint,
}

impl Pictures {
    /// What filters have to know of the source.
    pub(crate) fn format(&self) -> SourceFormat<'_> {
        let Self { rotation, mirrored, tone_map, .. } = *self;
        SourceFormat { rotation, mirrored, tone_map, matrix: &self.colour.matrix }
    }

    /// The first frame of segment `index`; behind the last one the number of all frames.
    pub(crate) fn window_start(&self, index: u32) -> u64 {
        self.windows.get(index as usize).map_or(self.frames, |window| window.frame)
    }

    /// Frames of segment `index`.
    pub(crate) fn window_frames(&self, index: u32) -> u32 {
        let frames = self.window_start(index.saturating_add(1)).saturating_sub(self.window_start(index));
        u32::try_from(frames).unwrap_or(u32::MAX)
    }

    /// When frame `number` comes into view, in seconds from the start; of the number of all frames, the end.
    pub(crate) fn time_of(&self, number: u64) -> Rational {
        Rational::from(i64::try_from(number).unwrap_or(i64::MAX)) / self.frame_rate
    }

    /// The frame in view at a time, in seconds from the start; behind the end it is the last one.
    pub(crate) fn frame_at(&self, time: Rational) -> u64 {
        let number = u64::try_from((time * self.frame_rate).floor()).unwrap_or(0);
        number.min(self.frames.saturating_sub(1))
    }

    /// Where decoding begins for frame `number`.
    pub(crate) fn seek_point(&self, number: u64) -> Option<&SeekPoint> {
        let after = self.windows.partition_point(|window| window.frame <= number);
        Some(&self.windows.get(after.checked_sub(1)?)?.from)
    }

    /// Ticks of one frame in a timescale that is a multiple of the rate's numerator.
    pub(crate) fn frame_ticks(&self, timescale: u32) -> u64 {
        (Rational::from(timescale) / self.frame_rate).round().max(1) as u64
    }
}
