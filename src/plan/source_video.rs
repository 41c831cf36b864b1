//! The source's video as renditions use it: its frame grid, and where decoding begins for each segment.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::watermark::Watermark;
use crate::base::Rational;
use crate::media::{
    CaptionChannel, ClockPart, DecoderParameters, Edit, FieldParity, PictureColour, SeekPoint, SourceFormat,
};

/// The source's video as the plan uses it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SourceVideo {
    /// Index of the source's track.
    pub track: u32,
    /// Display width in square pixels.
    pub width: u32,
    /// Display height in square pixels.
    pub height: u32,
    /// The track's time base in seconds per tick.
    pub time_base: Rational,
    /// Frames per second of all renditions. Frame `k` is presented at `k / frame_rate` and shows the source frame
    /// nearest to that time, but none more than half a frame early: the one before is held until then.
    pub frame_rate: Rational,
    /// Number of frames.
    pub frames: u64,
    /// Frames from one keyframe to the next in encoded renditions; each segment begins with a keyframe.
    pub keyframe_interval: u32,
    /// Clockwise rotation in degrees: 0, 90, 180 or 270.
    pub rotation: u32,
    /// Whether to mirror left to right, before the rotation.
    pub mirrored: bool,
    /// Which field comes first, if frames may well have two: each is deinterlaced by what it says itself, and this is for
    /// those that have no word for it. Where it is `None` frames that say so are deinterlaced too.
    pub deinterlace: Option<FieldParity>,
    /// The colour description, with defaults for what the source does not state.
    pub colour: PictureColour,
    /// Whether to map high dynamic range to standard dynamic range.
    pub tone_map: bool,
    /// The brightest pixel in cd/m², of what is tone mapped and says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak: Option<u32>,
    /// The watermark on all frames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Watermark>,
    /// What decoders are set up with somewhere within the track, other than at its beginning; seek points name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<DecoderParameters>,
    /// The stretches of the source's clock, if it jumps or begins anew; all times are as they say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clock: Vec<ClockPart>,
    /// What its edit list shows, in order, if it is read edit by edit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
    /// The closed captions that its copied pictures carry; none if none are copied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed_captions: Vec<CaptionChannel>,
    /// The languages of these, as tags of BCP 47 with the shortest code, where the source says them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub caption_languages: BTreeMap<CaptionChannel, String>,
    /// One window for each segment.
    pub windows: Vec<VideoWindow>,
}

/// The frames of one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VideoWindow {
    /// The first frame. The window ends where the next one begins.
    pub first_frame: u64,
    /// The packet that decoding begins with.
    pub seek: SeekPoint,
}

impl SourceVideo {
    /// The properties of the source that filters depend on.
    pub(crate) fn format(&self) -> SourceFormat<'_> {
        let Self { rotation, mirrored, tone_map, .. } = *self;
        SourceFormat { rotation, mirrored, tone_map, matrix: &self.colour.matrix }
    }

    /// What the decoder is set up with that begins with this packet.
    pub(crate) fn parameters_at(&self, seek: &SeekPoint) -> &DecoderParameters {
        DecoderParameters::numbered(&self.parameters, seek.parameters)
    }

    /// Display width and height.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The first frame of segment `index`; past the last segment, the total number of frames.
    pub(crate) fn window_start(&self, index: u32) -> u64 {
        self.windows.get(index as usize).map_or(self.frames, |window| window.first_frame)
    }

    /// Number of frames in segment `index`.
    pub(crate) fn window_frames(&self, index: u32) -> u32 {
        let frames = self.window_start(index.saturating_add(1)).saturating_sub(self.window_start(index));
        u32::try_from(frames).unwrap_or(u32::MAX)
    }

    /// Duration of the shortest segment in seconds.
    pub(crate) fn shortest_window(&self) -> Rational {
        let frames = (0..self.windows.len() as u32).map(|index| self.window_frames(index)).min();
        Rational::from(frames.unwrap_or(0).max(1)) / self.frame_rate
    }

    /// Indexes of consecutive segments whose decoding begins with the same packet: made in order, each run is decoded once.
    pub(crate) fn decoder_runs(&self) -> impl Iterator<Item = Range<u32>> {
        let mut end = 0;
        self.windows.chunk_by(|one, next| one.seek == next.seek).map(move |run| {
            let first = end;
            end += run.len() as u32;
            first..end
        })
    }

    /// Presentation time of frame `number` in seconds; for the total number of frames, the end.
    pub(crate) fn time_of(&self, number: u64) -> Rational {
        Rational::from(i64::try_from(number).unwrap_or(i64::MAX)) / self.frame_rate
    }

    /// Duration of all frames in seconds.
    pub(crate) fn duration(&self) -> Rational {
        self.time_of(self.frames)
    }

    /// The frame on screen at a time in seconds; past the end, the last one.
    pub(crate) fn frame_at(&self, time: Rational) -> u64 {
        let number = u64::try_from((time * self.frame_rate).floor()).unwrap_or(0);
        number.min(self.frames.saturating_sub(1))
    }

    /// By how many seconds a source frame may be presented before its time: half a frame.
    pub(crate) fn max_early(&self) -> Rational {
        (Rational::from(2) * self.frame_rate).recip()
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
