//! Storyboards: tiles at equal intervals, laid out on sheets, that players show over their seek bar.

use serde::{Deserialize, Serialize};

use super::source_video::SourceVideo;
use crate::base::{Error, Rational, Result, setters};
use crate::media::SeekPoint;

/// Codec string of storyboards, as players of HLS image playlists expect it; RFC 6381 has none for JPEG.
pub(crate) const STORYBOARD_CODEC: &str = "jpeg";
/// Ticks per second: WebVTT times have three decimals.
pub(crate) const STORYBOARD_TIMESCALE: u32 = 1000;
/// Maximum columns, and rows, of a sheet.
pub(crate) const MAX_TILES_PER_LINE: u32 = 10;
/// Maximum width and height of a tile, which keeps the largest sheet at 3200 by 6400 pixels.
pub(crate) const MAX_TILE: (u32, u32) = (320, 640);

/// Layout of a storyboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct StoryboardOptions {
    /// Seconds from one tile to the next, 1 to 60, with at most three decimals. Default: 10.
    pub interval: Rational,
    /// Tiles in a row of a sheet, 1 to 10. Default: 4.
    pub columns: u32,
    /// Rows of a sheet, 1 to 10. Default: 4.
    pub rows: u32,
    /// Width of a tile in pixels, even, 16 to 320; the height follows from the video's aspect ratio. Tiles are smaller
    /// if the video is smaller, or if the height would exceed 640. Default: 160.
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
            return Err(Error::invalid(message + " with at most three decimals"));
        }
        for (name, count) in [("columns", columns), ("rows", rows)] {
            if !(1..=MAX_TILES_PER_LINE).contains(count) {
                let message = format!("the storyboard has {count} {name}, but must have 1 to {MAX_TILES_PER_LINE}");
                return Err(Error::invalid(message));
            }
        }
        let max_width = MAX_TILE.0;
        if !(16..=max_width).contains(width) || !width.is_multiple_of(2) {
            let message = format!("the storyboard's width is {width}, but must be even and from 16 to {max_width}");
            return Err(Error::invalid(message));
        }
        Ok(())
    }
}

/// Whether an interval is in range and a whole number of ticks.
pub(crate) fn is_interval(interval: Rational) -> bool {
    let range = Rational::from(1)..=Rational::from(60);
    range.contains(&interval) && (interval * Rational::from(STORYBOARD_TIMESCALE)).den() == 1
}

/// A storyboard rendition. Tile `k` stands for the interval from `k * interval` on. It shows the keyframe nearest to
/// the middle of that interval if there is one within three quarters of an interval, and the exact frame otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Storyboard {
    /// Width of a tile in pixels, even.
    pub width: u32,
    /// Height of a tile in pixels, even.
    pub height: u32,
    /// Tiles in a row of a sheet.
    pub columns: u32,
    /// Rows of a sheet. All sheets are of one size; the last may have empty places at its end.
    pub rows: u32,
    /// Seconds from one tile to the next.
    pub interval: Rational,
    /// When the last tile ends, in seconds, where the presentation lasts longer than its pictures: the last of them is
    /// then shown until its end. `None`: with the video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Rational>,
    /// The tiles, in order.
    pub tiles: Vec<Tile>,
}

/// Where the frame of a tile is in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Tile {
    /// The packet that decoding begins with.
    pub seek: SeekPoint,
    /// Timestamp of the frame in ticks of the source.
    pub time: i64,
    /// Whether the frame is the keyframe in that packet, which is decoded by itself.
    pub keyframe: bool,
}

impl Storyboard {
    /// Number of tiles on a full sheet.
    pub(crate) fn tiles_per_sheet(&self) -> u32 {
        self.columns.saturating_mul(self.rows)
    }

    /// Number of sheets.
    pub(crate) fn sheets(&self) -> u32 {
        self.tiles.len().div_ceil(self.tiles_per_sheet().max(1) as usize) as u32
    }

    /// The tiles of sheet `index`, if there is such a sheet.
    pub(crate) fn sheet(&self, index: u32) -> Option<&[Tile]> {
        self.tiles.chunks(self.tiles_per_sheet().max(1) as usize).nth(index as usize)
    }

    /// Start and end of each tile in ticks of the rendition's timescale.
    pub(crate) fn times(&self, source: &SourceVideo) -> impl Iterator<Item = (u64, u64)> {
        let (end, interval) = (storyboard_ticks(source, self.end), interval_ticks(self.interval));
        (0..self.tiles.len() as u64).map(move |number| {
            let start = number.saturating_mul(interval);
            (start.min(end), start.saturating_add(interval).min(end))
        })
    }

    /// How long a sheet lasts that has a tile in each place, in ticks of the rendition's timescale.
    pub(crate) fn full_sheet_ticks(&self) -> u64 {
        interval_ticks(self.interval).saturating_mul(self.tiles_per_sheet().into())
    }

    /// Presented duration of each sheet in ticks of the rendition's timescale.
    pub(crate) fn sheet_ticks(&self, source: &SourceVideo) -> Vec<u64> {
        let times: Vec<_> = self.times(source).collect();
        let sheets = times.chunks(self.tiles_per_sheet().max(1) as usize);
        sheets.map(|sheet| sheet.iter().map(|(start, end)| end - start).sum()).collect()
    }
}

/// Ticks up to the end of a storyboard, which is that of the video if there is no other, rounded down so that no tile
/// outlasts what is played.
pub(crate) fn storyboard_ticks(source: &SourceVideo, end: Option<Rational>) -> u64 {
    let frames = i64::try_from(source.frames).unwrap_or(i64::MAX);
    let end = end.unwrap_or_else(|| Rational::from(frames) / source.frame_rate);
    u64::try_from((end * Rational::from(STORYBOARD_TIMESCALE)).floor()).unwrap_or(0).max(1)
}

fn interval_ticks(interval: Rational) -> u64 {
    u64::try_from((interval * Rational::from(STORYBOARD_TIMESCALE)).round()).unwrap_or(0).max(1)
}

/// Number of tiles up to the end of a storyboard.
pub(crate) fn tile_count(source: &SourceVideo, end: Option<Rational>, interval: Rational) -> u64 {
    storyboard_ticks(source, end).div_ceil(interval_ticks(interval))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_out_of_range_is_named() {
        let options = StoryboardOptions::default;
        assert!(options().check().is_ok());
        for (options, words) in [
            (options().interval(Rational::new(1, 2)), "interval is 1/2"),
            (options().interval(61), "interval is 61"),
            (options().interval(Rational::new(4, 3)), "interval is 4/3"),
            (options().columns(0_u32), "has 0 columns"),
            (options().rows(11_u32), "has 11 rows"),
            (options().width(14_u32), "width is 14"),
            (options().width(161_u32), "width is 161"),
            (options().width(322_u32), "width is 322"),
        ] {
            let message = options.check().unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
