//! The display orientation that H.264 and HEVC can carry in their pictures (ITU-T H.264 D.1.27 and D.2.27, H.265 D.2.17 and
//! D.3.17).

use crate::media::Orientation;

/// What a message says; `None` if it takes back what others said, or is cut off.
pub(super) fn orientation(message: &[u8]) -> Option<Orientation> {
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
}
