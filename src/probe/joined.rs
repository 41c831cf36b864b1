//! Matroska files that were put one after the other (RFC 8794 5: an EBML stream holds EBML documents).

use crate::base::Result;
use crate::source::Context;

/// The ids of what a document begins with: the header (RFC 8794 11.2.1), and Matroska's segment (RFC 9559 5.1).
const HEADER: [u8; 4] = [0x1a, 0x45, 0xdf, 0xa3];
const SEGMENT: [u8; 4] = [0x18, 0x53, 0x80, 0x67];
/// That of what has the packets of a stretch of time (RFC 9559 5.1.3).
const CLUSTER: [u8; 4] = [0x1f, 0x43, 0xb6, 0x75];

/// Whether another document begins where the first ends. FFmpeg reads on into it only if it has never been told to seek.
pub(super) fn is_joined(context: &Context) -> Result<bool> {
    let Some(Element { end: Some(segment), .. }) = element(context, HEADER, 0)? else { return Ok(false) };
    match element(context, SEGMENT, segment)? {
        Some(Element { end: Some(end), .. }) => Ok(head(context, end)?.starts_with(&HEADER)),
        Some(Element { content, end: None }) => is_followed(context, content),
        None => Ok(false),
    }
}

/// Whether a document follows a segment of unknown size, as live recordings have it: from element to element, and through
/// clusters of unknown size as well (RFC 8794 6.2).
fn is_followed(context: &Context, mut place: u64) -> Result<bool> {
    for number in 0..context.limits().packets.saturating_mul(2) {
        if number.is_multiple_of(1024) {
            context.watch.check()?;
        }
        let head = head(context, place)?;
        if head.starts_with(&HEADER) {
            return Ok(true);
        }
        let id = head.first().map_or(0, |first| first.leading_zeros() as usize + 1);
        let Some(Element { content, end }) = head.get(id..).and_then(|rest| sized(rest, place + id as u64)) else {
            return Ok(false);
        };
        match end {
            Some(end) => place = end,
            None if head.starts_with(&CLUSTER) => place = content,
            None => return Ok(false),
        }
    }
    Ok(false)
}

/// Where an element's content begins, and where it ends unless its size is unknown.
struct Element {
    content: u64,
    end: Option<u64>,
}

/// The element with this id at `offset`; `None` if there is another one.
fn element(context: &Context, id: [u8; 4], offset: u64) -> Result<Option<Element>> {
    let head = head(context, offset)?;
    Ok(head.strip_prefix(&id).and_then(|rest| sized(rest, offset.saturating_add(4))))
}

/// The element whose size stands at the beginning of `bytes`, at `offset` in the source.
fn sized(bytes: &[u8], offset: u64) -> Option<Element> {
    let (first, rest) = bytes.split_first()?;
    let length = first.leading_zeros() as usize;
    let bytes = rest.get(..length).filter(|_| length < 8)?;
    let value = bytes.iter().fold(u64::from(*first), |value, byte| value << 8 | u64::from(*byte));
    // The marker in front of the value; all ones are a size that nobody knows.
    let most = (1_u64 << (7 * (length + 1))) - 1;
    let (content, size) = (offset.saturating_add(1 + length as u64), value & most);
    Some(Element { content, end: (size != most).then(|| content.saturating_add(size)) })
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
        // A document's segment of unknown size ends where what is in it does.
        let live: &[u8] = &[0x18, 0x53, 0x80, 0x67, 0x01, 255, 255, 255, 255, 255, 255, 255];
        let cluster: &[u8] = &[0x1f, 0x43, 0xb6, 0x75, 0xff, 0xe7, 0x81, 0, 0xa3, 0x83, 1, 2, 3];
        let whole: &[u8] = &[0x1f, 0x43, 0xb6, 0x75, 0x83, 0xe7, 0x81, 0];
        assert!(joined(&[header, live, cluster, whole, cluster, header, live]));
        assert!(!joined(&[header, live, cluster, whole, cluster]) && !joined(&[header, unknown, header, segment]));
        for end in 0..cluster.len() {
            assert!(!joined(&[header, live, &cluster[..end]]), "cut at {end}");
        }
        for end in 0..header.len() + segment.len() {
            assert!(!joined(&[&[header, segment].concat()[..end]]), "cut at {end}");
        }
    }
}
