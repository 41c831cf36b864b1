//! How long the segments of a rendition last by the plan.

use crate::plan::{AudioCoding, AudioRendition, Plan, Rendition, RenditionKind, SourceVideo, Storyboard};
use crate::rational::{self, Rational};

/// Samples per channel in an AAC frame (ISO/IEC 14496-3, AAC-LC).
pub(crate) const AAC_FRAME: u32 = 1024;

impl Plan {
    /// The presented duration of each segment of `rendition`, in ticks of its timescale.
    pub(crate) fn segment_durations(&self, rendition: &Rendition) -> Vec<u64> {
        match (&rendition.kind, &self.source_video) {
            (RenditionKind::Audio(audio), _) => audio.segment_ticks(),
            (RenditionKind::Text(text), _) => text.windows.iter().map(|window| window.duration.into()).collect(),
            (RenditionKind::Video(_), Some(source)) => source.segment_ticks(rendition.timescale),
            (RenditionKind::Storyboard(storyboard), Some(source)) => storyboard.sheet_ticks(source),
            // The plan is refused where there is no source video.
            (RenditionKind::Video(_) | RenditionKind::Storyboard(_), None) => Vec::new(),
        }
    }

    /// The presented duration of the whole of `rendition`, in seconds.
    pub(crate) fn rendition_duration(&self, rendition: &Rendition) -> Rational {
        let ticks = self.segment_durations(rendition).into_iter().map(i128::from).sum();
        rational::seconds(ticks, rendition.timescale)
    }
}

impl AudioRendition {
    /// Samples at the beginning that the edit list cuts off.
    pub(crate) fn skipped_samples(&self) -> u32 {
        match self.coding {
            AudioCoding::Passthrough { priming } => priming,
            AudioCoding::Encode => self.priming_frames.saturating_mul(AAC_FRAME),
        }
    }

    fn segment_ticks(&self) -> Vec<u64> {
        let skips = std::iter::once(self.skipped_samples()).chain(std::iter::repeat(0));
        let ticks = self.windows.iter().map(|window| u64::from(window.frames) * u64::from(AAC_FRAME));
        let mut ticks: Vec<u64> = ticks.zip(skips).map(|(ticks, skip)| ticks.saturating_sub(skip.into())).collect();
        ticks.iter_mut().last().into_iter().for_each(|last| *last = last.saturating_sub(self.padding.into()));
        ticks
    }
}

impl SourceVideo {
    /// Ticks of one frame, which the plan's check has found to be a whole number.
    pub(crate) fn frame_ticks(&self, timescale: u32) -> Rational {
        Rational::from(i128::from(timescale)) / self.frame_rate
    }

    fn segment_ticks(&self, timescale: u32) -> Vec<u64> {
        let frame = self.frame_ticks(timescale).to_integer();
        let frame = u64::try_from(frame).unwrap_or(0);
        self.segment_frames().map(|frames| frames.saturating_mul(frame)).collect()
    }

    /// Number of frames in each segment.
    pub(crate) fn segment_frames(&self) -> impl Iterator<Item = u64> {
        let ends = self.windows.iter().skip(1).map(|window| window.first_frame).chain([self.frames]);
        self.windows.iter().zip(ends).map(|(window, end)| end.saturating_sub(window.first_frame))
    }

    /// The duration in seconds.
    pub(crate) fn duration(&self) -> Rational {
        Rational::from(i128::from(self.frames)) / self.frame_rate
    }
}

impl Storyboard {
    /// Ticks per second of the times of its sheets.
    pub(crate) const TIMESCALE: u32 = 1000;

    /// Tiles on a full sheet.
    pub(crate) fn tiles_per_sheet(&self) -> u32 {
        self.columns * self.rows
    }

    /// Number of sheets.
    pub(crate) fn sheets(&self) -> usize {
        self.tiles.len().div_ceil(self.tiles_per_sheet().max(1) as usize)
    }

    /// Number of tiles that the interval makes.
    pub(crate) fn expected_tiles(&self, source: &SourceVideo) -> u64 {
        self.end_ticks(source).div_ceil(self.interval_ticks())
    }

    /// When the last tile ends, rounded down: with the video, if no other end is stated.
    fn end_ticks(&self, source: &SourceVideo) -> u64 {
        let end = self.end.unwrap_or_else(|| source.duration());
        let ticks = end * Rational::from(i128::from(Self::TIMESCALE));
        u64::try_from(ticks.floor().to_integer()).unwrap_or(0).max(1)
    }

    fn interval_ticks(&self) -> u64 {
        let ticks = self.interval * Rational::from(i128::from(Self::TIMESCALE));
        u64::try_from(ticks.to_integer()).unwrap_or(0).max(1)
    }

    /// Ticks of each sheet that are presented.
    fn sheet_ticks(&self, source: &SourceVideo) -> Vec<u64> {
        let (end, sheet) =
            (self.end_ticks(source), self.interval_ticks().saturating_mul(self.tiles_per_sheet().into()));
        let starts = (0..self.sheets() as u64).map(|index| index.saturating_mul(sheet));
        starts.map(|start| start.saturating_add(sheet).min(end).saturating_sub(start)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::VideoWindow;
    use serde::de::IgnoredAny;

    /// 125 frames at 5 frames per second in segments of 50: 25 seconds.
    fn source() -> SourceVideo {
        let windows = [0, 50, 100].map(|first_frame| VideoWindow { first_frame }).to_vec();
        SourceVideo { frame_rate: Rational::from(5), frames: 125, keyframe_interval: 10, windows }
    }

    #[test]
    fn the_last_segment_has_the_rest() {
        assert_eq!(source().segment_ticks(10), [100, 100, 50]);
    }

    #[test]
    fn the_last_sheet_ends_with_the_video_or_later() {
        let tiles = vec![IgnoredAny; 9];
        let mut storyboard =
            Storyboard { width: 16, height: 8, columns: 3, rows: 2, interval: 3.into(), end: None, tiles };
        assert_eq!(storyboard.sheet_ticks(&source()), [18_000, 7_000]);
        assert_eq!(storyboard.expected_tiles(&source()), 9);
        storyboard.end = Some(Rational::new(281, 10));
        assert_eq!(storyboard.sheet_ticks(&source()), [18_000, 10_100]);
        assert_eq!(storyboard.expected_tiles(&source()), 10);
    }
}
