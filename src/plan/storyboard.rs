//! The storyboard of a plan: small pictures at equal distances, laid out on sheets, for players to show over
//! their seek bar.

use serde::{Deserialize, Serialize};

use super::source_video::SourceVideo;
use crate::base::{Error, Rational, Result, setters};
use crate::media::SeekPoint;

/// What HLS calls the codec of its sheets; there is no RFC 6381 string for JPEG.
pub(crate) const STORYBOARD_CODEC: &str = "jpeg";
/// Ticks per second: the times of WebVTT have three decimals.
pub(crate) const STORYBOARD_TIMESCALE: u32 = 1000;
/// The most tiles in a row, and rows on a sheet.
pub(crate) const MAX_TILES_PER_LINE: u32 = 10;
/// The largest tile. A sheet of the most tiles is then one of 3200 by 6400 pixels.
pub(crate) const MAX_TILE: (u32, u32) = (320, 640);
/// How a storyboard is laid out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct StoryboardOptions {
    /// Seconds from one picture to the next, 1 to 60, with three decimals at most. Default: 10.
    pub interval: Rational,
    /// SourceVideo in a row of a sheet, 1 to 10. Default: 4.
    pub columns: u32,
    /// Rows of a sheet, 1 to 10. Default: 4.
    pub rows: u32,
    /// Width of a picture in pixels, even, 16 to 320; its height follows from the video's shape. Nothing is
    /// scaled up, and where the height would be above 640, both are less. Default: 160.
    pub width: u32,
}

impl Default for StoryboardOptions {
    fn default() -> Self {
        Self { interval: Rational::from(10), columns: 4, rows: 4, width: 160 }
    }
}

setters!(StoryboardOptions { interval: into Rational, columns: u32, rows: u32, width: u32 });

impl StoryboardOptions {
    pub(crate) fn check(&self) -> Result<()> {
        let Self { interval, columns, rows, width } = self;
        if !is_interval(*interval) {
            let message = format!("the storyboard's interval is {interval} s, but must be from 1 to 60");
            return Err(Error::invalid(message + " with three decimals at most"));
        }
        for (name, count) in [("columns", columns), ("rows", rows)] {
            if !(1..=MAX_TILES_PER_LINE).contains(count) {
                let message = format!("the storyboard has {count} {name}, but must have 1 to {MAX_TILES_PER_LINE}");
                return Err(Error::invalid(message));
            }
        }
        let widest = MAX_TILE.0;
        if !(16..=widest).contains(width) || !width.is_multiple_of(2) {
            let message = format!("the storyboard's width is {width}, but must be even and from 16 to {widest}");
            return Err(Error::invalid(message));
        }
        Ok(())
    }
}

/// Whether an interval is in its range and a whole number of ticks.
pub(crate) fn is_interval(interval: Rational) -> bool {
    let range = Rational::from(1)..=Rational::from(60);
    range.contains(&interval) && (interval * Rational::from(STORYBOARD_TIMESCALE)).den() == 1
}

/// How a storyboard's sheets are made. Tile `k` stands for the time from `k` intervals to the next one's: it
/// shows the keyframe nearest to the middle of that time, where one is within three quarters of an interval of
/// it, else the very frame at the middle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Storyboard {
    /// Width of a tile in pixels, even.
    pub width: u32,
    /// Height of a tile in pixels, even.
    pub height: u32,
    /// Tiles in a row of a sheet.
    pub columns: u32,
    /// Rows of a sheet; the last one has as many as it needs.
    pub rows: u32,
    /// Seconds from one tile to the next. The last one ends with the video.
    pub interval: Rational,
    /// The tiles, in order.
    pub tiles: Vec<Tile>,
}

/// Where the picture of a tile is in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Tile {
    /// The packet that decoding begins with.
    pub seek: SeekPoint,
    /// The source's time, in ticks, of the picture.
    pub time: i64,
    /// Whether it is the picture of that packet, which is decoded alone.
    pub keyframe: bool,
}

impl Storyboard {
    /// Tiles of a sheet that is full.
    pub(crate) fn tiles_per_sheet(&self) -> u32 {
        self.columns.saturating_mul(self.rows)
    }

    /// Number of sheets.
    pub(crate) fn sheets(&self) -> u32 {
        self.tiles.len().div_ceil(self.tiles_per_sheet().max(1) as usize) as u32
    }

    /// The tiles of sheet `index`, where there is such a sheet.
    pub(crate) fn sheet(&self, index: u32) -> Option<&[Tile]> {
        self.tiles.chunks(self.tiles_per_sheet().max(1) as usize).nth(index as usize)
    }

    /// Rows that sheet `index` has.
    pub(crate) fn rows_of(&self, index: u32) -> u32 {
        self.sheet(index).map_or(0, |tiles| tiles.len().div_ceil(self.columns.max(1) as usize) as u32)
    }

    /// From when to when each tile is shown, in ticks of the track's timescale.
    pub(crate) fn times(&self, source: &SourceVideo) -> impl Iterator<Item = (u64, u64)> {
        let (end, interval) = (storyboard_ticks(source), interval_ticks(self.interval));
        (0..self.tiles.len() as u64).map(move |number| {
            let start = number.saturating_mul(interval);
            (start.min(end), start.saturating_add(interval).min(end))
        })
    }

    /// The presented duration of each sheet, in ticks of the track's timescale.
    pub(crate) fn sheet_ticks(&self, source: &SourceVideo) -> Vec<u64> {
        let times: Vec<_> = self.times(source).collect();
        let sheets = times.chunks(self.tiles_per_sheet().max(1) as usize);
        sheets.map(|sheet| sheet.iter().map(|(start, end)| end - start).sum()).collect()
    }
}

/// How long the pictures last, in ticks: never longer than they do.
pub(crate) fn storyboard_ticks(source: &SourceVideo) -> u64 {
    let frames = i64::try_from(source.frames).unwrap_or(i64::MAX);
    let ticks = Rational::from(frames) * Rational::from(STORYBOARD_TIMESCALE) / source.frame_rate;
    u64::try_from(ticks.floor()).unwrap_or(0).max(1)
}

fn interval_ticks(interval: Rational) -> u64 {
    u64::try_from((interval * Rational::from(STORYBOARD_TIMESCALE)).round()).unwrap_or(0).max(1)
}

/// How many tiles show all of the source.
pub(crate) fn tiles(source: &SourceVideo, interval: Rational) -> u64 {
    storyboard_ticks(source).div_ceil(interval_ticks(interval))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_out_of_range_is_named() {
        let usual = StoryboardOptions::default;
        assert!(usual().check().is_ok());
        for (options, words) in [
            (StoryboardOptions { interval: Rational::new(1, 2), ..usual() }, "interval is 1/2"),
            (StoryboardOptions { interval: 61.into(), ..usual() }, "interval is 61"),
            (StoryboardOptions { interval: Rational::new(4, 3), ..usual() }, "interval is 4/3"),
            (StoryboardOptions { columns: 0, ..usual() }, "has 0 columns"),
            (StoryboardOptions { rows: 11, ..usual() }, "has 11 rows"),
            (StoryboardOptions { width: 14, ..usual() }, "width is 14"),
            (StoryboardOptions { width: 161, ..usual() }, "width is 161"),
            (StoryboardOptions { width: 322, ..usual() }, "width is 322"),
        ] {
            let message = options.check().unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
