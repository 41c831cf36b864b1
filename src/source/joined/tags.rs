//! FLAC behind more than one ID3 tag, for which FFmpeg before version 9 does not see what it is.

use std::io;

use super::pieces::Pieces;
use crate::source::Source;

/// The most tags that are looked at.
const MAX_TAGS: usize = 16;

/// The file from its last tag on.
pub(super) fn pieces(source: &Source) -> io::Result<Option<Pieces>> {
    let (mut last, mut place) = (0, 0_u64);
    for _ in 0..MAX_TAGS {
        let mut head = [0; 10];
        if !source.fills_at(place, &mut head)? {
            return Ok(None);
        }
        match head {
            [b'f', b'L', b'a', b'C', ..] if last > 0 => {
                let whole = std::iter::once(last..source.len());
                return Ok(Some(Pieces { header: Vec::new(), parts: whole.collect() }));
            }
            // ID3v2.4 3.1: seven bits of each byte, without this head and one like it at the end.
            [b'I', b'D', b'3', _, _, flags, size @ ..] => {
                let size = size.iter().fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7f));
                last = place;
                place += 10 + size + if flags & 0x10 != 0 { 10 } else { 0 };
            }
            _ => return Ok(None),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_tag_stays() {
        let tag = b"ID3\x04\0\0\0\0\0\x03abc";
        let parts = |bytes: &[u8]| pieces(&Source::bytes(bytes.to_vec())).unwrap().map(|pieces| pieces.parts);
        assert_eq!(parts(&[&tag[..], tag, b"fLaC\0\0\0\x22.."].concat()), Some(std::iter::once(13..36).collect()));
        assert_eq!(parts(&[&tag[..], b"fLaC\0\0\0\x22.."].concat()), None);
        assert_eq!(parts(&[&tag[..], tag, b"\xff\xfb......."].concat()), None);
        assert_eq!(parts(&tag[..]), None);
    }
}
