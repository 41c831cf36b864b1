//! Matroska files that were put one after the other (RFC 8794 5: an EBML stream holds EBML documents).

use super::elements::{CLUSTER, EBML, SEGMENT, head};
use crate::base::Result;
use crate::source::Context;

/// Whether another document begins where the first ends. FFmpeg reads on into it only if it has never been told to seek.
pub(super) fn is_joined(context: &Context) -> Result<bool> {
    let Some((EBML, content, Some(size))) = head(context, 0)? else { return Ok(false) };
    match head(context, content.saturating_add(size))? {
        Some((SEGMENT, content, Some(size))) => begins(context, content.saturating_add(size)),
        Some((SEGMENT, content, None)) => is_followed(context, content),
        _ => Ok(false),
    }
}

/// Whether a document begins at a place.
fn begins(context: &Context, place: u64) -> Result<bool> {
    Ok(head(context, place)?.is_some_and(|(name, ..)| name == EBML))
}

/// Whether a document follows a segment of unknown size, as live recordings have it: from element to element, and through
/// clusters of unknown size as well (RFC 8794 6.2).
fn is_followed(context: &Context, mut place: u64) -> Result<bool> {
    for number in 0..context.limits().packets.saturating_mul(2) {
        if number.is_multiple_of(1024) {
            context.watch.check()?;
        }
        match head(context, place)? {
            Some((EBML, ..)) => return Ok(true),
            Some((_, content, Some(size))) => place = content.saturating_add(size),
            Some((CLUSTER, content, None)) => place = content,
            _ => return Ok(false),
        }
    }
    Ok(false)
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
