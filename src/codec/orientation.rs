//! The display orientation that H.264 can carry in its pictures (ITU-T H.264 D.1.27 and D.2.27).

use shiguredo_mp4::bitstream::h264::H264NalUnitType;

use super::h264::Configuration;
use crate::media::Orientation;

/// payloadType of the display orientation SEI message (ITU-T H.264 D.1.1).
const DISPLAY_ORIENTATION: usize = 47;

impl Configuration {
    /// The orientation that an access unit states; `None` if it states none, or cannot be read.
    pub(crate) fn orientation(&self, access_unit: &[u8]) -> Option<Orientation> {
        let units = self.units(access_unit).ok()?;
        let messages = units.iter().filter(|unit| unit.nal_unit_type == H264NalUnitType::Sei);
        messages.filter_map(|unit| in_messages(&payload(unit.data.get(1..)?))).next()
    }
}

/// The bytes of a NAL unit without those that keep start codes out of it (7.4.1.1).
fn payload(data: &[u8]) -> Vec<u8> {
    let mut zeros = 0;
    let kept = data.iter().filter(|byte| {
        let inserted = zeros >= 2 && **byte == 3;
        zeros = if **byte == 0 { zeros + 1 } else { 0 };
        !inserted
    });
    kept.copied().collect()
}

/// The orientation among the messages of an SEI unit (7.3.2.3.1).
fn in_messages(mut rest: &[u8]) -> Option<Orientation> {
    loop {
        let (kind, after) = number(rest)?;
        let (size, after) = number(after)?;
        let (message, after) = after.split_at_checked(size)?;
        if kind == DISPLAY_ORIENTATION {
            return orientation(message);
        }
        rest = after;
    }
}

/// A payload's type or size: 255 for each byte of 0xff, and one other byte.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let full = bytes.iter().take_while(|byte| **byte == 0xff).count();
    Some((full * 255 + usize::from(*bytes.get(full)?), bytes.get(full + 1..)?))
}

fn orientation(message: &[u8]) -> Option<Orientation> {
    let [a, b, c, ..] = *message else { return None };
    let bits = u32::from_be_bytes([a, b, c, 0]);
    let flag = |place: u32| bits >> (31 - place) & 1 == 1;
    let (cancelled, horizontal, vertical) = (flag(0), flag(1), flag(2));
    // In units of a 65536th of a turn, to the nearest quarter.
    let anticlockwise = bits << 3 >> 16;
    let quarters = (anticlockwise + (1 << 13)) >> 14;
    // A vertical flip is a horizontal one and half a turn.
    let turns = 4 - quarters % 4 + if vertical { 2 } else { 0 };
    (!cancelled).then_some(Orientation { rotation: turns % 4 * 90, mirrored: horizontal != vertical })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message of cancel flag, two flips and sixteen bits of angle.
    fn message(flags: u32, quarters: u32) -> Vec<u8> {
        let bits = flags << 29 | (quarters << 14) << 13;
        bits.to_be_bytes()[..3].to_vec()
    }

    #[test]
    fn flips_and_turns_add_up() {
        let of = |flags, quarters| orientation(&message(flags, quarters)).map(|found| (found.rotation, found.mirrored));
        assert_eq!(of(0b000, 0), Some((0, false)));
        // A quarter against the clock is three with it.
        assert_eq!(of(0b000, 1), Some((270, false)));
        assert_eq!(of(0b000, 3), Some((90, false)));
        assert_eq!(of(0b010, 0), Some((0, true)));
        assert_eq!(of(0b001, 0), Some((180, true)));
        assert_eq!(of(0b011, 0), Some((180, false)));
        assert_eq!(of(0b100, 1), None);
    }

    #[test]
    fn messages_are_walked_and_none_is_read_past_its_end() {
        let turned = [&[5, 2, 0xff, 0xff, 47, 3][..], &message(0, 3), &[0x80]].concat();
        assert_eq!(in_messages(&turned), Some(Orientation { rotation: 90, mirrored: false }));
        assert_eq!(in_messages(&[&[0xff, 1, 3, 0, 0, 0, 47, 3][..], &message(0, 2)].concat()).unwrap().rotation, 180);
        for cut in 0..9 {
            assert_eq!(in_messages(&turned[..cut]), None, "{cut}");
        }
        assert_eq!(payload(&[0, 0, 3, 1, 0, 0, 3, 0, 0, 3]), [0, 0, 1, 0, 0, 0, 0]);
    }
}
