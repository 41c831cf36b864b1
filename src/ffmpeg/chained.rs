//! Oggs that follow one another in a file (RFC 3533 4): FFmpeg gives the headers of later ones as packets.

use super::packet::MediaPacket;

/// Bytes before the samples that an Opus stream leaves out at its beginning (RFC 7845 5.1).
const PRE_SKIP: usize = 10;

/// What the headers that were read last say of packets to come.
#[derive(Default)]
pub(super) struct Chained {
    /// Tracks, and the samples at the beginning of their next packet that are not presented.
    skips: Vec<(u32, u32)>,
}

impl Chained {
    /// The packet, unless it is a header. Its times and durations would mean nothing. The first one of a later Opus presents
    /// what is behind its pre-skip, which FFmpeg leaves out of the first Ogg alone.
    pub(super) fn pass(&mut self, mut packet: MediaPacket, codec: &str) -> Option<MediaPacket> {
        if packet.is_header(codec) {
            let pre_skip = packet.data().get(PRE_SKIP..PRE_SKIP + 2).and_then(|bytes| bytes.try_into().ok());
            if let Some(pre_skip) = pre_skip.filter(|_| packet.data().starts_with(b"OpusHead")) {
                self.skips.retain(|(track, _)| *track != packet.track);
                self.skips.push((packet.track, u16::from_le_bytes(pre_skip).into()));
            }
            return None;
        }
        if let Some(place) = self.skips.iter().position(|(track, _)| *track == packet.track) {
            packet.skip_beginning(self.skips.remove(place).1);
        }
        Some(packet)
    }
}
