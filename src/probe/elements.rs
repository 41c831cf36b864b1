//! The elements of a Matroska file (RFC 8794 and 9559), as far as they tell where it should end.

use crate::base::Result;
use crate::source::Context;

/// Elements that are looked at in a row: a bound on reads from hostile files.
const MAX_ELEMENTS: usize = 1024;
/// Bytes of a name or a size at most.
const LONGEST: usize = 8;
/// The names of what the file begins with, of the segments that follow, and of what these have inside.
pub(super) const EBML: u64 = 0x1a45_dfa3;
pub(super) const SEGMENT: u64 = 0x1853_8067;
pub(super) const CLUSTER: u64 = 0x1f43_b675;
const IN_SEGMENT: [u64; 8] =
    [0x114d_9b74, 0x1549_a966, 0x1654_ae6b, 0x1f43_b675, 0x1c53_bb6b, 0x1941_a469, 0x1043_a770, 0x1254_c367];

/// Where the last segment should end, or, if its size was not known when it was written, what is in it from `cluster` on,
/// where one of its elements begins.
pub(super) fn end(context: &Context, cluster: u64) -> Result<Option<u64>> {
    let (mut place, mut found) = (0, None);
    for _ in 0..MAX_ELEMENTS {
        let Some((name, content, size)) = head(context, place)? else { break };
        let Some(size) = size else {
            let is_inside = name == SEGMENT && cluster >= content;
            return if is_inside { end_of_row(context, cluster, &IN_SEGMENT) } else { Ok(None) };
        };
        place = content.saturating_add(size);
        match name {
            SEGMENT => found = Some(place),
            EBML => {}
            _ => break,
        }
    }
    Ok(found)
}

/// Where the last of a row of elements with these names should end; `None` if one does not say.
fn end_of_row(context: &Context, start: u64, names: &[u64]) -> Result<Option<u64>> {
    let (mut place, mut found) = (start, None);
    for _ in 0..MAX_ELEMENTS {
        match head(context, place)?.filter(|(name, ..)| names.contains(name)) {
            Some((_, content, Some(size))) => place = content.saturating_add(size),
            Some(_) => return Ok(None),
            None => return Ok(found),
        }
        found = Some(place);
    }
    Ok(None)
}

/// The name of the element at a place, where its content begins and how long it is, if that is stated.
pub(super) fn head(context: &Context, place: u64) -> Result<Option<(u64, u64, Option<u64>)>> {
    let left = usize::try_from(context.source.len().saturating_sub(place)).unwrap_or(usize::MAX);
    let mut bytes = [0; 2 * LONGEST];
    let bytes = bytes.get_mut(..left.min(2 * LONGEST)).unwrap_or_default();
    context.read_exact_at(place, bytes)?;
    let Some((name, name_length, _)) = number(bytes, 0) else { return Ok(None) };
    let Some((size, size_length, is_unknown)) = bytes.get(name_length..).and_then(|rest| number(rest, 1)) else {
        return Ok(None);
    };
    let content = place.saturating_add((name_length + size_length) as u64);
    Ok(Some((name, content, (!is_unknown).then_some(size))))
}

/// The number at the beginning, its length, and whether all of its bits are set; the marker of its length is left out of it if
/// `unmarked` is 1 (RFC 8794 4).
fn number(bytes: &[u8], unmarked: u64) -> Option<(u64, usize, bool)> {
    let length = bytes.first()?.leading_zeros() as usize + 1;
    let bytes = bytes.get(..length).filter(|_| length <= LONGEST)?;
    let number = bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let marker = 1_u64 << (7 * length);
    Some((number & !(marker * unmarked), length, number & (marker - 1) == marker - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn of(bytes: &[&[u8]], cluster: u64) -> Option<u64> {
        end(&Context::new(&Source::bytes(bytes.concat())), cluster).unwrap()
    }

    const HEAD: &[u8] = b"\x1a\x45\xdf\xa3\x81x";
    const CLUSTER_HEAD: &[u8] = b"\x1f\x43\xb6\x75\x40\x10";

    #[test]
    fn a_segment_says_where_it_ends() {
        assert_eq!(of(&[HEAD, b"\x18\x53\x80\x67\x42\x00", CLUSTER_HEAD], 0), Some(6 + 6 + 512));
        assert_eq!(of(&[HEAD, b"\x18\x53\x80\x67\x81x", HEAD, b"\x18\x53\x80\x67\x90"], 0), Some(6 + 6 + 6 + 5 + 16));
    }

    #[test]
    fn in_a_segment_without_a_size_the_last_cluster_does() {
        let unknown = b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff";
        let whole = [CLUSTER_HEAD, &[0; 16]].concat();
        assert_eq!(of(&[HEAD, unknown, &whole, CLUSTER_HEAD], 18), Some(18 + 22 + 22));
        assert_eq!(of(&[HEAD, unknown, &whole, &whole], 18), Some(18 + 44));
        // Not where a cluster begins, and a cluster of unknown size.
        assert_eq!(of(&[HEAD, unknown, &whole], 19), None);
        assert_eq!(of(&[HEAD, unknown, b"\x1f\x43\xb6\x75\xff"], 18), None);
        assert_eq!(of(&[HEAD, unknown], 0), None);
    }

    #[test]
    fn what_is_no_element_states_nothing() {
        for bytes in [&b"\x1a\x45\xdf\xa3"[..], b"\x1a\x45\xdf\xa3\0\0\0\0\0\0\0\0\0", b"\x1a\x45\xdf\xa3\x81x\x18\x53"]
        {
            assert_eq!(of(&[bytes], 0), None);
        }
        assert_eq!(of(&[HEAD, b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xfe"], 0), Some(6 + 12 + (1 << 56) - 2));
    }
}
