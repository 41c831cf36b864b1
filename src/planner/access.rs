//! Random access: which packet decoding begins with to get a given frame.

use crate::base::Rational;
use crate::media::{Packet, SeekPoint, TrackIndex};

/// The time, of ascending `times`, of the frame that is on screen at `seconds` if frames may come `early` seconds before
/// their time: the nearest one, unless that comes too early. The frame before it is then held.
pub(crate) fn shown(times: &[i64], time_base: Rational, seconds: Rational, early: Rational) -> Option<i64> {
    let held = |time: i64| times.get(times.partition_point(|&other| other < time).checked_sub(1)?).copied();
    let time = nearest(times, time_base, seconds)?;
    if time_base.times(time) - seconds > early { held(time).or(Some(time)) } else { Some(time) }
}

/// The time nearest to `seconds` of ascending `times`; of two at the same distance, the earlier.
pub(crate) fn nearest(times: &[i64], time_base: Rational, seconds: Rational) -> Option<i64> {
    let after = times.partition_point(|&time| time_base.times(time) < seconds);
    let distance = |time: i64| (time_base.times(time) - seconds).abs();
    let candidates = [after.checked_sub(1).and_then(|before| times.get(before)), times.get(after)];
    candidates.into_iter().flatten().copied().min_by_key(|&time| distance(time))
}

struct AccessPoint {
    time: i64,
    /// The time from which on frames are right if decoding begins here.
    right_from: i64,
    point: SeekPoint,
    /// Whether it begins an open GOP: frames that follow it in decoding order are shown before it. They cannot be
    /// decoded from here, and after a recovery point some more may not be exact, so decoding begins one access point
    /// earlier.
    open: bool,
}

/// Packets that decoding can begin with, in decoding order.
pub(crate) struct AccessPoints {
    points: Vec<AccessPoint>,
    /// The number of access points up to each frame that is shown, by its time. Only where the times of the points do not
    /// ascend: an edit list that shows parts of a video has hidden keyframes, and copies of some, wherever a part begins.
    preceding: Option<Vec<(i64, usize)>>,
}

impl AccessPoints {
    pub(crate) fn of(index: &TrackIndex) -> Self {
        let mut points: Vec<AccessPoint> = Vec::new();
        for (packet, place) in index.packets.iter().zip(0..) {
            if packet.key {
                let right_from = right_from(&index.packets, place);
                points.push(AccessPoint { time: packet.time, right_from, point: packet.point, open: false });
            } else if let Some(last) = points.last_mut().filter(|last| packet.time < last.time) {
                last.open = true;
            }
        }
        // The keyframe of a later part may be hidden at a time that an earlier one shows.
        let ascend = points.is_sorted_by(|one, next| one.time < next.time) && index.edits.len() < 2;
        Self { points, preceding: (!ascend).then(|| preceding(index)) }
    }

    /// Where decoding begins for the frame at `time`: at the last access point up to it that makes it right and does not
    /// begin an open GOP, or at the first of all if there is none.
    pub(crate) fn before(&self, time: i64) -> Option<SeekPoint> {
        let after = match &self.preceding {
            None => self.points.partition_point(|point| point.time <= time),
            Some(preceding) => {
                let place = preceding.partition_point(|(shown, _)| *shown < time);
                preceding.get(place).or(preceding.last())?.1
            }
        };
        let mut candidates = self.points.get(..after)?.iter().rev();
        let is_right = |point: &&AccessPoint| !point.open && point.right_from <= time;
        let chosen = candidates.find(is_right).or(self.points.first())?;
        Some(chosen.point)
    }
}

/// The time from which on frames are right if decoding begins with the keyframe at `place`; the end of time if none is.
fn right_from(packets: &[Packet], place: usize) -> i64 {
    let Some((keyframe, others)) = packets.get(place..).and_then(<[Packet]>::split_first) else { return i64::MAX };
    let mut latest = keyframe.time;
    // Those that come before one that was decoded earlier are B-frames, of which few are referred to, and not counted.
    let mut ascending = others.iter().filter(|packet| {
        let is_later = packet.time > latest;
        latest = latest.max(packet.time);
        is_later
    });
    match usize::from(keyframe.recovery) {
        0 => keyframe.time,
        count => ascending.nth(count - 1).map_or(i64::MAX, |packet| packet.time),
    }
}

fn preceding(index: &TrackIndex) -> Vec<(i64, usize)> {
    let mut points = 0;
    let mut preceding: Vec<(i64, usize)> = Vec::with_capacity(index.packets.len());
    for packet in &index.packets {
        points += usize::from(packet.key);
        if !packet.discard {
            preceding.push((packet.time, points));
        }
    }
    preceding.sort_unstable();
    preceding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_held_until_the_next_is_near() {
        let base = Rational::new(1, 1000);
        let at = |ms| shown(&[100, 140, 1140], base, Rational::new(ms, 1000), Rational::new(20, 1000));
        assert_eq!((at(0), at(119), at(121), at(700)), (Some(100), Some(100), Some(140), Some(140)));
        assert_eq!((at(1119), at(1120), at(2000)), (Some(140), Some(1140), Some(1140)));
    }

    #[test]
    fn nearest_prefers_the_earlier_of_two() {
        let base = Rational::new(1, 1000);
        let at = |ms| nearest(&[0, 40, 80], base, Rational::new(ms, 1000));
        assert_eq!((at(-5), at(19), at(20), at(21), at(500)), (Some(0), Some(0), Some(0), Some(40), Some(80)));
    }
}
