//! Where reading stands in a track that is read edit by edit.

use rsmpeg::ffi;

use super::packet::MediaPacket;
use crate::media::Edit;

/// Edits that are read one after the other.
pub(super) struct Editing {
    pub(super) track: u32,
    pub(super) edits: Vec<Edit>,
    /// The number of the edit that is read.
    pub(super) current: usize,
    /// Decoding time in the media of the packet that is to come next, or before it.
    pub(super) from: i64,
    /// Whether the demuxer is there.
    pub(super) is_there: bool,
}

impl Editing {
    pub(super) fn new(track: u32, edits: &[Edit]) -> Self {
        let mut editing = Self { track, edits: edits.to_vec(), current: 0, from: 0, is_there: false };
        editing.go_to(0);
        editing
    }

    pub(super) fn go_to(&mut self, number: usize) {
        (self.current, self.is_there) = (number, false);
        self.from = self.edits.get(number).map_or(0, |edit| edit.first);
    }

    /// A packet of the media as the edit presents it; `None` for one that the edit does not need.
    pub(super) fn take(&mut self, edit: &Edit, mut packet: MediaPacket) -> Option<MediaPacket> {
        let dts = packet.entry.point.dts.filter(|dts| *dts >= self.from)?;
        if dts >= edit.last {
            self.go_to(self.current + 1);
        }
        if dts > edit.last {
            return None;
        }
        packet.begins_alone = dts == edit.first;
        edit.place(&mut packet.entry);
        packet.take_times();
        if packet.entry.discard {
            packet.packet.set_flags(packet.packet.flags | ffi::AV_PKT_FLAG_DISCARD as i32);
        }
        Some(packet)
    }
}
