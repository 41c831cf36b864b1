//! AMR files one after the other (RFC 4867 5): the header of each but the first would be taken for frames.

use std::io;
use std::ops::Range;

use super::pieces::Pieces;
use crate::source::Source;

/// Bytes that are read at once.
const BLOCK: usize = 64 * 1024;
/// The most bytes that are looked through: half a day at the highest rate. What is longer is read as it is.
const MAX_BYTES: u64 = 128 << 20;

/// How files of a kind begin, and the bytes of a frame by the four bits that say its rate.
type Kind = (&'static [u8], [usize; 16]);

const KINDS: [Kind; 2] = [
    (b"#!AMR\n", [13, 14, 16, 18, 20, 21, 27, 32, 6, 1, 1, 1, 1, 1, 1, 1]),
    (b"#!AMR-WB\n", [18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 1, 1, 1, 1, 1, 1]),
];

/// The frames of all files of the first one's kind.
pub(super) fn pieces(source: &Source) -> io::Result<Option<Pieces>> {
    let len = source.len();
    if len > MAX_BYTES {
        return Ok(None);
    }
    let mut window = Window { source, start: 0, bytes: Vec::new() };
    let head = window.at(0)?.to_vec();
    let Some((magic, sizes)) = KINDS.iter().find(|(magic, _)| head.starts_with(magic)) else { return Ok(None) };
    let (mut parts, mut place): (Vec<Range<u64>>, u64) = (Vec::new(), 0);
    while place < len {
        let bytes = window.at(place)?;
        if bytes.starts_with(magic) {
            place += magic.len() as u64;
            parts.push(place..place);
            continue;
        }
        let size = bytes.first().and_then(|head| sizes.get(usize::from(head >> 3 & 15))).copied().unwrap_or(1);
        let frame = bytes.get(..bytes.len().min(size + magic.len())).unwrap_or_default();
        // A file that was cut off ends within a frame.
        let next = frame.windows(magic.len()).position(|found| found == *magic).filter(|next| *next < size);
        let Some(part) = parts.last_mut() else { return Ok(None) };
        place += next.unwrap_or(size) as u64;
        part.end = if next.is_some() { part.end } else { place.min(len) };
    }
    Ok((parts.len() > 1).then(|| Pieces { header: magic.to_vec(), parts }))
}

/// What of the source was read last.
struct Window<'source> {
    source: &'source Source,
    start: u64,
    bytes: Vec<u8>,
}

impl Window<'_> {
    /// The bytes from a place on: a frame and what begins another file, if the source has as many.
    fn at(&mut self, place: u64) -> io::Result<&[u8]> {
        const NEEDED: usize = 128;
        let offset = usize::try_from(place.saturating_sub(self.start)).unwrap_or(usize::MAX);
        if place < self.start || offset.saturating_add(NEEDED) > self.bytes.len() {
            let size = usize::try_from(self.source.len().saturating_sub(place)).unwrap_or(BLOCK).min(BLOCK);
            self.bytes.resize(size, 0);
            self.start = place;
            if !self.source.fills_at(place, &mut self.bytes)? {
                self.bytes.clear();
            }
            return Ok(&self.bytes);
        }
        Ok(self.bytes.get(offset..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(bytes: &[u8]) -> Vec<Range<u64>> {
        let found = pieces(&Source::bytes(bytes.to_vec())).unwrap();
        found.map_or_else(Vec::new, |pieces| pieces.parts)
    }

    #[test]
    fn the_headers_of_all_but_the_first_are_left_out() {
        // Frames of 32 bytes, whose first says so.
        let frame = [&[0x3c][..], &[7; 31]].concat();
        let file = [b"#!AMR\n", &frame.repeat(3000)[..]].concat();
        let len = file.len() as u64;
        assert_eq!(parts(&file), []);
        assert_eq!(parts(&[&file[..], &file].concat()), [6..len, len + 6..2 * len]);
        // The first ends within a frame, or has what looks like a header within one of those behind it.
        let cut = [&file[..file.len() - 9], &file].concat();
        assert_eq!(parts(&cut), [6..len - 32, len - 3..2 * len - 9]);
        let wide = [b"#!AMR-WB\n", &[&[0x44][..], &[7; 60]].concat()[..]].concat();
        assert_eq!(parts(&[&wide[..], &wide, &wide].concat()), [9..70, 79..140, 149..210]);
        for end in 0..20 {
            assert_eq!(parts(&file[..end]), []);
        }
    }
}
