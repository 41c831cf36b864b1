//! VP9, as far as it says how large the pictures of several layers are (VP9 Bitstream & Decoding Process Specification).

/// The size of a picture that comes in several layers, each of its own size, in one packet (a superframe): that of the last, which
/// is the one to be shown. `None` of others, and where it has the size of one before.
pub(super) fn size_of_layers(packet: &[u8]) -> Option<(u32, u32)> {
    let shown: Vec<&[u8]> = frames(packet)?.into_iter().filter(|frame| is_shown(frame)).collect();
    let (last, others) = shown.split_last()?;
    if others.is_empty() { None } else { size(last) }
}

/// The frames of a superframe (annex B): behind them stands how long each is, between two copies of a byte that says how many
/// there are.
fn frames(packet: &[u8]) -> Option<Vec<&[u8]>> {
    let (&marker, _) = packet.split_last()?;
    let (count, bytes) = (usize::from(marker & 7) + 1, usize::from(marker >> 3 & 3) + 1);
    let start = packet.len().checked_sub(2 + count * bytes)?;
    let (mut rest, index) = packet.split_at_checked(start)?;
    if marker >> 5 != 0b110 || index.first() != Some(&marker) {
        return None;
    }
    let mut frames = Vec::new();
    for size in index.get(1..=count * bytes)?.chunks(bytes) {
        let size = size.iter().rev().fold(0, |size, byte| size << 8 | usize::from(*byte));
        let (frame, after) = rest.split_at_checked(size)?;
        frames.push(frame);
        rest = after;
    }
    Some(frames)
}

/// Packets of the layers of one picture as one, which is how all but IVF has them; `None` where they are too many, or too long.
pub(crate) fn superframe(packets: &[&[u8]]) -> Option<Vec<u8>> {
    let all: Vec<&[u8]> = packets.iter().flat_map(|packet| frames(packet).unwrap_or_else(|| vec![packet])).collect();
    let count = u8::try_from(all.len().checked_sub(1)?).ok().filter(|count| *count < 8)?;
    // Sizes of four bytes each.
    let marker = [0b1101_1000 | count];
    let sizes: Option<Vec<[u8; 4]>> =
        all.iter().map(|frame| Some(u32::try_from(frame.len()).ok()?.to_le_bytes())).collect();
    Some([&all.concat()[..], &marker, &sizes?.concat(), &marker].concat())
}

fn is_shown(frame: &[u8]) -> bool {
    header(frame).is_some_and(|(mut bits, ..)| bits.take(1) == Some(1))
}

/// Behind a frame's type: its profile, and whether it is a keyframe; `None` of what shows a frame again.
fn header(frame: &[u8]) -> Option<(Bits<'_>, u32, bool)> {
    let mut bits = Bits { bytes: frame, place: 2 };
    let profile = bits.take(1)? | bits.take(1)? << 1;
    let is_again = bits.take(if profile == 3 { 2 } else { 1 })? & 1 == 1;
    let is_key = !is_again && bits.take(1)? == 0;
    (!is_again).then_some((bits, profile, is_key))
}

/// The size in a frame's header (6.2), if it does not refer to another frame's.
fn size(frame: &[u8]) -> Option<(u32, u32)> {
    let (mut bits, profile, is_key) = header(frame)?;
    // show_frame, which is set.
    bits.take(1)?;
    let is_resilient = bits.take(1)? == 1;
    if is_key {
        // frame_sync_code, and the depth of profiles 2 and 3.
        bits.take(if profile >= 2 { 25 } else { 24 })?;
        let is_rgb = bits.take(3)? == 7;
        // Range and sampling, by profile.
        bits.take(match (is_rgb, profile & 1) {
            (false, 0) => 1,
            (false, _) => 4,
            (true, 0) => 0,
            (true, _) => 1,
        })?;
    } else {
        // reset_frame_context, refresh_frame_flags, and three frames that it refers to, of which none has its size.
        bits.take(if is_resilient { 0 } else { 2 })?;
        bits.take(8 + 3 * 4)?;
        if bits.take(1)? == 1 || bits.take(1)? == 1 || bits.take(1)? == 1 {
            return None;
        }
    }
    Some((bits.take(16)? + 1, bits.take(16)? + 1))
}

struct Bits<'a> {
    bytes: &'a [u8],
    place: usize,
}

impl Bits<'_> {
    /// The number in the next bits, at most 32.
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut number = 0;
        for place in self.place..self.place + count {
            number = number << 1 | u32::from(self.bytes.get(place / 8)? >> (7 - place % 8) & 1);
        }
        self.place += count;
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of these bits: numbers and how many bits each has.
    fn frame(fields: &[(u32, usize)]) -> Vec<u8> {
        let bits: Vec<bool> = fields
            .iter()
            .flat_map(|&(number, count)| (0..count).rev().map(move |bit| number >> bit & 1 == 1))
            .collect();
        bits.chunks(8)
            .map(|byte| byte.iter().enumerate().fold(0, |all, (place, bit)| all | u8::from(*bit) << (7 - place)))
            .collect()
    }

    fn superframe(frames: &[&[u8]]) -> Vec<u8> {
        let marker = 0b1100_0000 | (frames.len() - 1) as u8;
        let sizes: Vec<u8> = frames.iter().map(|frame| frame.len() as u8).collect();
        [frames.concat(), vec![marker], sizes, vec![marker]].concat()
    }

    #[test]
    fn the_last_layer_is_the_one_that_is_shown() {
        let key = |show, side| {
            frame(&[
                (2, 2),
                (0, 2),
                (0, 1),
                (0, 1),
                (show, 1),
                (0, 1),
                (0x49_8342, 24),
                (1, 3),
                (0, 1),
                (side, 16),
                (side, 16),
            ])
        };
        let inter = |found| {
            frame(&[
                (2, 2),
                (0, 2),
                (0, 1),
                (1, 1),
                (1, 1),
                (0, 1),
                (0, 2),
                (1, 8),
                (0, 12),
                (found, 3),
                (319, 16),
                (179, 16),
            ])
        };
        assert_eq!(size_of_layers(&superframe(&[&key(1, 99), &inter(0)])), Some((320, 180)));
        assert_eq!(size_of_layers(&superframe(&[&key(1, 99), &key(1, 199)])), Some((200, 200)));
        // A hidden frame, one that is alone, and one of another's size.
        assert_eq!(size_of_layers(&superframe(&[&key(0, 99), &inter(0)])), None);
        assert_eq!(size_of_layers(&superframe(&[&key(1, 99)])), None);
        assert_eq!(size_of_layers(&superframe(&[&key(1, 99), &inter(1)])), None);
        // What lies in packets of its own, too.
        let alone = super::superframe(&[&key(1, 99), &superframe(&[&inter(1), &inter(0)])]).unwrap();
        assert_eq!((size_of_layers(&alone), frames(&alone).unwrap().len()), (Some((320, 180)), 3));
        assert_eq!(super::superframe(&[&[1_u8][..]; 9]), None);
        let whole = superframe(&[&key(1, 99), &inter(0)]);
        for cut in 0..whole.len() {
            assert_eq!(size_of_layers(&whole[..cut]), None, "{cut}");
        }
    }
}
