//! The storyboard of a plan: small pictures at equal distances, laid out on sheets, for players to show over
//! their seek bar.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::video::{AccessPoints, even, nearest};
use super::{Ladder, Pictures, Track, TrackKind};
use crate::probe::{SeekPoint, TrackIndex};
use crate::{Error, Rational, Result};

/// The storyboard track's id.
const ID: &str = "storyboard";
/// What HLS calls the codec of its sheets; there is no RFC 6381 string for JPEG.
pub(super) const CODEC: &str = "jpeg";
/// Ticks per second: the times of WebVTT have three decimals.
pub(super) const TIMESCALE: u32 = 1000;
/// The most tiles in a row, and rows on a sheet.
pub(super) const MOST_IN_LINE: u32 = 10;
/// The largest tile. A sheet of the most tiles is then one of 3200 by 6400 pixels.
pub(super) const LARGEST: (u32, u32) = (320, 640);
/// A keyframe stands for a tile up to so many intervals from its middle. Keyframes an interval and a half
/// apart, or nearer, so leave no tile without.
const REACH: (i64, i64) = (3, 4);

/// How a storyboard is laid out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoryboardOptions {
    /// Seconds from one picture to the next, 1 to 60, with three decimals at most. Default: 10.
    pub interval: Rational,
    /// Pictures in a row of a sheet, 1 to 10. Default: 4.
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

impl StoryboardOptions {
    pub(super) fn check(&self) -> Result<()> {
        let Self { interval, columns, rows, width } = self;
        if !is_interval(*interval) {
            let message = format!("the storyboard's interval is {interval} s, but must be from 1 to 60");
            return Err(Error::invalid(message + " with three decimals at most"));
        }
        for (name, count) in [("columns", columns), ("rows", rows)] {
            if !(1..=MOST_IN_LINE).contains(count) {
                let message = format!("the storyboard has {count} {name}, but must have 1 to {MOST_IN_LINE}");
                return Err(Error::invalid(message));
            }
        }
        let widest = LARGEST.0;
        if !(16..=widest).contains(width) || !width.is_multiple_of(2) {
            let message = format!("the storyboard's width is {width}, but must be even and from 16 to {widest}");
            return Err(Error::invalid(message));
        }
        Ok(())
    }
}

/// Whether an interval is in its range and a whole number of ticks.
pub(super) fn is_interval(interval: Rational) -> bool {
    let range = Rational::from(1)..=Rational::from(60);
    range.contains(&interval) && (interval * Rational::from(TIMESCALE)).den() == 1
}

/// How a storyboard's sheets are made. Tile `k` stands for the time from `k` intervals to the next one's: it
/// shows the keyframe nearest to the middle of that time, where one is within three quarters of an interval of
/// it, else the very frame at the middle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageTrack {
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
pub struct Tile {
    /// The packet that decoding begins with.
    pub from: SeekPoint,
    /// The source's time, in ticks, of the picture.
    pub time: i64,
    /// Whether it is the picture of that packet, which is decoded alone.
    pub keyframe: bool,
}

impl ImageTrack {
    /// Tiles of a sheet that is full.
    pub(crate) fn tiles_a_sheet(&self) -> u32 {
        self.columns * self.rows
    }

    /// The tiles of sheet `index`, where there is such a sheet.
    pub(crate) fn sheet(&self, index: u32) -> Option<&[Tile]> {
        self.tiles.chunks(self.tiles_a_sheet().max(1) as usize).nth(index as usize)
    }

    /// Rows that sheet `index` has.
    pub(crate) fn rows_of(&self, index: u32) -> u32 {
        self.sheet(index).map_or(0, |tiles| tiles.len().div_ceil(self.columns.max(1) as usize) as u32)
    }

    /// From when to when each tile is shown, in ticks of the track's timescale.
    pub(crate) fn times(&self, pictures: &Pictures) -> impl Iterator<Item = (u64, u64)> {
        let (end, interval) = (ticks(pictures), interval_ticks(self.interval));
        (0..self.tiles.len() as u64).map(move |number| {
            let start = number.saturating_mul(interval);
            (start.min(end), start.saturating_add(interval).min(end))
        })
    }

    /// The presented duration of each sheet, in ticks of the track's timescale.
    pub(super) fn sheet_ticks(&self, pictures: &Pictures) -> Vec<u64> {
        let times: Vec<_> = self.times(pictures).collect();
        let sheets = times.chunks(self.tiles_a_sheet().max(1) as usize);
        sheets.map(|sheet| sheet.iter().map(|(start, end)| end - start).sum()).collect()
    }
}

/// How long the pictures last, in ticks: never longer than they do.
fn ticks(pictures: &Pictures) -> u64 {
    let frames = i64::try_from(pictures.frames).unwrap_or(i64::MAX);
    let ticks = Rational::from(frames) * Rational::from(TIMESCALE) / pictures.frame_rate;
    u64::try_from(ticks.floor()).unwrap_or(0).max(1)
}

fn interval_ticks(interval: Rational) -> u64 {
    u64::try_from((interval * Rational::from(TIMESCALE)).round()).unwrap_or(0).max(1)
}

/// How many tiles show all of the pictures.
pub(super) fn tiles(pictures: &Pictures, interval: Rational) -> u64 {
    ticks(pictures).div_ceil(interval_ticks(interval))
}

/// The storyboard that a ladder asks for, of pictures that have at least one keyframe.
pub(super) fn track(ladder: &Ladder, pictures: &Pictures, index: &TrackIndex, origin: Rational) -> Option<Track> {
    let options = ladder.storyboard.as_ref()?;
    let (width, height) = tile_size((pictures.width, pictures.height), options.width);
    let mut images = ImageTrack {
        width,
        height,
        columns: options.columns,
        rows: options.rows,
        interval: options.interval,
        tiles: Vec::new(),
    };
    let shots = Shots::of(index, !shows_fields(pictures, &images), &shown_from_to(pictures, origin));
    images.tiles = (0..tiles(pictures, options.interval))
        .map(|number| {
            let start = Rational::from(number as i64) * options.interval;
            let end = (start + options.interval).min(Rational::new(ticks(pictures) as i64, TIMESCALE.into()));
            shots.at(origin + (start + end) / Rational::from(2), options.interval)
        })
        .collect::<Option<_>>()?;
    Some(Track {
        id: ID.into(),
        segments: images.tiles.len().div_ceil(images.tiles_a_sheet() as usize) as u32,
        codecs: CODEC.into(),
        timescale: TIMESCALE,
        not_copied: None,
        kind: TrackKind::Images(images),
    })
}

/// The container's times of what is presented, to half a frame.
fn shown_from_to(pictures: &Pictures, origin: Rational) -> RangeInclusive<Rational> {
    let half = (Rational::from(2) * pictures.frame_rate).recip();
    origin - half..=origin + pictures.time_of(pictures.frames) + half
}

/// A keyframe is shown as it is, its fields woven. At less than half of the lines nobody sees that; else the
/// exact frame is made, which goes through the deinterlacer.
fn shows_fields(pictures: &Pictures, images: &ImageTrack) -> bool {
    let sideways = pictures.rotation % 180 == 90;
    let (lines, tile) = if sideways { (pictures.width, images.width) } else { (pictures.height, images.height) };
    pictures.deinterlace.is_some() && tile.saturating_mul(2) > lines
}

/// A tile of this width: in the video's shape, even, no larger than the video or the largest tile.
fn tile_size(video: (u32, u32), width: u32) -> (u32, u32) {
    let width = width.min(video.0 & !1).max(2);
    match even(width, video.1, video.0) {
        height if height > LARGEST.1 => (even(LARGEST.1, video.0, video.1), LARGEST.1),
        height => (width, height),
    }
}

/// The pictures of the source that tiles can show.
struct Shots {
    time_base: Rational,
    times: Vec<i64>,
    key_times: Vec<i64>,
    keyframes: Vec<(i64, SeekPoint)>,
    access: AccessPoints,
}

impl Shots {
    fn of(index: &TrackIndex, by_keyframes: bool, presented: &RangeInclusive<Rational>) -> Self {
        let is_presented = |time: i64| presented.contains(&index.time_base.times(time));
        let shown = index.packets.iter().filter(|packet| by_keyframes && packet.key && !packet.hidden);
        let shown = shown.filter(|packet| is_presented(packet.time));
        let mut keyframes: Vec<_> = shown.map(|packet| (packet.time, packet.point)).collect();
        keyframes.sort_by_key(|(time, _)| *time);
        Self {
            time_base: index.time_base,
            times: index.shown_times().into_iter().filter(|time| is_presented(*time)).collect(),
            key_times: keyframes.iter().map(|(time, _)| *time).collect(),
            keyframes,
            access: AccessPoints::of(index),
        }
    }

    /// The picture for a tile whose middle is at `seconds` on the container's clock.
    fn at(&self, seconds: Rational, interval: Rational) -> Option<Tile> {
        let reach = interval * Rational::new(REACH.0, REACH.1);
        let near = |time: &i64| (self.time_base.times(*time) - seconds).abs() <= reach;
        if let Some(time) = nearest(&self.key_times, self.time_base, seconds).filter(near) {
            let place = self.key_times.partition_point(|other| *other < time);
            let (time, from) = *self.keyframes.get(place)?;
            return Some(Tile { from, time, keyframe: true });
        }
        let time = nearest(&self.times, self.time_base, seconds)?;
        Some(Tile { from: self.access.before(time)?, time, keyframe: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Packet;

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

    #[test]
    fn tiles_have_the_shape_of_the_video() {
        assert_eq!(tile_size((1920, 1080), 160), (160, 90));
        assert_eq!(tile_size((1080, 1920), 160), (160, 284));
        assert_eq!(tile_size((720, 576), 100), (100, 80));
        assert_eq!(tile_size((65, 41), 160), (64, 40));
        assert_eq!(tile_size((100, 8000), 100), (8, 640));
        assert_eq!(tile_size((2, 8192), 320), (2, 640));
        assert_eq!(tile_size((8192, 2), 320), (320, 2));
    }

    /// A second apart, in ticks of a second; those named are keyframes.
    fn shots(count: i64, keyframes: &[i64], by_keyframes: bool) -> Shots {
        let packet = |time| Packet {
            point: SeekPoint { pts: Some(time), dts: None, pos: None },
            time,
            duration: 1,
            key: keyframes.contains(&time),
            hidden: time == 1,
            size: 1,
        };
        let packets = (0..count).map(packet).collect();
        let presented = Rational::ZERO..=count.into();
        Shots::of(
            &TrackIndex { track: 0, time_base: Rational::from(1), packets, changes: false },
            by_keyframes,
            &presented,
        )
    }

    fn chosen(shots: &Shots, seconds: i64) -> (i64, bool) {
        let tile = shots.at(seconds.into(), 4.into()).unwrap();
        (tile.time, tile.keyframe)
    }

    #[test]
    fn the_nearest_keyframe_is_shown_where_one_is_near() {
        let shots = shots(40, &[0, 1, 6, 10, 30], true);
        // Three quarters of four seconds reach three; of two keyframes the earlier counts, and a hidden one never.
        let cases = [(2, (0, true)), (8, (6, true)), (9, (10, true)), (13, (10, true)), (27, (30, true))];
        for (seconds, expected) in cases {
            assert_eq!(chosen(&shots, seconds), expected, "{seconds} s");
        }
        for seconds in [14, 20, 26, 34] {
            assert_eq!(chosen(&shots, seconds), (seconds, false), "{seconds} s");
        }
        assert_eq!(shots.at(20.into(), 4.into()).unwrap().from.pts, Some(10));
    }

    #[test]
    fn without_keyframes_every_frame_is_exact() {
        assert_eq!(chosen(&shots(40, &[0, 8], false), 8), (8, false));
    }
}
