//! The storyboard rendition: tile size, and the frame that each tile shows.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::access::{AccessPoints, nearest, shown};
use super::rungs::even;
use crate::base::Rational;
use crate::media::{SeekPoint, TrackIndex};
use crate::plan::{
    Ladder, MAX_TILE, Media, Rendition, STORYBOARD_CODEC, STORYBOARD_TIMESCALE, SourceVideo, Storyboard, Tile,
    storyboard_ticks, tile_count,
};

/// Id of the storyboard rendition.
const ID: &str = "storyboard";
/// Distance from the middle of a tile's time, in intervals, within which a keyframe may stand for it. If keyframes are
/// at most an interval and a half apart, there is one for every tile. That covers encoders' default of 250 frames,
/// about 10 seconds, at the default interval of 10 seconds.
const MAX_KEYFRAME_DISTANCE: (i64, i64) = (3, 4);

/// The storyboard that a ladder asks for, up to the end of the presentation, which lasts `duration` seconds; `None` if it
/// asks for none or the video has no keyframe.
pub(super) fn rendition(
    ladder: &Ladder,
    source: &Arc<SourceVideo>,
    index: &TrackIndex,
    origin: Rational,
    duration: Rational,
) -> Option<Rendition> {
    let options = ladder.storyboard.as_ref()?;
    let (width, height) = tile_size((source.width, source.height), options.width);
    let interval = options.interval;
    let end = Some(duration).filter(|duration| *duration > source.time_of(source.frames));
    let count = tile_count(source, end, interval);
    // A single sheet is no larger than it has to be.
    let columns = u64::from(options.columns).min(count).max(1) as u32;
    let rows = u64::from(options.rows).min(count.div_ceil(columns.into())).max(1) as u32;
    let mut storyboard = Storyboard { width, height, columns, rows, interval, end, tiles: Vec::new() };
    let presented = presented_range(source, origin);
    let tile_frames = TileFrames::new(index, !shows_fields(source, &storyboard), &presented, source.max_early());
    let last_end = Rational::new(storyboard_ticks(source, end) as i64, STORYBOARD_TIMESCALE.into());
    storyboard.tiles = (0..count)
        .map(|number| {
            let start = Rational::from(number as i64) * interval;
            let end = (start + interval).min(last_end);
            tile_frames.at(origin + (start + end) / Rational::from(2), interval)
        })
        .collect::<Option<_>>()?;
    Some(Rendition {
        id: ID.into(),
        segment_count: storyboard.sheets(),
        codecs: STORYBOARD_CODEC.into(),
        timescale: STORYBOARD_TIMESCALE,
        encoded_because: None,
        media: Media::Storyboard(source.clone(), storyboard),
    })
}

/// The range of source times that the presentation covers, widened by half a frame on either side.
fn presented_range(source: &SourceVideo, origin: Rational) -> RangeInclusive<Rational> {
    let half = source.max_early();
    origin - half..=origin + source.time_of(source.frames) + half
}

/// Whether a tile is high enough to show the combing of interlaced keyframes, which are not deinterlaced. At up to half
/// of the lines the scaler blends the two fields; above that, tiles show exact frames, which are deinterlaced.
fn shows_fields(source: &SourceVideo, storyboard: &Storyboard) -> bool {
    let sideways = source.rotation % 180 == 90;
    let (lines, tile) = if sideways { (source.width, storyboard.width) } else { (source.height, storyboard.height) };
    source.deinterlace.is_some() && tile.saturating_mul(2) > lines
}

/// Size of a tile of at most this width: in the video's aspect ratio, even, no larger than the video or [`MAX_TILE`].
fn tile_size(video: (u32, u32), width: u32) -> (u32, u32) {
    let width = width.min(video.0 & !1).max(2);
    match even(width, video.1, video.0) {
        height if height > MAX_TILE.1 => (even(MAX_TILE.1, video.0, video.1), MAX_TILE.1),
        height => (width, height),
    }
}

/// The frames of the source that tiles can show.
struct TileFrames {
    time_base: Rational,
    /// As [`SourceVideo::max_early`].
    max_early: Rational,
    times: Vec<i64>,
    key_times: Vec<i64>,
    keyframes: Vec<(i64, SeekPoint)>,
    access: AccessPoints,
}

impl TileFrames {
    /// Without `use_keyframes`, all tiles show exact frames.
    fn new(index: &TrackIndex, use_keyframes: bool, presented: &RangeInclusive<Rational>, max_early: Rational) -> Self {
        let is_presented = |time: i64| presented.contains(&index.time_base.times(time));
        let usable = index.packets.iter().filter(|packet| use_keyframes && packet.is_whole() && !packet.discard);
        let usable = usable.filter(|packet| is_presented(packet.time));
        let mut keyframes: Vec<_> = usable.map(|packet| (packet.time, packet.point)).collect();
        keyframes.sort_by_key(|(time, _)| *time);
        Self {
            time_base: index.time_base,
            max_early,
            times: index.shown_times().into_iter().filter(|time| is_presented(*time)).collect(),
            key_times: keyframes.iter().map(|(time, _)| *time).collect(),
            keyframes,
            access: AccessPoints::of(index),
        }
    }

    /// The frame for a tile whose middle is at `seconds` of the source.
    fn at(&self, seconds: Rational, interval: Rational) -> Option<Tile> {
        let max_distance = interval * Rational::new(MAX_KEYFRAME_DISTANCE.0, MAX_KEYFRAME_DISTANCE.1);
        let is_near = |time: &i64| (self.time_base.times(*time) - seconds).abs() <= max_distance;
        if let Some(time) = nearest(&self.key_times, self.time_base, seconds).filter(is_near) {
            let position = self.key_times.partition_point(|other| *other < time);
            let (time, seek) = *self.keyframes.get(position)?;
            return Some(Tile { seek, time, keyframe: true });
        }
        let time = shown(&self.times, self.time_base, seconds, self.max_early)?;
        Some(Tile { seek: self.access.before(time)?, time, keyframe: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Packet;

    #[test]
    fn tiles_keep_the_aspect_ratio() {
        assert_eq!(tile_size((1920, 1080), 160), (160, 90));
        assert_eq!(tile_size((1080, 1920), 160), (160, 284));
        assert_eq!(tile_size((720, 576), 100), (100, 80));
        assert_eq!(tile_size((65, 41), 160), (64, 40));
        assert_eq!(tile_size((100, 8000), 100), (8, 640));
        assert_eq!(tile_size((2, 8192), 320), (2, 640));
        assert_eq!(tile_size((8192, 2), 320), (320, 2));
    }

    /// `count` frames one second apart, in ticks of a second; that at 1 is discarded.
    fn tile_frames(count: i64, keyframes: &[i64], use_keyframes: bool) -> TileFrames {
        let packet = |time| Packet {
            point: SeekPoint { pts: Some(time), dts: None, pos: None, parameters: 0 },
            time,
            duration: 1,
            key: keyframes.contains(&time),
            discard: time == 1,
            size: 1,
            recovery: 0,
        };
        let packets = (0..count).map(packet).collect();
        let presented = Rational::ZERO..=count.into();
        let index = TrackIndex { packets, ..TrackIndex::new(0, Rational::from(1)) };
        TileFrames::new(&index, use_keyframes, &presented, Rational::new(1, 2))
    }

    fn chosen(tile_frames: &TileFrames, seconds: i64) -> (i64, bool) {
        let tile = tile_frames.at(seconds.into(), 4.into()).unwrap();
        (tile.time, tile.keyframe)
    }

    #[test]
    fn the_nearest_keyframe_is_shown_where_one_is_near() {
        let tile_frames = tile_frames(40, &[0, 1, 6, 10, 30], true);
        // Up to three seconds away; of two at the same distance the earlier counts, and a discarded one never does.
        let cases = [(2, (0, true)), (8, (6, true)), (9, (10, true)), (13, (10, true)), (27, (30, true))];
        for (seconds, expected) in cases {
            assert_eq!(chosen(&tile_frames, seconds), expected, "{seconds} s");
        }
        for seconds in [14, 20, 26, 34] {
            assert_eq!(chosen(&tile_frames, seconds), (seconds, false), "{seconds} s");
        }
        assert_eq!(tile_frames.at(20.into(), 4.into()).unwrap().seek.pts, Some(10));
    }

    #[test]
    fn without_keyframes_every_frame_is_exact() {
        assert_eq!(chosen(&tile_frames(40, &[0, 8], false), 8), (8, false));
    }
}
