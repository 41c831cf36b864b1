//! Edit lists: packets of a track's media as a part that is shown presents them.

use super::index::{Edit, MAX_TIME, Packet};

/// The most edits of a track: those of a film with a cut each second.
pub(crate) const MAX_EDITS: usize = 8192;

impl Edit {
    /// Gives a packet of the media the times at which the edit presents it.
    pub(crate) fn place(&self, packet: &mut Packet) {
        let moved = |time: i64| time.saturating_add(self.shift).clamp(-MAX_TIME, MAX_TIME);
        packet.discard |= !(self.start..self.end).contains(&packet.time);
        packet.time = moved(packet.time);
        packet.point.pts = packet.point.pts.map(moved);
        packet.point.dts = packet.point.dts.map(moved);
    }
}
