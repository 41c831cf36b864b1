//! Stretches of a program stream without a packet (ISO/IEC 13818-1 2.5.3). Where data is lost FFmpeg looks for the next start code
//! byte by byte, which costs it five times what packets do.

use memchr::memmem;

const PREFIX: [u8; 3] = [0, 0, 1];
/// What a packet begins with that is skipped (padding_stream). Its length follows.
const PADDING: [u8; 4] = [0, 0, 1, 0xbe];
/// Bytes of start code and length, and those that may follow.
const HEADER: usize = 6;
const MAX_LENGTH: usize = 0xffff;

/// What is known of start codes while a program stream is read on.
#[derive(Debug, Default)]
pub(super) struct Stuffing {
    /// How far it has been read, and the last two bytes.
    end: u64,
    last: [u8; 2],
    /// Where the last start code begins, or may begin.
    code: u64,
}

impl Stuffing {
    /// Lays packets that are skipped over all of what was read at `place` that lies in none: farther behind a start code than the
    /// longest packet reaches.
    pub(super) fn lay(&mut self, place: u64, bytes: &mut [u8]) {
        let (&[first, second, ..], &[.., last, very_last]) = (&*bytes, &*bytes) else { return };
        let [before, right_before] = self.last;
        if self.end != place || memmem::find(&[before, right_before, first, second], &PREFIX).is_some() {
            self.code = place;
        }
        (self.end, self.last) = (place + bytes.len() as u64, [last, very_last]);
        let codes: Vec<usize> = memmem::find_iter(bytes, &PREFIX).collect();
        for code in codes {
            self.lay_up_to(code, place, bytes);
            self.code = place + code as u64;
        }
        // One may begin in the last two bytes.
        self.lay_up_to(bytes.len() - 2, place, bytes);
    }

    fn lay_up_to(&self, end: usize, place: u64, bytes: &mut [u8]) {
        let behind = self.code.saturating_add((HEADER + MAX_LENGTH) as u64);
        let from = usize::try_from(behind.saturating_sub(place)).unwrap_or(usize::MAX);
        for packet in bytes.get_mut(from..end).unwrap_or_default().chunks_mut(HEADER + MAX_LENGTH) {
            let length = packet.len().checked_sub(HEADER).and_then(|length| u16::try_from(length).ok());
            if let Some((header, length)) = packet.first_chunk_mut().zip(length) {
                let ([a, b, c, d], [e, f]) = (PADDING, length.to_be_bytes());
                *header = [a, b, c, d, e, f];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAR: u64 = (HEADER + MAX_LENGTH) as u64;
    /// Bytes that are read at once.
    const BLOCK: usize = 4096;

    /// What is left of bytes that are read in order, from a place on, and which of them lie in packets that are skipped.
    fn laid(bytes: &[u8]) -> (Vec<u8>, Vec<std::ops::Range<usize>>) {
        let (mut laid, mut stuffing) = (bytes.to_vec(), Stuffing::default());
        for (place, block) in (0..).step_by(BLOCK).zip(laid.chunks_mut(BLOCK)) {
            stuffing.lay(place, block);
        }
        let mut packets = Vec::new();
        let mut place = 0;
        while let Some(found) = memmem::find(&laid[place..], &PADDING).map(|found| place + found) {
            let length = u16::from_be_bytes([laid[found + 4], laid[found + 5]]);
            packets.push(found..found + HEADER + usize::from(length));
            place = found + HEADER + usize::from(length);
        }
        (laid, packets)
    }

    #[test]
    fn what_lies_in_no_packet_is_skipped() {
        let mut bytes = vec![0xff; 300_000];
        bytes[200_000..200_003].copy_from_slice(&PREFIX);
        let (laid, packets) = laid(&bytes);
        let skipped: usize = packets.iter().map(|packet| packet.len()).sum();
        let lost = 200_000 - CLEAR as usize + 100_000 - CLEAR as usize;
        assert!((lost - 300..=lost).contains(&skipped), "{skipped} of {lost}");
        let is_near = |place: usize| place < CLEAR as usize || (200_000..200_000 + CLEAR as usize).contains(&place);
        assert!(packets.iter().all(|packet| !is_near(packet.start) && !is_near(packet.end - 1)), "{packets:?}");
        let is_left = |place: &usize| !packets.iter().any(|packet| packet.contains(place));
        assert!((0..bytes.len()).filter(is_left).all(|place| laid[place] == bytes[place]));
    }

    #[test]
    fn start_codes_where_reads_meet_are_seen() {
        for code in 99_998..100_004 {
            let code = code / BLOCK * BLOCK - 3 + code % 6;
            let mut bytes = vec![0xff; 250_000];
            bytes[code..code + 3].copy_from_slice(&PREFIX);
            let (laid, packets) = laid(&bytes);
            assert_eq!(laid[code..code + 3], PREFIX);
            assert!(packets.iter().all(|packet| !(code..code + CLEAR as usize).contains(&packet.start)), "{code}");
        }
    }

    #[test]
    fn where_reading_goes_on_elsewhere_nothing_is_known() {
        let mut stuffing = Stuffing::default();
        stuffing.lay(0, &mut [0xff; BLOCK]);
        let mut bytes = [0xff; BLOCK];
        stuffing.lay(CLEAR + 1_000_000, &mut bytes);
        assert_eq!(bytes, [0xff; BLOCK]);
        stuffing.lay(0, &mut []);
        stuffing.lay(0, &mut [0]);
    }
}
