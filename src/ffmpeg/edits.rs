//! Reading a track of an MP4 edit by edit, where FFmpeg's own reading of edit lists is not exact.

use super::editing::Editing;
use super::input::Input;
use super::packet::MediaPacket;
use crate::base::Result;
use crate::media::{Edit, SeekPoint};
use crate::source::Context;

impl Input {
    /// Opens a source that was probed before, to read one track of it edit by edit.
    pub(crate) fn open_edited(context: &Context, track: u32, edits: &[Edit]) -> Result<Self> {
        let mut input = Self::open_unedited(context)?;
        input.editing = Some(Editing::new(track, edits));
        Ok(input)
    }

    pub(super) fn read_edited(&mut self) -> Result<Option<MediaPacket>> {
        loop {
            let Some(editing) = &self.editing else { return Ok(None) };
            let (track, from, is_there) = (editing.track, editing.from, editing.is_there);
            let Some(edit) = editing.edits.get(editing.current).copied() else { return Ok(None) };
            let is_there = is_there || self.seek(track, from);
            let packet = if is_there { self.read_any()? } else { None };
            let Some(editing) = &mut self.editing else { return Ok(None) };
            editing.is_there = is_there;
            match packet {
                Some(packet) if packet.track != track => {}
                Some(packet) => {
                    if let Some(packet) = editing.take(&edit, packet) {
                        return Ok(Some(packet));
                    }
                }
                None => editing.go_to(editing.current + 1),
            }
        }
    }

    /// Seeks to a packet of an edit.
    pub(super) fn seek_edited(&mut self, point: &SeekPoint) -> bool {
        let (Some(editing), Some(dts)) = (&self.editing, point.dts) else { return false };
        let Ok(stream) = self.stream(editing.track) else { return false };
        // The packets that an edit hides may have the decoding times of those of the edit before.
        let found = editing.edits.iter().enumerate().find_map(|(number, edit)| {
            let dts = dts.saturating_sub(edit.shift);
            let has_packet = (edit.first..=edit.last).contains(&dts) && stream.has_packet(dts, point.pos);
            has_packet.then_some((number, dts))
        });
        let (Some((number, dts)), Some(editing)) = (found, &mut self.editing) else { return false };
        editing.go_to(number);
        editing.from = dts;
        true
    }
}
