//! How many bytes a file should have, by the sizes that its own headers state.

use super::elements;
use crate::base::Result;
use crate::source::Context;

/// Chunks that are looked at in a row: a bound on reads from hostile files. A file of gigabytes has some dozens.
const MAX_CHUNKS: usize = 1024;
/// Bytes at the end of an Ogg in which its last page begins: more than a page has at most (RFC 3533 6).
const OGG_TAIL: u64 = 128 * 1024;
/// Bytes at the end of a GIF among which its trailer is.
const GIF_TAIL: u64 = 256;

/// A format whose file is a row of chunks, each with a name and a size.
struct Chunks {
    /// Where the first one begins.
    first: u64,
    /// Bytes of a name.
    name: u64,
    /// Bytes of a size, in which the chunk's head may be counted in.
    size: u64,
    is_big_endian: bool,
    is_head_counted: bool,
    /// What each begins at a multiple of.
    align: u64,
    /// How the names of those begin that pictures and sound are in.
    media: &'static [&'static [u8]],
}

const RIFF: Chunks = Chunks {
    first: 12,
    name: 4,
    size: 4,
    is_big_endian: false,
    is_head_counted: false,
    align: 2,
    // An AVI of more than a gigabyte goes on in a second RIFF (OpenDML AVI 2.0).
    media: &[b"data", b"LIST", b"RIFF"],
};
const AIFF: Chunks = Chunks { is_big_endian: true, media: &[b"SSND"], ..RIFF };
const CAF: Chunks = Chunks { first: 8, size: 8, align: 1, media: &[b"data"], ..AIFF };
const DSDIFF: Chunks = Chunks { first: 16, size: 8, media: &[b"DSD ", b"DST "], ..AIFF };
const DSF: Chunks = Chunks { first: 0, size: 8, is_head_counted: true, align: 1, ..RIFF };
const W64: Chunks = Chunks { first: 40, name: 16, align: 8, ..DSF };
/// The name of the Data Object (Advanced Systems Format 10.1).
const ASF: Chunks = Chunks { name: 16, media: &[&[0x36, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11]], ..DSF };

/// The bytes that the file should have at least; `None` if it does not say, as what is recorded or sent on the fly.
/// `place` is where something in it is known to begin.
pub(super) fn stated(context: &Context, place: u64) -> Result<Option<u64>> {
    let start = magic(context)?;
    if let Some(chunks) = Chunks::of(start) {
        return Ok(chunks.ends(context)?.map(|(media, _)| media));
    }
    match &start {
        b"GIF8" => end_of_gif(context),
        b"OggS" => last_page_end(context),
        [0x1a, 0x45, 0xdf, 0xa3] => elements::end(context, place),
        _ => Ok(None),
    }
}

/// Where a file of chunks ends by their sizes; `None` if it is none, or does not say.
pub(super) fn own_end(context: &Context) -> Result<Option<u64>> {
    let Some(chunks) = Chunks::of(magic(context)?) else { return Ok(None) };
    Ok(chunks.ends(context)?.map(|(_, all)| all))
}

/// The first bytes, zeros where there are fewer.
fn magic(context: &Context) -> Result<[u8; 4]> {
    let mut start = [0; 4];
    let length = start.len().min(usize::try_from(context.source.len()).unwrap_or(usize::MAX));
    context.read_exact_at(0, start.get_mut(..length).unwrap_or_default())?;
    Ok(start)
}

impl Chunks {
    /// How a file is made that begins with this.
    fn of(magic: [u8; 4]) -> Option<Self> {
        Some(match &magic {
            b"RIFF" => RIFF,
            b"RIFX" => Chunks { is_big_endian: true, ..RIFF },
            b"riff" => W64,
            b"FORM" => AIFF,
            b"FRM8" => DSDIFF,
            b"caff" => CAF,
            b"DSD " => DSF,
            [0x30, 0x26, 0xb2, 0x75] => ASF,
            _ => return None,
        })
    }

    /// Where the last chunk of pictures or sound should end, and where all chunks do, up to another file.
    fn ends(&self, context: &Context) -> Result<Option<(u64, u64)>> {
        let magic = magic(context)?;
        let (mut place, mut found, mut all) = (self.first, None, 0);
        for _ in 0..MAX_CHUNKS {
            let Some((name, size)) = self.head(context, place)? else { break };
            if place > self.first && name.starts_with(&magic) && !self.goes_on(context, place)? {
                break;
            }
            let head = if self.is_head_counted { 0 } else { self.name + self.size };
            let end = place.saturating_add(head).saturating_add(size);
            if self.media.iter().any(|media| name.starts_with(media)) {
                if self.is_unknown(size) {
                    return Ok(None);
                }
                found = found.max(Some(end));
            }
            if end <= place {
                break;
            }
            all = end;
            place = end.checked_next_multiple_of(self.align).unwrap_or(u64::MAX);
        }
        Ok(found.map(|media| (media, all)))
    }

    /// Whether what begins like another file is more of the same: of an AVI, which has this in the place of its kind.
    fn goes_on(&self, context: &Context, place: u64) -> Result<bool> {
        let kind = place.saturating_add(8);
        if kind.saturating_add(4) > context.source.len() {
            return Ok(false);
        }
        let mut bytes = [0; 4];
        context.read_exact_at(kind, &mut bytes)?;
        Ok(&bytes == b"AVIX")
    }

    /// The name and the size of the chunk at a place; `None` where none begins.
    fn head(&self, context: &Context, place: u64) -> Result<Option<(Vec<u8>, u64)>> {
        let length = self.name + self.size;
        if place.saturating_add(length) > context.source.len() {
            return Ok(None);
        }
        let mut head = vec![0; length as usize];
        context.read_exact_at(place, &mut head)?;
        let size = head.split_off(self.name as usize);
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        let size = if self.is_big_endian { size.iter().fold(0, add) } else { size.iter().rev().fold(0, add) };
        let is_name = self.name > 4 || head.iter().all(|byte| (b' '..=b'~').contains(byte));
        Ok(is_name.then_some((head, size)))
    }

    /// Whether a size is one that is written where none is known yet: none, or about the most that it can be, also as a
    /// number with a sign.
    fn is_unknown(&self, size: u64) -> bool {
        match self.size {
            4 => size == 0 || (0x7fff_0000..=0x8000_0000).contains(&size) || size >= 0xffff_0000,
            _ => size == 0 || i64::try_from(size).is_err() || size == i64::MAX as u64,
        }
    }
}

/// Where the last page of an Ogg should end.
fn last_page_end(context: &Context) -> Result<Option<u64>> {
    let start = context.source.len().saturating_sub(OGG_TAIL);
    let mut tail = vec![0; (context.source.len() - start) as usize];
    context.read_exact_at(start, &mut tail)?;
    // The name, the version, and flags of which there are three.
    let begins = |bytes: &[u8]| bytes.starts_with(b"OggS\0") && bytes.get(5).is_none_or(|flags| *flags < 8);
    let Some(place) = (0..tail.len()).rev().find(|&place| tail.get(place..).is_some_and(begins)) else {
        return Ok(None);
    };
    let page = tail.get(place..).unwrap_or_default();
    let segments = page.get(26).map_or(0, |count| usize::from(*count));
    let lacing = page.get(27..).unwrap_or_default();
    let payload: u64 = lacing.iter().take(segments).map(|length| u64::from(*length)).sum();
    Ok(Some(start + place as u64 + 27 + segments as u64 + payload))
}

/// A GIF ends with an empty block and a trailer of one byte (GIF89a 27), behind which some have something else.
fn end_of_gif(context: &Context) -> Result<Option<u64>> {
    let len = context.source.len();
    let mut tail = vec![0; len.min(GIF_TAIL) as usize];
    context.read_exact_at(len - tail.len() as u64, &mut tail)?;
    let has_trailer = tail.ends_with(b";") || tail.windows(2).any(|bytes| bytes == b"\0;");
    Ok((!has_trailer).then(|| len.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn of(bytes: &[u8]) -> Option<u64> {
        stated(&Context::new(&Source::bytes(bytes.to_vec())), 0).unwrap()
    }

    fn wav(size: u32) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x02\0\0\0\0\0data".to_vec();
        bytes.extend(size.to_le_bytes());
        bytes.extend(b"12345");
        bytes
    }

    #[test]
    fn the_end_of_the_sound_is_what_counts() {
        assert_eq!(of(&wav(5)), Some(35));
        assert_eq!(of(&wav(1000)), Some(1030));
        // A chunk that follows, and is cut off.
        assert_eq!(of(&[&wav(5)[..], b"\0LIST\x10\0\0\0"].concat()), Some(60));
        assert_eq!(of(&[&wav(5)[..], b"\0bext\x10\0\0\0"].concat()), Some(35));
    }

    #[test]
    fn sizes_that_nobody_knew_state_nothing() {
        for size in [0, u32::MAX, u32::MAX - 36, i32::MAX as u32, 0x7fff_f000, 0x8000_0000] {
            assert_eq!(of(&wav(size)), None, "{size}");
        }
        assert_eq!(of(b"caff\0\x01\0\0data\xff\xff\xff\xff\xff\xff\xff\xff12"), None);
        assert_eq!(of(b"caff\0\x01\0\0data\0\0\0\0\0\0\0\x05123"), Some(25));
    }

    #[test]
    fn impossible_sizes_end_the_search() {
        for bytes in [&b"RIFF"[..], b"", b"OggS", b"riff", b"DSD \0\0\0\0\0\0\0\0\0\0\0\0"] {
            assert!(of(bytes).is_none_or(|end| end < 64), "{bytes:?}");
        }
        assert_eq!(of(b"FRM8\0\0\0\0\0\0\0\0DSD DSD \x7f\xff\xff\xff\xff\xff\xff\xfe12"), Some(i64::MAX as u64 + 27));
    }
}
