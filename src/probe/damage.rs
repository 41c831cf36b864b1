//! Damage that shows without decoding: what a container's counters say, of copied tracks too, and what follows from it.

use super::line::REORDERED;
use crate::base::{Error, Result};
use crate::ffmpeg::MediaPacket;
use crate::media::{Packet, TrackIndex};
use crate::source::{ByteRange, Context};

/// Units from a damaged one to the joint behind it at most: FFmpeg's parsers complete a frame with the beginning of the next,
/// and so say of it what is true of that.
const PARSED: usize = 2;

/// Where one source may have been put behind another whose clock it goes on with, as segments of a broadcast are: pictures that
/// are said to be damaged have a keyframe behind them, in time.
pub(super) fn joints(pictures: &TrackIndex) -> Vec<i64> {
    let joint = |place: &usize| {
        let behind = pictures.packets.get(*place..)?.iter().take(1 + PARSED);
        let (first, keyframe) = (pictures.packets.get(*place)?, behind.skip(1).find(|packet| packet.key)?);
        let goes_on = keyframe.time.abs_diff(first.time) <= first.duration.saturating_mul(1 + REORDERED).unsigned_abs();
        position(keyframe).filter(|_| goes_on)
    };
    pictures.damaged.iter().filter_map(joint).collect()
}

/// Leaves aside what only looks damaged: counters do not go on where one source ends and another begins, at one of these places
/// or where the clock does not go on either, and a recording ends wherever it was stopped.
pub(super) fn settle(track: &mut TrackIndex, joints: &[i64]) {
    if track.damaged.is_empty() {
        return;
    }
    let mut units: Vec<i64> = track.packets.iter().filter_map(position).collect();
    units.dedup();
    let joints = track.clock.iter().map(|part| part.pos).chain(joints.iter().copied());
    let mut ends: Vec<usize> = joints.map(|joint| units.partition_point(|unit| *unit < joint)).collect();
    ends.push(units.len());
    ends.sort_unstable();
    let (mut unit, mut read) = (0, 0);
    track.damaged.retain(|&place| {
        // Packets without a place are in the unit of the one before.
        for packet in track.packets.get(read..=place).unwrap_or_default() {
            unit = position(packet).map_or(unit, |pos| units.partition_point(|unit| *unit < pos));
        }
        read = place + 1;
        let next = ends.partition_point(|end| *end < unit);
        ends.get(next).is_none_or(|end| *end > unit + PARSED)
    });
}

/// The beginnings of a track's first and last packets, and where they are said to be.
#[derive(Default)]
pub(super) struct Edges([Option<(u64, [u8; 8])>; 2]);

impl Edges {
    pub(super) fn add(&mut self, packet: &MediaPacket) {
        let pos = packet.entry.point.pos.and_then(|pos| u64::try_from(pos).ok());
        let edge = pos.zip(packet.data().first_chunk().copied());
        let [first, last] = &mut self.0;
        *last = edge.or(*last);
        *first = first.or(edge);
    }

    /// Whether the last one is not where it is said to be, in a format in which the first one is. Behind damage FFmpeg is wrong
    /// about places, where it counts times itself, so that what a seek finds is something else than what the times say.
    pub(super) fn are_torn(&self, context: &Context) -> Result<bool> {
        let [Some(first), Some(last)] = self.0 else { return Ok(false) };
        let is_there = |(pos, bytes): (u64, [u8; 8])| {
            let all = ByteRange { start: 0, end: u64::MAX };
            Ok::<_, Error>(all.read(context, pos)? == Some(bytes))
        };
        Ok(is_there(first)? && !is_there(last)?)
    }
}

fn position(packet: &Packet) -> Option<i64> {
    packet.point.pos
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rational;
    use crate::media::{ClockPart, SeekPoint};

    /// Two packets in each of ten units, of which the second one has no place.
    fn settled(damaged: &[usize], clock: &[i64]) -> Vec<usize> {
        let mut track = of_twenty(damaged);
        track.clock = clock.iter().map(|&pos| ClockPart { pos, shift: 1 }).collect();
        settle(&mut track, &[]);
        track.damaged
    }

    fn of_twenty(damaged: &[usize]) -> TrackIndex {
        let packet = |number: i64| {
            let pos = (number % 2 == 0).then_some(number * 500);
            let point = SeekPoint { pts: Some(number), dts: None, pos, parameters: 0 };
            Packet { point, time: number, duration: 1, key: true, discard: false, size: 1, recovery: 0 }
        };
        let mut track = TrackIndex::new(0, Rational::from(1));
        track.packets = (0..20).map(packet).collect();
        track.damaged = damaged.to_vec();
        track
    }

    #[test]
    fn what_is_before_a_keyframe_in_time_is_a_joint() {
        let mut pictures = of_twenty(&[3, 8, 15]);
        pictures.packets.iter_mut().zip(0..).for_each(|(packet, number)| packet.key = number % 10 == 0 || number == 4);
        // Packet 10 comes long after 8, and none is near 15.
        pictures.packets.iter_mut().skip(9).for_each(|packet| packet.time += 1000);
        assert_eq!(joints(&pictures), [2000]);
        settle(&mut pictures, &[2000]);
        assert_eq!(pictures.damaged, [8, 15]);
    }

    #[test]
    fn the_units_at_joints_and_at_the_end_are_left_aside() {
        assert_eq!(settled(&[2, 3, 9, 15, 16, 18, 19], &[]), [2, 3, 9, 15]);
        assert_eq!(settled(&[2, 5, 6, 8, 9, 10, 11, 12], &[0, 5000]), [2, 5, 12]);
        assert_eq!(settled(&[0, 1, 2], &[0, 5000]), [2]);
    }
}
