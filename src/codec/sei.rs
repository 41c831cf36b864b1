//! Messages that H.264 carries beside its pictures (ITU-T H.264 7.3.2.3 and annex D).

use super::h264::Configuration;

/// Bytes of an access unit in which its messages are looked for: they stand before its slices.
const HEAD: usize = 4096;
/// nal_unit_type of slices and of messages (table 7-1).
const SLICE: u8 = 1;
const IDR_SLICE: u8 = 5;
const MESSAGES: u8 = 6;
/// payloadType of the recovery point (D.1.1).
const RECOVERY_POINT: usize = 6;

impl Configuration {
    /// The content of the first message of this kind in an access unit, or in the beginning of one.
    pub(super) fn message(&self, access_unit: &[u8], kind: usize) -> Option<Vec<u8>> {
        let units = self.first_units(access_unit);
        let messages = units.iter().filter(|unit| unit.first().is_some_and(|header| header & 0x1f == MESSAGES));
        messages.filter_map(|unit| among(&payload(unit.get(1..)?), kind)).next()
    }

    /// By how many frames that others refer to the picture comes later that is right again if decoding begins with this
    /// one; 0 if this one is, or does not say. `None` where it refers to others and none later is said to be right.
    pub(crate) fn recovery(&self, access_unit: &[u8]) -> Option<u16> {
        let head = access_unit.get(..HEAD).unwrap_or(access_unit);
        for unit in self.first_units(head) {
            match unit.first().map(|header| header & 0x1f) {
                Some(SLICE) => return (!is_predicted(unit)).then_some(0),
                Some(IDR_SLICE) => break,
                Some(MESSAGES) => {
                    let message = among(&payload(unit.get(1..).unwrap_or_default()), RECOVERY_POINT);
                    if let Some(count) = message.and_then(|message| exp_golomb(&message)) {
                        return Some(u16::try_from(count).unwrap_or(u16::MAX));
                    }
                }
                _ => {}
            }
        }
        Some(0)
    }

    /// The NAL units at the beginning of an access unit, of which the last may be cut.
    fn first_units<'a>(&self, head: &'a [u8]) -> Vec<&'a [u8]> {
        match self.length_size() {
            Some(size) => with_lengths(head, size),
            None => between_start_codes(head),
        }
    }
}

pub(super) fn with_lengths(mut rest: &[u8], size: usize) -> Vec<&[u8]> {
    let mut units = Vec::new();
    while let Some((length, after)) = rest.split_at_checked(size) {
        let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        let (unit, after) = after.split_at(length.min(after.len()));
        units.push(unit);
        rest = after;
    }
    units
}

pub(super) fn between_start_codes(head: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> =
        head.windows(3).enumerate().filter(|(_, bytes)| *bytes == [0, 0, 1]).map(|(place, _)| place).collect();
    let ends = starts.iter().skip(1).copied().chain([head.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| head.get(start + 3..end)).collect()
}

/// Whether a message of frame packing says that there is a picture for each eye (D.1.26, and H.265 D.2.16): behind its number it has
/// a flag that takes back what others said, and seven bits of how they are packed, of which 6 is not at all.
pub(super) fn is_stereo(message: &[u8]) -> bool {
    let bits = first_bits(message);
    let behind = behind_number(bits);
    let (is_cancelled, packing) = (behind >> 63 == 1, behind << 1 >> 57);
    bits.leading_zeros() < 28 && !is_cancelled && matches!(packing, 0..=5 | 7)
}

/// Whether a slice refers to other pictures, by its slice_type (7.4.3), which follows first_mb_in_slice.
fn is_predicted(slice: &[u8]) -> bool {
    let header = payload(slice.get(1..13).or(slice.get(1..)).unwrap_or_default());
    let kind = number_of(behind_number(first_bits(&header)));
    kind.is_some_and(|kind| matches!(kind % 5, 0 | 1 | 3))
}

/// The first number of a message, an unsigned one in Exp-Golomb code (9.1).
fn exp_golomb(message: &[u8]) -> Option<u32> {
    number_of(first_bits(message))
}

fn number_of(bits: u64) -> Option<u32> {
    let zeros = bits.leading_zeros();
    (zeros < 32).then(|| ((bits << zeros >> (63 - zeros)) - 1) as u32)
}

/// What follows the first number in Exp-Golomb code.
fn behind_number(bits: u64) -> u64 {
    bits.checked_shl(2 * bits.leading_zeros() + 1).unwrap_or(0)
}

fn first_bits(message: &[u8]) -> u64 {
    message.iter().chain(&[0; 8]).take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte))
}

/// The bytes of a NAL unit without those that keep start codes out of it (7.4.1.1).
pub(super) fn payload(data: &[u8]) -> Vec<u8> {
    let mut zeros = 0;
    let kept = data.iter().filter(|byte| {
        let inserted = zeros >= 2 && **byte == 3;
        zeros = if **byte == 0 { zeros + 1 } else { 0 };
        !inserted
    });
    kept.copied().collect()
}

/// The first message of a kind in the payload of a unit (7.3.2.3.1).
pub(super) fn among(mut rest: &[u8], kind: usize) -> Option<Vec<u8>> {
    loop {
        let (found, after) = number(rest)?;
        let (size, after) = number(after)?;
        let (message, after) = after.split_at_checked(size)?;
        if found == kind {
            return Some(message.to_vec());
        }
        rest = after;
    }
}

/// A payload's type or size: 255 for each byte of 0xff, and one other byte.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let full = bytes.iter().take_while(|byte| **byte == 0xff).count();
    Some((full * 255 + usize::from(*bytes.get(full)?), bytes.get(full + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_walked_and_none_is_read_past_its_end() {
        let units = [&[5, 2, 0xff, 0xff, 47, 3][..], &[1, 2, 3], &[0x80]].concat();
        assert_eq!(among(&units, 47), Some(vec![1, 2, 3]));
        assert_eq!(among(&[&[0xff, 1, 3, 0, 0, 0, 47, 3][..], &[1, 2, 3]].concat(), 47), Some(vec![1, 2, 3]));
        for cut in 0..9 {
            assert_eq!(among(&units[..cut], 47), None, "{cut}");
        }
        assert_eq!(payload(&[0, 0, 3, 1, 0, 0, 3, 0, 0, 3]), [0, 0, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn pictures_for_each_eye_are_told_from_others() {
        // A number of 0, no cancellation, and a packing; the same with the number 6, 00111.
        for packing in 0..16_u8 {
            let is_one = matches!(packing, 0..=5 | 7);
            assert_eq!(is_stereo(&[0b1000_0000 | packing >> 1, packing << 7]), is_one, "{packing}");
            assert_eq!(is_stereo(&[0b0011_1000, packing << 3]), is_one, "{packing}");
        }
        assert!(!is_stereo(&[0b1100_0001, 0b1000_0000]) && !is_stereo(&[]) && !is_stereo(&[0; 20]));
    }

    #[test]
    fn recovery_points_are_found_before_slices() {
        // 19 is 000010100.
        let message: &[u8] = &[6, 6, 2, 0b0000_1010, 0b0100_0000, 0x80];
        let (delimiter, slice): (&[u8], &[u8]) = (&[9, 0x10], &[0x41, 0x88, 2, 3]);
        let annex_b = Configuration::read(&[]).unwrap();
        let unit = |units: &[&[u8]]| units.iter().flat_map(|unit| [&[0, 0, 1], *unit].concat()).collect::<Vec<u8>>();
        assert_eq!(annex_b.recovery(&unit(&[delimiter, message, slice])), Some(19));
        assert_eq!(annex_b.recovery(&unit(&[delimiter, slice, message])), Some(0));
        assert_eq!(annex_b.recovery(&unit(&[&[0x65, 0x98]])), Some(0));
        for (first, recovery) in [(0x98, None), (0xc0, None), (0xa0, None), (0xb0, Some(0))] {
            assert_eq!(annex_b.recovery(&unit(&[&[0x41, first, 0x80]])), recovery, "{first:x}");
        }
        assert_eq!(annex_b.recovery(&unit(&[message, &[0x41, 0x98, 0x80]])), Some(19));
        assert_eq!(annex_b.recovery(&[]), Some(0));
        let cut = [&[0, 6][..], message, &[0xff, 0xff], slice].concat();
        assert_eq!(with_lengths(&cut, 2), [message, slice]);
        assert_eq!((exp_golomb(&[0x80]), exp_golomb(&[0]), exp_golomb(&[])), (Some(0), None, None));
        assert_eq!(exp_golomb(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]), Some(u32::MAX - 1));
    }
}
