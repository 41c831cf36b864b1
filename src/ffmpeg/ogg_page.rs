//! What the header of an Ogg page says (RFC 3533 6).

use crate::base::Result;
use crate::source::Context;

/// Bytes of a header before its table of segments, and of the longest.
const FIXED: usize = 27;
const LONGEST: usize = FIXED + 255;
/// The flag of the last page of a stream.
const END_OF_STREAM: u8 = 4;
/// The length of a segment that the packet goes on behind.
const FULL: u8 = 255;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) pos: i64,
    pub(super) serial: [u8; 4],
    /// How many samples there are up to the end of the last packet that ends in it; `None` if none does.
    pub(super) granule: Option<i64>,
    /// Whether it is the last of its stream.
    pub(super) is_last: bool,
    /// Whether its last packet goes on in the next one.
    pub(super) goes_on: bool,
}

impl Page {
    /// The page at a place in the source; `None` if there is none.
    pub(super) fn read(context: &Context, pos: i64) -> Result<Option<Self>> {
        let Ok(place) = u64::try_from(pos) else { return Ok(None) };
        let rest = context.source.len().saturating_sub(place);
        let mut head = [0; LONGEST];
        let length = usize::try_from(rest).unwrap_or(LONGEST).min(LONGEST);
        let Some(head) = head.get_mut(..length) else { return Ok(None) };
        context.read_exact_at(place, head)?;
        Ok(Self::parse(pos, head))
    }

    fn parse(pos: i64, head: &[u8]) -> Option<Self> {
        let (fixed, table) = head.split_at_checked(FIXED)?;
        let granule = i64::from_le_bytes(fixed.get(6..14)?.try_into().ok()?);
        let count = usize::from(*fixed.get(26)?);
        Some(Self {
            pos,
            serial: fixed.get(14..18)?.try_into().ok()?,
            granule: (granule >= 0).then_some(granule),
            is_last: fixed.get(5)? & END_OF_STREAM != 0,
            goes_on: table.get(..count)?.last() == Some(&FULL),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_where_its_packets_end() {
        let head = |flags: u8, granule: i64, table: &[u8]| {
            let fixed = [b"OggS\0", &[flags][..], &granule.to_le_bytes(), &[1, 2, 3, 4], &[0; 8]].concat();
            [&fixed[..], &[table.len() as u8], table, b"sound"].concat()
        };
        let page = Page { pos: 9, serial: [1, 2, 3, 4], granule: Some(960), is_last: true, goes_on: false };
        let whole = head(4, 960, &[255, 7]);
        assert_eq!(Page::parse(9, &whole), Some(page));
        let within = Page { granule: None, is_last: false, goes_on: true, ..page };
        assert_eq!(Page::parse(9, &head(0, -1, &[255])), Some(within));
        for end in 0..29 {
            assert_eq!(Page::parse(9, &whole[..end]), None, "{end} bytes");
        }
    }
}
