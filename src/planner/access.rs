//! Packets that decoding can begin with, and the frames that are shown.

use crate::base::Rational;
use crate::media::{SeekPoint, TrackIndex};

/// The time of the frame that is nearest to `seconds`; of two, the earlier.
pub(crate) fn nearest(times: &[i64], time_base: Rational, seconds: Rational) -> Option<i64> {
    let after = times.partition_point(|&time| time_base.times(time) < seconds);
    let distance = |time: i64| (time_base.times(time) - seconds).abs();
    let candidates = [after.checked_sub(1).and_then(|before| times.get(before)), times.get(after)];
    candidates.into_iter().flatten().copied().min_by_key(|&time| distance(time))
}

struct AccessPoint {
    time: i64,
    point: SeekPoint,
    /// SourceVideo shown before it follow it in decoding order: an open group of pictures. Decoders may need
    /// some frames to settle after one, so decoding begins one access point earlier.
    open: bool,
}

/// Packets that decoding can begin with, by the time of their pictures.
pub(crate) struct AccessPoints(Vec<AccessPoint>);

impl AccessPoints {
    pub(crate) fn of(index: &TrackIndex) -> Self {
        let mut points: Vec<AccessPoint> = Vec::new();
        for packet in &index.packets {
            if packet.key {
                points.push(AccessPoint { time: packet.time, point: packet.point, open: false });
            } else if let Some(last) = points.last_mut().filter(|last| packet.time < last.time) {
                last.open = true;
            }
        }
        points.sort_by_key(|point| point.time);
        Self(points)
    }

    /// Where decoding begins to show the frame at `time`: the last access point at or before it that is not
    /// open; the very first where there is none.
    pub(crate) fn before(&self, time: i64) -> Option<SeekPoint> {
        let after = self.0.partition_point(|point| point.time <= time);
        let chosen = self.0.get(..after)?.iter().rev().find(|point| !point.open).or(self.0.first())?;
        Some(chosen.point)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_frame_is_taken_and_of_two_the_earlier() {
        let base = Rational::new(1, 1000);
        let at = |ms| nearest(&[0, 40, 80], base, Rational::new(ms, 1000));
        assert_eq!((at(-5), at(19), at(20), at(21), at(500)), (Some(0), Some(0), Some(0), Some(40), Some(80)));
    }
}
