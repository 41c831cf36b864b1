//! Where the packets of a transport stream may begin (ISO/IEC 13818-1 2.4.3.2). Where data is lost FFmpeg takes each byte of
//! this value for the beginning of a packet, and looks through 8 KiB to see how long packets are: noise costs it a hundred
//! times what it costs to read.

use memchr::memchr_iter;

use crate::base::Result;
use crate::source::Context;

const SYNC: u8 = 0x47;
/// Bytes of a packet, and where the first has its sync byte: alone, behind a time of arrival, and with a checksum behind.
const SHAPES: [(usize, usize); 3] = [(188, 0), (192, 4), (204, 0)];
/// The longest of them, and what of each is the packet.
const LONGEST: usize = 204;
const PACKET: usize = 188;
/// Packets by which a transport stream is recognised.
const RECOGNISED: usize = 5;

/// The packets of a transport stream.
#[derive(Debug)]
pub(super) struct Packets {
    /// What comes before `end`.
    before: Vec<u8>,
    /// How far the source has been read.
    end: u64,
}

impl Packets {
    /// Those of a source that begins as a transport stream.
    pub(super) fn of(context: &Context) -> Result<Option<Self>> {
        let mut bytes = [0; LONGEST * RECOGNISED];
        if context.source.len() < bytes.len() as u64 {
            return Ok(None);
        }
        context.read_exact_at(0, &mut bytes)?;
        let begins =
            |(size, first): &&(usize, usize)| bytes.iter().skip(*first).step_by(*size).all(|byte| *byte == SYNC);
        Ok(SHAPES.iter().any(|shape| begins(&shape)).then(|| Self { before: Vec::new(), end: 0 }))
    }

    /// Takes away the sync bytes in what was read at `place` that neither begin a packet nor are in one: none has another a
    /// packet before or after it, of any size, as what is joined may have several. What is at a place does not depend on how it
    /// was come by. Returns how many bytes may be used: of the last ones only what follows can tell, if they are not the source's
    /// last.
    pub(super) fn clear(&mut self, context: &Context, place: u64, bytes: &mut [u8]) -> Result<usize> {
        let reach = (2 * LONGEST).min(usize::try_from(place).unwrap_or(usize::MAX));
        if self.end != place || self.before.len() < reach {
            self.before = vec![0; reach];
            context.read_exact_at(place - reach as u64, &mut self.before)?;
        }
        let is_end = place.saturating_add(bytes.len() as u64) >= context.source.len();
        let used = if is_end { bytes.len() } else { bytes.len().saturating_sub(LONGEST) };
        if used == 0 {
            return Ok(bytes.len());
        }
        // Those that are taken away have no other to be one's sign, so that looking at them later changes nothing.
        let byte = |at: usize| self.before.get(at).or_else(|| bytes.get(at - self.before.len()));
        let is_sync = |at: Option<usize>| at.and_then(byte) == Some(&SYNC);
        let first = self.before.len();
        let from = first.saturating_sub(LONGEST);
        let earlier = memchr_iter(SYNC, self.before.get(from..).unwrap_or_default()).map(|at| from + at);
        let own = memchr_iter(SYNC, bytes.get(..used).unwrap_or_default()).map(|at| first + at);
        let mut covered = 0;
        let strays = earlier.chain(own).filter(|at| {
            let is_near = |(size, _): &(usize, usize)| is_sync(at.checked_sub(*size)) || is_sync(at.checked_add(*size));
            let begins = SHAPES.iter().any(is_near);
            covered = if begins { at + PACKET } else { covered };
            *at >= covered
        });
        let strays: Vec<usize> = strays.filter_map(|at| at.checked_sub(first)).collect();
        for at in strays {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = 0;
            }
        }
        self.before.extend_from_slice(bytes.get(..used).unwrap_or_default());
        self.before.drain(..self.before.len().saturating_sub(2 * LONGEST));
        self.end = place + used as u64;
        Ok(used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    /// Packets with sync bytes in them, noise, and more packets, which begin elsewhere.
    fn stream(size: usize, first: usize) -> (Vec<u8>, std::ops::Range<usize>) {
        let packet = |number: usize| {
            let mut packet = vec![number as u8; size];
            packet[first] = SYNC;
            packet[100 + number % 7] = SYNC;
            packet
        };
        let whole: Vec<u8> = (0..40).flat_map(packet).collect();
        let mut state = 1_u32;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        let noise: Vec<u8> = noise.take(20_011).collect();
        let begin = whole.len();
        ([whole.clone(), noise, whole].concat(), begin..begin + 20_011)
    }

    /// What is read from the start in pieces of this size.
    fn read(bytes: &[u8], piece: usize) -> Vec<u8> {
        let context = Context::new(&Source::bytes(bytes.to_vec()));
        let mut packets = Packets::of(&context).unwrap().unwrap();
        let mut all = Vec::new();
        while all.len() < bytes.len() {
            let mut found = bytes[all.len()..bytes.len().min(all.len() + piece)].to_vec();
            let used = packets.clear(&context, all.len() as u64, &mut found).unwrap();
            all.extend(&found[..used]);
        }
        all
    }

    #[test]
    fn packets_stay_and_noise_has_few_that_look_like_one() {
        for (size, first) in SHAPES {
            let (bytes, noise) = stream(size, first);
            let cleared = read(&bytes, 4096);
            let (edge, count) = (2 * size, |bytes: &[u8]| bytes.iter().filter(|byte| **byte == SYNC).count());
            assert!(cleared[..noise.start] == bytes[..noise.start] && cleared[noise.end..] == bytes[noise.end..]);
            let within = noise.start + edge..noise.end - edge;
            assert!(count(&cleared[within.clone()]) * 5 < count(&bytes[within]), "of packets of {size}");
        }
    }

    #[test]
    fn it_does_not_depend_on_how_it_is_read() {
        let (bytes, _) = stream(188, 0);
        let whole = read(&bytes, 4096);
        for piece in [377, 1000, 65_536] {
            assert!(read(&bytes, piece) == whole, "in pieces of {piece}");
        }
        let context = Context::new(&Source::bytes(bytes.clone()));
        let mut packets = Packets::of(&context).unwrap().unwrap();
        for place in [9000, 100, 7600, 30_000] {
            let mut found = bytes[place..place + 2000].to_vec();
            let used = packets.clear(&context, place as u64, &mut found).unwrap();
            assert!(found[..used] == whole[place..place + used], "at {place}");
        }
    }

    #[test]
    fn other_sources_are_left_alone() {
        for bytes in [vec![0x47; 100], b"RIFF".repeat(400)] {
            assert!(Packets::of(&Context::new(&Source::bytes(bytes))).unwrap().is_none());
        }
    }
}
