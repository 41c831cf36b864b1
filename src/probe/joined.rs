//! Matroska files that were put one after the other (RFC 8794 5: an EBML stream holds EBML documents).

use crate::base::Result;
use crate::source::Context;

/// The ids of what a document begins with: the header (RFC 8794 11.2.1), and Matroska's segment (RFC 9559 5.1).
const HEADER: [u8; 4] = [0x1a, 0x45, 0xdf, 0xa3];
const SEGMENT: [u8; 4] = [0x18, 0x53, 0x80, 0x67];

/// Whether another document begins where the first ends. FFmpeg reads on into it only if it has never been told to seek.
pub(super) fn is_joined(context: &Context) -> Result<bool> {
    let Some(segment) = end_of(context, HEADER, 0)? else { return Ok(false) };
    let Some(end) = end_of(context, SEGMENT, segment)? else { return Ok(false) };
    Ok(head(context, end)?.starts_with(&HEADER))
}

/// Where the element with this id at `offset` ends; `None` if there is another one, or if its size is unknown.
fn end_of(context: &Context, id: [u8; 4], offset: u64) -> Result<Option<u64>> {
    let head = head(context, offset)?;
    let rest = head.strip_prefix(&id).and_then(<[u8]>::split_first);
    Ok(rest.and_then(|(first, rest)| {
        let length = first.leading_zeros() as usize;
        let bytes = rest.get(..length)?;
        let value = bytes.iter().fold(u64::from(*first), |value, byte| value << 8 | u64::from(*byte));
        // The marker in front of the value; all ones are a size that nobody knows.
        let most = (1_u64 << (7 * (length + 1)).min(63)) - 1;
        let size = value & most;
        (length < 8 && size != most).then(|| offset.saturating_add(5 + length as u64).saturating_add(size))
    }))
}

/// Up to 12 bytes at `offset`: an id of four bytes and the longest size.
fn head(context: &Context, offset: u64) -> Result<Vec<u8>> {
    let left = context.source.len().saturating_sub(offset);
    let mut head = vec![0; left.min(12) as usize];
    context.read_exact_at(offset, &mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn joined(parts: &[&[u8]]) -> bool {
        is_joined(&Context::new(&Source::bytes(parts.concat()))).unwrap()
    }

    #[test]
    fn a_second_document_begins_where_the_first_ends() {
        let header: &[u8] = &[0x1a, 0x45, 0xdf, 0xa3, 0x82, 1, 2];
        let segment: &[u8] = &[0x18, 0x53, 0x80, 0x67, 0x01, 0, 0, 0, 0, 0, 0, 3, 7, 7, 7];
        let unknown: &[u8] = &[0x18, 0x53, 0x80, 0x67, 0x01, 255, 255, 255, 255, 255, 255, 255, 7, 7, 7];
        assert!(joined(&[header, segment, header, segment]));
        assert!(!joined(&[header, segment]) && !joined(&[header, segment, segment]));
        assert!(!joined(&[header, unknown, header, segment]));
        for end in 0..header.len() + segment.len() {
            assert!(!joined(&[&[header, segment].concat()[..end]]), "cut at {end}");
        }
    }
}
