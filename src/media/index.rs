//! The times and positions of all packets of the tracks that are played.

use serde::{Deserialize, Serialize};

use crate::base::Rational;

/// Ticks from 0 within which all times on a container's clock lie, and samples within which all sound does:
/// an eighth of what can be counted, so that they can be added and compared without a thought. Times farther
/// out are nobody's intention and count as not told.
pub(crate) const MAX_TIME: i64 = 1 << 60;

/// A packet that decoding can begin with, as the demuxer names it. Times are in ticks of the track's time
/// base on the container's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeekPoint {
    /// Presentation time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pts: Option<i64>,
    /// Decoding time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dts: Option<i64>,
    /// Byte position in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pos: Option<i64>,
}

/// One packet of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packet {
    /// How to find it again.
    pub(crate) point: SeekPoint,
    /// When its content is shown or heard, in ticks: the presentation time, or the decoding time where a
    /// container has no other.
    pub(crate) time: i64,
    /// How long its content lasts, in ticks; 0 where that is not known.
    pub(crate) duration: i64,
    /// Whether decoding can begin with it.
    pub(crate) key: bool,
    /// Whether it is only there to be decoded, not shown (outside an edit list's range).
    pub(crate) discard: bool,
    /// Bytes.
    pub(crate) size: u32,
}

/// All packets of one track, in decoding order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TrackIndex {
    /// The track's position in the container.
    pub(crate) track: u32,
    /// Seconds per tick.
    pub(crate) time_base: Rational,
    /// The packets in decoding order.
    pub(crate) packets: Vec<Packet>,
    /// Whether decoders are to be set up in another way somewhere on the way.
    pub(crate) changes: bool,
}

/// The packets of all tracks that can be played.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct FrameIndex {
    /// One index a track, in the container's order.
    pub(crate) tracks: Vec<TrackIndex>,
}

impl FrameIndex {
    /// The index of the track at `position` in the container.
    pub(crate) fn track(&self, position: u32) -> Option<&TrackIndex> {
        self.tracks.iter().find(|index| index.track == position)
    }

    /// The packets of all tracks.
    pub(crate) fn packets(&self) -> u64 {
        self.tracks.iter().map(|track| track.packets.len() as u64).sum()
    }
}

impl TrackIndex {
    /// Times of all packets that are shown, ascending, each once.
    pub(crate) fn shown_times(&self) -> Vec<i64> {
        let mut times: Vec<i64> =
            self.packets.iter().filter(|packet| !packet.discard).map(|packet| packet.time).collect();
        times.sort_unstable();
        times.dedup();
        times
    }

    /// When the first packet that is shown starts and the last one ends, in seconds.
    pub(crate) fn span(&self) -> Option<(Rational, Rational)> {
        let shown = || self.packets.iter().filter(|packet| !packet.discard);
        let start = shown().map(|packet| packet.time).min()?;
        let last = shown().max_by_key(|packet| packet.time)?;
        let end = last.time.saturating_add(self.duration_of(last));
        Some((self.time_base.times(start), self.time_base.times(end)))
    }

    /// The key packet whose picture is shown nearest to `time`; of two, the earlier.
    pub(crate) fn nearest_keyframe(&self, time: i64) -> Option<&Packet> {
        let keyframes = self.packets.iter().filter(|packet| packet.key && !packet.discard);
        keyframes.min_by_key(|packet| (packet.time.abs_diff(time), packet.time))
    }

    /// Packets from the one that is named on, up to that of the picture at `time`.
    pub(crate) fn distance(&self, from: &SeekPoint, time: i64) -> usize {
        let place = |packet: Option<usize>| packet.unwrap_or(0);
        let start = place(self.packets.iter().position(|packet| packet.point == *from));
        place(self.packets.iter().position(|packet| packet.time == time)).saturating_sub(start)
    }

    /// A packet's duration, or the mean distance of all where the container does not say.
    fn duration_of(&self, packet: &Packet) -> i64 {
        if packet.duration > 0 {
            return packet.duration;
        }
        let times = self.shown_times();
        match (times.first(), times.last()) {
            (Some(first), Some(last)) if times.len() > 1 => last.saturating_sub(*first) / (times.len() as i64 - 1),
            _ => 0,
        }
    }
}

/// Whether `packet` is the one that `from` names. Decoding times differ in some containers with where
/// reading began, so the presentation time decides where there is one.
pub(crate) fn is_same(packet: &Packet, from: &SeekPoint) -> bool {
    let point = &packet.point;
    match (point.pts, from.pts) {
        (Some(here), Some(there)) => here == there,
        _ => match (point.dts, from.dts) {
            (Some(here), Some(there)) => here == there,
            _ => point.pos.is_some() && point.pos == from.pos,
        },
    }
}

/// A decoded frame of sound whose time is only roughly known: its time in ticks, and its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CountedFrame {
    pub(crate) time: i64,
    pub(crate) samples: u32,
}
