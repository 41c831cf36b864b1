//! Sources whose clock jumps or begins anew: stretches in which it runs on, and by how much each is moved.

use super::index::{ClockPart, MAX_TIME, Packet};

/// Moves the packets of one track as its parts say, in the order of reading.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    parts: Vec<ClockPart>,
    /// Position of the last packet that had one. Of several frames in one unit of the container only the first has.
    pos: i64,
}

impl Clock {
    pub(crate) fn new(parts: &[ClockPart]) -> Self {
        Self { parts: parts.to_vec(), pos: i64::MIN }
    }

    /// Whether the container's times are the presentation's.
    pub(crate) fn is_plain(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether all packets are moved alike.
    pub(crate) fn is_steady(&self) -> bool {
        self.parts.len() == 1
    }

    /// What was added to the times of the packet at `pos`. Reading goes on from there.
    pub(crate) fn go_to(&mut self, pos: i64) -> i64 {
        self.pos = pos;
        let after = self.parts.partition_point(|part| part.pos <= pos);
        self.parts.get(after.saturating_sub(1)).map_or(0, |part| part.shift)
    }

    /// Gives a packet the times at which it is presented.
    pub(crate) fn place(&mut self, packet: &mut Packet) {
        if self.is_plain() {
            return;
        }
        let pos = packet.point.pos.unwrap_or(self.pos);
        let shift = self.go_to(pos);
        let moved = |time: i64| time.saturating_add(shift).clamp(-MAX_TIME, MAX_TIME);
        let point = &mut packet.point;
        (point.pts, point.dts, point.pos) = (point.pts.map(moved), point.dts.map(moved), Some(pos.max(0)));
        packet.time = moved(packet.time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::SeekPoint;

    #[test]
    fn packets_without_a_place_follow_the_one_before() {
        let mut clock = Clock::new(&[ClockPart { pos: 0, shift: 0 }, ClockPart { pos: 1000, shift: 90 }]);
        let mut placed = |pos: Option<i64>| {
            let point = SeekPoint { pts: Some(10), dts: None, pos, parameters: 0 };
            let mut packet = Packet { point, time: 10, duration: 1, key: true, discard: false, size: 1, recovery: 0 };
            clock.place(&mut packet);
            assert_eq!(packet.point.pts, Some(packet.time));
            (packet.time, packet.point.pos)
        };
        assert_eq!(placed(Some(188)), (10, Some(188)));
        assert_eq!(placed(None), (10, Some(188)));
        assert_eq!(placed(Some(1000)), (100, Some(1000)));
        assert_eq!(placed(None), (100, Some(1000)));
        assert_eq!(placed(Some(999)), (10, Some(999)));
    }
}
