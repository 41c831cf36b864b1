//! The outermost boxes of an MP4 or QuickTime file (ISO/IEC 14496-12 4.2).

use crate::Result;
use crate::source::{Source, read_exact_at};

/// More boxes than any file without fragments has beside each other.
const MOST_BOXES: usize = 64;

/// Whether `source` is an MP4 or QuickTime file whose index, the `moov` box, tells of all packets: one that is
/// not in fragments.
pub(super) fn is_indexed_mp4(source: &dyn Source) -> Result<bool> {
    let (mut offset, mut indexes) = (0_u64, 0);
    for _ in 0..MOST_BOXES {
        if offset >= source.len() {
            return Ok(indexes == 1);
        }
        let Some((name, size)) = header(source, offset)? else { return Ok(false) };
        match &name {
            b"moov" => indexes += 1,
            b"ftyp" | b"mdat" | b"free" | b"skip" | b"wide" | b"uuid" | b"udta" | b"meta" | b"pnot" => {}
            _ => return Ok(false),
        }
        offset = offset.saturating_add(size);
    }
    Ok(false)
}

/// Name and size of the box at `offset`.
fn header(source: &dyn Source, offset: u64) -> Result<Option<([u8; 4], u64)>> {
    let mut bytes = [0; 16];
    let filled = bytes.len().min(usize::try_from(source.len().saturating_sub(offset)).unwrap_or(usize::MAX));
    read_exact_at(source, offset, bytes.get_mut(..filled).unwrap_or_default())?;
    let [a, b, c, d, name @ .., e, f, g, h, i, j, k, l] = bytes;
    let large = u64::from_be_bytes([e, f, g, h, i, j, k, l]);
    let size = match u32::from_be_bytes([a, b, c, d]) {
        // To the end of the file.
        0 => source.len().saturating_sub(offset),
        1 if filled == bytes.len() => large,
        size => size.into(),
    };
    Ok((filled >= 8 && size >= 8).then_some((name, size)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BytesSource;

    fn is_indexed(boxes: &[(&str, u64)]) -> bool {
        let mut bytes = Vec::new();
        for (name, payload) in boxes {
            bytes.extend((*payload as u32 + 8).to_be_bytes());
            bytes.extend(name.as_bytes());
            bytes.resize(bytes.len() + *payload as usize, 0);
        }
        is_indexed_mp4(&BytesSource::new(bytes)).unwrap()
    }

    #[test]
    fn fragments_and_other_files_are_told_from_an_index() {
        assert!(is_indexed(&[("ftyp", 8), ("moov", 100), ("mdat", 1000)]));
        assert!(is_indexed(&[("ftyp", 8), ("free", 0), ("mdat", 10), ("moov", 100)]));
        assert!(!is_indexed(&[("ftyp", 8), ("moov", 100), ("moof", 10), ("mdat", 10)]));
        assert!(!is_indexed(&[("ftyp", 8), ("mdat", 10)]));
        assert!(!is_indexed(&[("RIFF", 8), ("moov", 10)]));
        assert!(!is_indexed(&[("moov", 10), ("moov", 10)]));
    }

    #[test]
    fn sizes_beyond_32_bits_and_to_the_end_are_read() {
        let large = [&[0, 0, 0, 1][..], b"mdat", &20_u64.to_be_bytes(), &[0; 4], &[0, 0, 0, 0], b"moov", &[0; 9]];
        assert!(is_indexed_mp4(&BytesSource::new(large.concat())).unwrap());
        for broken in [&[][..], &[0, 0, 0, 8], &[0, 0, 0, 0, 0, 0, 0, 0, 0], &[0, 0, 0, 1, b'm', b'o', b'o', b'v', 0]] {
            assert!(!is_indexed_mp4(&BytesSource::new(broken.to_vec())).unwrap());
        }
    }
}
