//! The boxes of an MP4 or QuickTime file (ISO/IEC 14496-12 4.2), one within another.

use memchr::memmem;

use super::context::Context;
use crate::base::{Error, ErrorKind, Result};

/// The most sibling boxes to walk: a bound on reads from hostile files. Files without fragments have fewer than ten at
/// the top level, and in `moov` one for each track and a few more. With more, all packets are read instead.
pub(crate) const MAX_BOXES: usize = 64;
/// The most boxes of a usual file before `moov`: its type, free space, and all data.
const USUALLY_BEFORE: usize = 8;
/// Bytes that are read behind the index in most files that begin with it: the first pictures, of which FFmpeg finds out what the
/// container does not say. At 100 Mbit/s they take 20 ms, and a request of their own a round trip.
const FIRST_PACKETS: u64 = 256 << 10;
/// The most boxes before `moov`.
const MAX_BEFORE: usize = 1 << 16;
/// The most bytes of a fragment's index: those of an hour of pictures.
const MAX_RUN: usize = 16 << 20;
/// What comes before `moov` in usual files.
const BEFORE_MOVIE: [&[u8; 4]; 7] = [b"ftyp", b"free", b"skip", b"wide", b"mdat", b"pdin", b"uuid"];
/// Bytes searched at once.
const CHUNK: usize = 256 * 1024;

/// A box's name and content.
pub(crate) type Named = ([u8; 4], ByteRange);

#[derive(Clone, Copy)]
pub(crate) struct ByteRange {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl ByteRange {
    /// The boxes in the range; `None` if there are more than [`MAX_BOXES`].
    pub(crate) fn children(self, context: &Context) -> Result<Option<Vec<Named>>> {
        let mut found = Vec::new();
        let mut offset = self.start;
        while offset < self.end {
            if found.len() >= MAX_BOXES {
                return Ok(None);
            }
            let Some((name, content)) = read_header(context, offset)? else { break };
            offset = content.end;
            found.push((name, ByteRange { end: content.end.min(self.end), ..content }));
        }
        Ok(Some(found))
    }

    /// The content of the first box with this name in the range.
    pub(crate) fn child(self, context: &Context, name: &[u8; 4]) -> Result<Option<ByteRange>> {
        let boxes = self.children(context)?.unwrap_or_default();
        Ok(boxes.into_iter().find(|(found, _)| found == name).map(|(_, content)| content))
    }

    /// The content of the innermost of these boxes, each the first of its name in the one before.
    pub(crate) fn descend<const N: usize>(self, context: &Context, names: [&[u8; 4]; N]) -> Result<Option<Self>> {
        let mut found = self;
        for name in names {
            match found.child(context, name)? {
                Some(child) => found = child,
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// The content of the range; nothing of what is larger than the index of a fragment.
    pub(crate) fn bytes(self, context: &Context) -> Result<Vec<u8>> {
        let end = self.end.min(context.source.len());
        let length = usize::try_from(end.saturating_sub(self.start)).ok().filter(|length| *length <= MAX_RUN);
        let mut bytes = vec![0; length.unwrap_or(0)];
        context.read_exact_at(self.start, &mut bytes)?;
        Ok(bytes)
    }

    /// How often each name occurs in the range, at any byte.
    pub(crate) fn count<const N: usize>(self, context: &Context, names: [&[u8; 4]; N]) -> Result<[usize; N]> {
        let (mut counts, mut offset, end) = ([0; N], self.start, self.end.min(context.source.len()));
        while offset < end {
            // Three more bytes, as a name may straddle two chunks.
            let length = usize::try_from(end - offset).unwrap_or(usize::MAX).min(CHUNK + 3);
            let mut bytes = vec![0; length];
            context.read_exact_at(offset, &mut bytes)?;
            for (count, name) in counts.iter_mut().zip(names) {
                *count += memmem::find_iter(&bytes, name).count();
            }
            offset += CHUNK as u64;
        }
        Ok(counts)
    }

    /// The big-endian number at `offset` in the range; `None` past its end.
    pub(crate) fn read_u32(self, context: &Context, offset: u64) -> Result<Option<u32>> {
        Ok(self.read(context, offset)?.map(u32::from_be_bytes))
    }

    /// The bytes at `offset` in the range; `None` past its end.
    pub(crate) fn read<const N: usize>(self, context: &Context, offset: u64) -> Result<Option<[u8; N]>> {
        let start = self.start.saturating_add(offset);
        let mut bytes = [0; N];
        if start.saturating_add(N as u64) > self.end.min(context.source.len()) {
            return Ok(None);
        }
        context.read_exact_at(start, &mut bytes)?;
        Ok(Some(bytes))
    }
}

/// The first `moov` box, which fragments may follow in any number.
///
/// # Errors
/// [`Corrupt`](ErrorKind::Corrupt) behind more than [`MAX_BEFORE`] others: what is in it could not be checked.
pub(crate) fn first_movie(context: &Context) -> Result<Option<ByteRange>> {
    let mut offset = 0;
    for _ in 0..MAX_BEFORE {
        match read_header(context, offset)? {
            Some((name, content)) if &name == b"moov" => return Ok(Some(content)),
            Some((_, content)) if content.end < context.source.len() => offset = content.end,
            _ => return Ok(None),
        }
        context.watch.check_now()?;
    }
    let name = context.source.name();
    let message = format!("{name} is damaged: more than {MAX_BEFORE} boxes come before its index; copy it again");
    Err(Error::new(ErrorKind::Corrupt, message))
}

/// Says of a remote MP4 that its index will be read, which otherwise takes a request for each table, and what mostly comes next.
pub(crate) fn expect_movie(context: &Context) -> Result<()> {
    let mut offset = 0;
    for _ in 0..if context.source.is_remote() { USUALLY_BEFORE } else { 0 } {
        match read_header(context, offset)? {
            Some((name, content)) if &name == b"moov" => {
                context.source.will_read(content.start..content.end.saturating_add(FIRST_PACKETS));
                break;
            }
            Some((name, content)) if BEFORE_MOVIE.contains(&&name) && content.end < context.source.len() => {
                offset = content.end;
            }
            _ => break,
        }
    }
    Ok(())
}

/// Where the first fragment of an MP4 begins; `None` if it has none, or behind more than [`MAX_BEFORE`] other boxes.
pub(crate) fn first_fragment(context: &Context) -> Result<Option<u64>> {
    let mut offset = 0;
    for _ in 0..MAX_BEFORE {
        match read_header(context, offset)? {
            Some((name, _)) if &name == b"moof" => return Ok(Some(offset)),
            Some((_, content)) if content.end < context.source.len() => offset = content.end,
            _ => break,
        }
        context.watch.check_now()?;
    }
    Ok(None)
}

/// Name and content of the box at `offset`; `None` if its size is impossible. The content may end past the file.
pub(crate) fn read_header(context: &Context, offset: u64) -> Result<Option<Named>> {
    let mut bytes = [0; 16];
    let filled = bytes.len().min(usize::try_from(context.source.len().saturating_sub(offset)).unwrap_or(usize::MAX));
    context.read_exact_at(offset, bytes.get_mut(..filled).unwrap_or_default())?;
    let [a, b, c, d, name @ .., e, f, g, h, i, j, k, l] = bytes;
    let large_size = u64::from_be_bytes([e, f, g, h, i, j, k, l]);
    let (header_len, size) = match u32::from_be_bytes([a, b, c, d]) {
        // The box extends to the end of the file.
        0 => (8, context.source.len().saturating_sub(offset)),
        1 if filled == bytes.len() => (16, large_size),
        size => (8, size.into()),
    };
    let content = ByteRange { start: offset.saturating_add(header_len), end: offset.saturating_add(size) };
    Ok((filled >= 8 && size >= header_len).then_some((name, content)))
}

/// A box for unit tests.
#[cfg(test)]
pub(crate) fn boxed(name: &str, payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32 + 8).to_be_bytes(), name.as_bytes(), payload].concat()
}

/// A box of numbers for unit tests.
#[cfg(test)]
pub(crate) fn words(name: &str, words: &[u32]) -> Vec<u8> {
    boxed(name, &words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>())
}
