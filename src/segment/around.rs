//! The packets around a frame. A plan knows where decoding begins for whole segments; these tell where it can begin for the frame
//! alone.

use super::packets::PacketReader;
use crate::base::Result;
use crate::media::{SeekPoint, TrackIndex};
use crate::probe::Keyframes;

/// By how many frames presentation lags behind decoding at most, of H.264 and HEVC.
const MAX_REORDERED: usize = 16;

impl PacketReader {
    /// The packets from `seek` on, until none that is read later is presented before `time`, in ticks, or next after it; if
    /// `nearest_keyframe`, until no keyframe that is read later is nearer.
    pub(super) fn around(&mut self, seek: &SeekPoint, time: i64, nearest_keyframe: bool) -> Result<TrackIndex> {
        let mut next = Some(self.start_at(seek)?);
        let stream = self.input().stream(self.track())?;
        let (keyframes, mut index) = (Keyframes::of(&stream), TrackIndex::new(stream.index(), stream.time_base()));
        let (mut end, mut later) = (time, 0);
        while let Some(packet) = next {
            let mut entry = packet.entry;
            if entry.key {
                let recovery = keyframes.recovery(packet.data());
                (entry.key, entry.recovery) = (recovery.is_some() || index.packets.is_empty(), recovery.unwrap_or(0));
            }
            if nearest_keyframe && entry.is_whole() {
                end = if entry.time > time { time } else { time.saturating_add(time.abs_diff(entry.time) as i64) };
            }
            later += usize::from(entry.time > end);
            index.packets.push(entry);
            if later > MAX_REORDERED {
                break;
            }
            next = self.next()?;
        }
        Ok(index)
    }
}
