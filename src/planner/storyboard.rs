//! Which picture each tile of a storyboard shows.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::access::{AccessPoints, nearest};
use super::rungs::even;
use crate::base::Rational;
use crate::media::{SeekPoint, TrackIndex};
use crate::plan::{
    Ladder, MAX_TILE, Media, Rendition, STORYBOARD_CODEC, STORYBOARD_TIMESCALE, SourceVideo, Storyboard, Tile,
    storyboard_ticks, tiles,
};

/// The storyboard track's id.
const ID: &str = "storyboard";
/// A keyframe stands for a tile up to so many intervals from its middle. Keyframes an interval and a half
/// apart, or nearer, so leave no tile without.
const REACH: (i64, i64) = (3, 4);

/// The storyboard that a ladder asks for, of pictures that have at least one keyframe.
pub(super) fn rendition(
    ladder: &Ladder,
    source: &Arc<SourceVideo>,
    index: &TrackIndex,
    origin: Rational,
) -> Option<Rendition> {
    let options = ladder.storyboard.as_ref()?;
    let (width, height) = tile_size((source.width, source.height), options.width);
    let mut storyboard = Storyboard {
        width,
        height,
        columns: options.columns,
        rows: options.rows,
        interval: options.interval,
        tiles: Vec::new(),
    };
    let tile_frames = TileFrames::of(index, !shows_fields(source, &storyboard), &shown_from_to(source, origin));
    storyboard.tiles = (0..tiles(source, options.interval))
        .map(|number| {
            let start = Rational::from(number as i64) * options.interval;
            let end = (start + options.interval)
                .min(Rational::new(storyboard_ticks(source) as i64, STORYBOARD_TIMESCALE.into()));
            tile_frames.at(origin + (start + end) / Rational::from(2), options.interval)
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

/// The container's times of what is presented, to half a frame.
fn shown_from_to(source: &SourceVideo, origin: Rational) -> RangeInclusive<Rational> {
    let half = (Rational::from(2) * source.frame_rate).recip();
    origin - half..=origin + source.time_of(source.frames) + half
}

/// A keyframe is shown as it is, its fields woven. At less than half of the lines nobody sees that; else the
/// exact frame is made, which goes through the deinterlacer.
fn shows_fields(source: &SourceVideo, storyboard: &Storyboard) -> bool {
    let sideways = source.rotation % 180 == 90;
    let (lines, tile) = if sideways { (source.width, storyboard.width) } else { (source.height, storyboard.height) };
    source.deinterlace.is_some() && tile.saturating_mul(2) > lines
}

/// A tile of this width: in the video's shape, even, no larger than the video or the largest tile.
fn tile_size(video: (u32, u32), width: u32) -> (u32, u32) {
    let width = width.min(video.0 & !1).max(2);
    match even(width, video.1, video.0) {
        height if height > MAX_TILE.1 => (even(MAX_TILE.1, video.0, video.1), MAX_TILE.1),
        height => (width, height),
    }
}

/// The pictures of the source that tiles can show.
struct TileFrames {
    time_base: Rational,
    times: Vec<i64>,
    key_times: Vec<i64>,
    keyframes: Vec<(i64, SeekPoint)>,
    access: AccessPoints,
}

impl TileFrames {
    fn of(index: &TrackIndex, by_keyframes: bool, presented: &RangeInclusive<Rational>) -> Self {
        let is_presented = |time: i64| presented.contains(&index.time_base.times(time));
        let shown = index.packets.iter().filter(|packet| by_keyframes && packet.key && !packet.discard);
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
            let (time, seek) = *self.keyframes.get(place)?;
            return Some(Tile { seek, time, keyframe: true });
        }
        let time = nearest(&self.times, self.time_base, seconds)?;
        Some(Tile { seek: self.access.before(time)?, time, keyframe: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Packet;

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
    fn tile_frames(count: i64, keyframes: &[i64], by_keyframes: bool) -> TileFrames {
        let packet = |time| Packet {
            point: SeekPoint { pts: Some(time), dts: None, pos: None },
            time,
            duration: 1,
            key: keyframes.contains(&time),
            discard: time == 1,
            size: 1,
        };
        let packets = (0..count).map(packet).collect();
        let presented = Rational::ZERO..=count.into();
        TileFrames::of(
            &TrackIndex { track: 0, time_base: Rational::from(1), packets, changes: false },
            by_keyframes,
            &presented,
        )
    }

    fn chosen(tile_frames: &TileFrames, seconds: i64) -> (i64, bool) {
        let tile = tile_frames.at(seconds.into(), 4.into()).unwrap();
        (tile.time, tile.keyframe)
    }

    #[test]
    fn the_nearest_keyframe_is_shown_where_one_is_near() {
        let tile_frames = tile_frames(40, &[0, 1, 6, 10, 30], true);
        // Three quarters of four seconds reach three; of two keyframes the earlier counts, and a discard one never.
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
