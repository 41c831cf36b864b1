//! The layers of CEA-708 (CTA-708-E): packets that stand beside pictures, in them blocks of services, in these codes.

use super::a53::CaptionPair;

/// Takes the blocks of all services out of packets (CTA-708-E 5 and 6). A block is there once its last byte is, so that of a packet
/// that is cut off those before are not lost.
#[derive(Debug, Default)]
pub(crate) struct ServiceBlocks {
    /// Bytes of the packet that are still to come.
    left: usize,
    expected: Expected,
    block: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy)]
enum Expected {
    #[default]
    Header,
    /// The number of a service above 6, whose block has so many bytes.
    Number(usize),
    /// A block of so many bytes of a service.
    Block(u8, usize),
}

impl ServiceBlocks {
    /// Takes a pair; gives each block that ends with it, with the number of its service.
    pub(crate) fn push(&mut self, (kind, pair): CaptionPair, mut give: impl FnMut(u8, &[u8])) {
        let [first, second] = pair;
        match kind {
            3 => {
                let size = match first & 0x3f {
                    0 => 128,
                    code => usize::from(code) * 2,
                };
                (self.left, self.expected) = (size - 1, Expected::Header);
                self.take(second, &mut give);
            }
            2 => pair.into_iter().for_each(|byte| self.take(byte, &mut give)),
            _ => {}
        }
    }

    fn take(&mut self, byte: u8, give: &mut impl FnMut(u8, &[u8])) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        match self.expected {
            Expected::Header => match (byte >> 5, usize::from(byte & 0x1f)) {
                // Behind it there is padding alone.
                (0, _) => self.left = 0,
                (_, 0) => {}
                (7, size) => self.expected = Expected::Number(size),
                (service, size) => self.begin(service, size),
            },
            Expected::Number(size) => self.begin(byte & 0x3f, size),
            Expected::Block(service, size) => {
                self.block.push(byte);
                if self.block.len() >= size {
                    give(service, &self.block);
                    self.expected = Expected::Header;
                }
            }
        }
    }

    fn begin(&mut self, service: u8, size: usize) {
        self.expected = Expected::Block(service, size);
        self.block.clear();
        if size > self.left || service == 0 {
            self.left = 0;
        }
    }
}

/// A code of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServiceCode {
    Letter(char),
    /// One of C0 or C1, with what follows it.
    Control(u8, [u8; 6]),
}

/// Takes the codes out of a service's blocks (CTA-708-E 7), one of which may go on in the next block.
#[derive(Debug, Default)]
pub(crate) struct ServiceCodes(Vec<u8>);

impl ServiceCodes {
    /// Takes a block; gives each code that ends in it, with its length in bytes.
    pub(crate) fn push(&mut self, block: &[u8], mut give: impl FnMut(ServiceCode, usize)) {
        self.0.extend(block);
        let mut rest = self.0.as_slice();
        while let Some((code, after)) = length(rest).and_then(|length| rest.split_at_checked(length)) {
            rest = after;
            if let Some(found) = read(code) {
                give(found, code.len());
            }
        }
        let done = self.0.len() - rest.len();
        self.0.drain(..done);
    }
}

/// How many bytes the first code has, if that is known yet.
fn length(bytes: &[u8]) -> Option<usize> {
    Some(match bytes.first()? {
        0x10 => match bytes.get(1)? {
            0x00..=0x07 | 0x20..=0x7f | 0xa0.. => 2,
            0x08..=0x0f => 3,
            0x10..=0x17 => 4,
            0x18..=0x1f => 5,
            0x80..=0x87 => 6,
            0x88..=0x8f => 7,
            0x90..=0x9f => 3 + usize::from(bytes.get(2)? & 0x1f),
        },
        0x11..=0x17 | 0x88..=0x8d => 2,
        0x18..=0x1f | 0x90 | 0x92 => 3,
        0x91 => 4,
        0x97 => 5,
        0x98..=0x9f => 7,
        _ => 1,
    })
}

/// What a code says; `None` if it is reserved for later.
fn read(code: &[u8]) -> Option<ServiceCode> {
    Some(match *code {
        [0x10, letter @ (0x20..=0x7f | 0xa0..)] => ServiceCode::Letter(extended(letter)),
        [0x10, ..] => return None,
        [0x18, high, low] => ServiceCode::Letter(char::from_u32(u16::from_be_bytes([high, low]).into()).unwrap_or('_')),
        [0x7f] => ServiceCode::Letter('♪'),
        // As in ASCII, and in ISO 8859-1.
        [letter @ (0x20..=0x7f | 0xa0..)] => ServiceCode::Letter(char::from(letter)),
        [control, ref more @ ..] => {
            let mut parameters = [0; 6];
            parameters.iter_mut().zip(more).for_each(|(to, from)| *to = *from);
            ServiceCode::Control(control, parameters)
        }
        [] => return None,
    })
}

/// The letters of G2 and G3; an underscore stands for those that are reserved.
fn extended(byte: u8) -> char {
    const FIRST: &str = "  ___…____Š_Œ___█‘’“”•___™š_œ℠_Ÿ";
    const LAST: &str = "⅛⅜⅝⅞│┐└─┘┌";
    let letter = match byte {
        0x20..=0x3f => FIRST.chars().nth((byte - 0x20).into()),
        0x76..=0x7f => LAST.chars().nth((byte - 0x76).into()),
        // The mark of closed captions.
        0xa0 => Some('㏄'),
        _ => None,
    };
    letter.unwrap_or('_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn blocks(bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let (mut blocks, mut found) = (ServiceBlocks::default(), Vec::new());
        for (number, pair) in bytes.as_chunks::<2>().0.iter().enumerate() {
            blocks
                .push((if number == 0 { 3 } else { 2 }, *pair), |service, block| found.push((service, block.to_vec())));
        }
        found
    }

    fn codes(blocks: &[&[u8]]) -> Vec<ServiceCode> {
        let (mut codes, mut found) = (ServiceCodes::default(), Vec::new());
        blocks.iter().for_each(|block| codes.push(block, |code, _| found.push(code)));
        found
    }

    #[test]
    fn blocks_of_all_services_are_taken_out_of_a_packet() {
        let packet = b"\x06\x22AB\xe1\x3fZ\x03\x43XYZ";
        assert_eq!(blocks(packet), [(1, b"AB".to_vec()), (63, b"Z".to_vec())]);
        // The packet ends, or is cut off, within the second block; the first is there.
        assert_eq!(blocks(b"\x03\x22AB\x43X"), [(1, b"AB".to_vec())]);
        assert_eq!(blocks(b"\x09\x22AB\x43X"), [(1, b"AB".to_vec())]);
        // Nothing counts behind the null block and behind the packet.
        assert_eq!(blocks(b"\x04\x21A\0\x21B\0\0"), [(1, b"A".to_vec())]);
        assert_eq!(blocks(b"\x02\x21A\x20\x21B"), [(1, b"A".to_vec())]);
    }

    #[test]
    fn codes_have_the_lengths_of_their_sets() {
        use ServiceCode::{Control, Letter};
        let found = codes(&[b"A\x7f\xe9\x10\x25\x18\x26\x6a", b"\x98\x20\x01\x02", b"\x03\x04\x05\x8f"]);
        let define = Control(0x98, [0x20, 1, 2, 3, 4, 5]);
        assert_eq!(
            found,
            [Letter('A'), Letter('♪'), Letter('é'), Letter('…'), Letter('♪'), define, Control(0x8f, [0; 6])]
        );
        // What is reserved is passed over with all that belongs to it.
        let reserved: [&[u8]; 9] = [
            b"\x10\x00",
            b"\x10\x08A",
            b"\x10\x10AA",
            b"\x10\x18AAA",
            b"\x10\x80AAAA",
            b"\x10\x88AAAAA",
            b"\x10\x90\x02AA",
            b"\x10\x9f\0",
            b"\x10\x1fAAA",
        ];
        assert_eq!(codes(&[&reserved.concat(), b"B"]), [Letter('B')]);
        assert_eq!(codes(&[b"\x10\xa0\x10\x7f\x10\x40\x18\xd8\x00"]), ['㏄', '┌', '_', '_'].map(Letter));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_bounded(pairs: Vec<(u8, [u8; 2])>) {
            let (mut blocks, mut codes) = (ServiceBlocks::default(), ServiceCodes::default());
            for (kind, pair) in pairs {
                blocks.push((kind & 3, pair), |service, block| {
                    assert!((1..64).contains(&service) && (1..32).contains(&block.len()));
                    codes.push(block, |_, length| assert!(length <= 34));
                });
                prop_assert!(codes.0.len() < 34);
            }
        }
    }
}
