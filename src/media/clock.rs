//! Sources whose clock jumps or begins anew: stretches in which it runs on, and by how much each is moved.

use super::index::{ClockPart, MAX_TIME, Packet};

/// Moves the packets of one track as its parts say, in the order of reading.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    parts: Vec<ClockPart>,
    /// Position of the last packet that had one. Of several frames in one unit of the container only the first has.
    pos: i64,
    /// The latest part of which there was a packet.
    reached: usize,
}

impl Clock {
    pub(crate) fn new(parts: &[ClockPart]) -> Self {
        Self { parts: parts.to_vec(), pos: i64::MIN, reached: 0 }
    }

    /// The streams in which the track goes on, besides its own.
    pub(crate) fn streams(&self) -> impl Iterator<Item = u32> {
        self.parts.iter().filter_map(|part| part.stream)
    }

    /// Whether the next packet of a stream is one of the track `own`. What comes of a stream when the track has gone on in another
    /// is not: decoders would get it too late.
    pub(crate) fn takes(&mut self, own: u32, stream: u32, pos: Option<i64>) -> bool {
        if self.streams().next().is_none() {
            return own == stream;
        }
        if own != stream && !self.streams().any(|other| other == stream) {
            return false;
        }
        self.pos = pos.unwrap_or(self.pos);
        let part = self.parts.partition_point(|part| part.pos <= self.pos).saturating_sub(1);
        let owner = self.parts.get(part).map(|part| part.stream.unwrap_or(own));
        if part < self.reached || owner != Some(stream) {
            return false;
        }
        self.reached = part;
        true
    }

    /// Reading begins anew at `pos`; returns what was added to the times of the packet there.
    pub(crate) fn begin_at(&mut self, pos: i64) -> i64 {
        self.reached = 0;
        self.go_to(pos)
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
    fn go_to(&mut self, pos: i64) -> i64 {
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

    fn part(pos: i64, shift: i64, stream: Option<u32>) -> ClockPart {
        ClockPart { pos, shift, stream }
    }

    #[test]
    fn a_track_goes_on_in_another_stream_and_comes_back() {
        let mut clock = Clock::new(&[part(0, 0, None), part(1000, 0, Some(4)), part(2000, 0, None)]);
        let mut takes = |stream: u32, pos: Option<i64>| clock.takes(1, stream, pos);
        assert!(takes(1, Some(188)) && takes(1, None) && !takes(4, Some(500)) && !takes(3, Some(700)));
        assert!(!takes(1, Some(1000)) && takes(4, Some(1000)) && takes(4, None));
        assert!(!takes(1, Some(900)), "a packet of the part before");
        assert!(takes(1, Some(2000)) && !takes(4, Some(1900)) && takes(1, Some(2188)));
        clock.begin_at(188);
        assert!(clock.takes(1, 1, Some(188)));
    }

    #[test]
    fn packets_without_a_place_follow_the_one_before() {
        let mut clock = Clock::new(&[part(0, 0, None), part(1000, 90, None)]);
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
