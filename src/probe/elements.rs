//! The elements of a Matroska file (RFC 8794 and 9559), as far as they tell where it should end, and whether its chapters have
//! an order of their own.

use crate::base::Result;
use crate::source::Context;

/// Elements that are looked at in a row: a bound on reads from hostile files.
const MAX_ELEMENTS: usize = 1024;
/// The names of what the file begins with, of the segments that follow, and of what these have inside.
const EBML: u64 = 0x1a45_dfa3;
const SEGMENT: u64 = 0x1853_8067;
const IN_SEGMENT: [u64; 8] =
    [0x114d_9b74, 0x1549_a966, 0x1654_ae6b, 0x1f43_b675, 0x1c53_bb6b, 0x1941_a469, 0x1043_a770, 0x1254_c367];

const CLUSTER: u64 = 0x1f43_b675;
const CHAPTERS: u64 = 0x1043_a770;
/// The list of where elements are (RFC 9559 5.1.1), one of them, its name, and its place in the segment.
const SEEK_HEAD: u64 = 0x114d_9b74;
const SEEK: u64 = 0x4dbb;
const SEEK_NAME: u64 = 0x53ab;
const SEEK_PLACE: u64 = 0x53ac;
/// Chapters in one way of playing them (5.1.7.1), whether it is the default, and whether it has an order of its own.
const EDITION: u64 = 0x45b9;
const IS_DEFAULT: u64 = 0x45db;
const IS_ORDERED: u64 = 0x45dd;

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

/// Whether the chapters that players go by, those of the default edition or else the first, are to be played in their order.
pub(super) fn has_ordered_chapters(context: &Context) -> Result<bool> {
    let Some((EBML, content, Some(size))) = head(context, 0)? else { return Ok(false) };
    let segment = head(context, content.saturating_add(size))?.filter(|(name, ..)| *name == SEGMENT);
    let Some((_, start, _)) = segment else { return Ok(false) };
    let Some((start, end)) = chapters(context, start)? else { return Ok(false) };
    let mut editions = Vec::new();
    for (_, start, end) in children(context, start, end)?.into_iter().filter(|(name, ..)| *name == EDITION) {
        let flags = children(context, start, end)?;
        let flag = |wanted: u64| {
            let found = flags.iter().find(|(name, ..)| *name == wanted);
            found.map_or(Ok(0), |(_, start, end)| value(context, *start, *end))
        };
        editions.push((flag(IS_DEFAULT)? == 1, flag(IS_ORDERED)? == 1));
    }
    let chosen = editions.iter().find(|(is_default, _)| *is_default).or(editions.first());
    Ok(chosen.is_some_and(|(_, is_ordered)| *is_ordered))
}

/// Where the content of a segment's chapters is: before its first cluster, or where its list says.
fn chapters(context: &Context, segment: u64) -> Result<Option<(u64, u64)>> {
    let (mut place, mut listed) = (segment, None);
    for _ in 0..MAX_ELEMENTS {
        match head(context, place)? {
            Some((CHAPTERS, content, Some(size))) => return Ok(Some((content, content.saturating_add(size)))),
            Some((name, content, Some(size))) if name != CLUSTER => {
                place = content.saturating_add(size);
                if name == SEEK_HEAD {
                    listed = listed.or(listed_chapters(context, content, place)?);
                }
            }
            _ => break,
        }
    }
    let place = listed.map(|place| segment.saturating_add(place));
    let found = place.map(|place| head(context, place)).transpose()?.flatten();
    Ok(found
        .and_then(|(name, content, size)| Some((content, content.saturating_add(size?))).filter(|_| name == CHAPTERS)))
}

/// Where a list says that chapters are, in bytes of the segment's content.
fn listed_chapters(context: &Context, start: u64, end: u64) -> Result<Option<u64>> {
    for (_, start, end) in children(context, start, end)?.into_iter().filter(|(name, ..)| *name == SEEK) {
        let (mut name, mut place) = (0, 0);
        for (field, start, end) in children(context, start, end)? {
            match field {
                SEEK_NAME => name = value(context, start, end)?,
                SEEK_PLACE => place = value(context, start, end)?,
                _ => {}
            }
        }
        if name == CHAPTERS {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// The elements in a range: name, and where the content begins and ends.
fn children(context: &Context, start: u64, end: u64) -> Result<Vec<(u64, u64, u64)>> {
    let (mut place, mut found) = (start, Vec::new());
    while place < end && found.len() < MAX_ELEMENTS {
        let Some((name, content, Some(size))) = head(context, place)? else { break };
        place = content.saturating_add(size);
        found.push((name, content, place.min(end)));
    }
    Ok(found)
}

/// An unsigned number of up to eight bytes (RFC 8794 7.2).
fn value(context: &Context, start: u64, end: u64) -> Result<u64> {
    let length = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
    let mut bytes = [0; 8];
    let is_there = end <= context.source.len() && length <= bytes.len();
    if let Some(number) = bytes.get_mut(8_usize.saturating_sub(length)..).filter(|_| is_there) {
        context.read_exact_at(start, number)?;
    }
    Ok(u64::from_be_bytes(bytes))
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
    let Some((name, name_length, _)) = number(context, place, 0)? else { return Ok(None) };
    let Some((size, size_length, is_unknown)) = number(context, place + name_length, 1)? else { return Ok(None) };
    Ok(Some((name, place + name_length + size_length, (!is_unknown).then_some(size))))
}

/// The number at a place, its length, and whether all of its bits are set; the marker of its length is left out of it if
/// `unmarked` is 1 (RFC 8794 4).
fn number(context: &Context, place: u64, unmarked: u64) -> Result<Option<(u64, u64, bool)>> {
    let mut bytes = [0; 8];
    let room = context.source.len().saturating_sub(place);
    let available = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
    context.read_exact_at(place, bytes.get_mut(..available).unwrap_or_default())?;
    let all = u64::from_be_bytes(bytes);
    let length = all.leading_zeros() + 1;
    if length > 8 || length as usize > available {
        return Ok(None);
    }
    let number = all >> (64 - 8 * length);
    let marker = 1_u64 << (7 * length);
    let value = number & !(marker * unmarked);
    Ok(Some((value, length.into(), number & (marker - 1) == marker - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn of(bytes: &[&[u8]], cluster: u64) -> Option<u64> {
        end(&Context::new(&Source::bytes(bytes.concat())), cluster).unwrap()
    }

    const HEAD: &[u8] = b"\x1a\x45\xdf\xa3\x81x";
    const CLUSTER: &[u8] = b"\x1f\x43\xb6\x75\x40\x10";

    #[test]
    fn a_segment_says_where_it_ends() {
        assert_eq!(of(&[HEAD, b"\x18\x53\x80\x67\x42\x00", CLUSTER], 0), Some(6 + 6 + 512));
        assert_eq!(of(&[HEAD, b"\x18\x53\x80\x67\x81x", HEAD, b"\x18\x53\x80\x67\x90"], 0), Some(6 + 6 + 6 + 5 + 16));
    }

    #[test]
    fn in_a_segment_without_a_size_the_last_cluster_does() {
        let unknown = b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff";
        let whole = [CLUSTER, &[0; 16]].concat();
        assert_eq!(of(&[HEAD, unknown, &whole, CLUSTER], 18), Some(18 + 22 + 22));
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
