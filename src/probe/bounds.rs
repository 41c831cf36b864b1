//! Whether the index of an MP4 says more than its file can hold: FFmpeg would work on that for minutes.

use super::boxes::track_id;
use crate::base::{Error, ErrorKind, Result};
use crate::source::{ByteRange, Context, first_movie};

/// Samples in a byte of the source at most: speech at its lowest rate has 13, and several tracks may share their bytes.
const SAMPLES_PER_BYTE: u64 = 64;
/// Bytes of an entry of `stsc` (ISO/IEC 14496-12 8.7.4), and entries that are read at once.
const ENTRY: usize = 12;
const ENTRIES: u64 = 4096;

/// Checks the index before FFmpeg reads it. Other formats pass.
///
/// # Errors
/// [`Corrupt`](ErrorKind::Corrupt).
pub(super) fn check(context: &Context) -> Result<()> {
    let Some(movie) = first_movie(context)? else { return Ok(()) };
    let boxes = movie.children(context)?.unwrap_or_default();
    let has_fragments = boxes.iter().any(|(name, _)| name == b"mvex");
    for (_, track) in boxes.into_iter().filter(|(name, _)| name == b"trak") {
        // FFmpeg takes the number for one below zero, and then looks for each fragment's place a billion times.
        if has_fragments && track_id(context, track)?.is_some_and(|id| i32::try_from(id).is_err()) {
            return Err(damaged(context, "a track's number is out of range"));
        }
        let Some(table) = track.descend(context, [b"mdia", b"minf", b"stbl"])? else { continue };
        if samples(context, table)? > SAMPLES_PER_BYTE.saturating_mul(context.source.len()) {
            return Err(damaged(context, "its index has more samples than there can be in so few bytes"));
        }
    }
    Ok(())
}

fn damaged(context: &Context, why: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("{} is damaged: {why}; copy it again", context.source.name()))
}

/// The samples of a track that FFmpeg makes room for: those in all chunks, but no more than there are sizes, unless it is
/// sound whose samples are counted one by one.
fn samples(context: &Context, table: ByteRange) -> Result<u64> {
    let number = |name: &'static [u8; 4], offset: u64| -> Result<Option<u32>> {
        table.child(context, name)?.map_or(Ok(None), |found| found.read_u32(context, offset))
    };
    let is_counted = number(b"stts", 4)? == Some(1) && number(b"stts", 12)? == Some(1);
    let sizes = number(b"stsz", 8)?.filter(|_| !is_counted).map_or(u64::MAX, u64::from);
    Ok(in_chunks(context, table)?.min(sizes))
}

/// The samples in all chunks of a track's sample table.
fn in_chunks(context: &Context, table: ByteRange) -> Result<u64> {
    let Some(runs) = table.child(context, b"stsc")? else { return Ok(0) };
    let offsets = table.child(context, b"stco")?.or(table.child(context, b"co64")?);
    let chunks = offsets.map_or(Ok(None), |offsets| offsets.read_u32(context, 4))?.map_or(0, u64::from);
    let end = runs.end.min(context.source.len());
    let (mut all, mut start) = (0_u64, runs.start.saturating_add(8));
    // A run lasts until the next one begins.
    let (mut begin, mut in_each) = (1, 0);
    while end.saturating_sub(start) >= ENTRY as u64 {
        let entries = ((end - start) / ENTRY as u64).min(ENTRIES);
        let mut bytes = vec![0; entries as usize * ENTRY];
        context.read_exact_at(start, &mut bytes)?;
        for entry in bytes.chunks_exact(ENTRY) {
            let [a, b, c, d, e, f, g, h, ..] = *entry else { continue };
            let next = u64::from(u32::from_be_bytes([a, b, c, d])).min(chunks.saturating_add(1));
            all = all.saturating_add(in_each * next.saturating_sub(begin));
            (begin, in_each) = (next, u64::from(u32::from_be_bytes([e, f, g, h])));
        }
        start += bytes.len() as u64;
    }
    Ok(all.saturating_add(in_each * chunks.saturating_add(1).saturating_sub(begin)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, boxed, words};

    /// A file of these runs of chunks, and as many bytes more.
    fn checked(id: u32, runs: &[[u32; 2]], chunks: u32, more: &str, bytes: usize) -> Result<()> {
        checked_behind(0, id, runs, chunks, more, bytes)
    }

    /// The same behind so many boxes.
    fn checked_behind(boxes: usize, id: u32, runs: &[[u32; 2]], chunks: u32, more: &str, bytes: usize) -> Result<()> {
        let entries: Vec<u32> = runs.iter().flat_map(|[first, samples]| [*first, *samples, 1]).collect();
        let runs = words("stsc", &[&[0, runs.len() as u32], &entries[..]].concat());
        let table = boxed("stbl", &[runs, words("stco", &[0, chunks])].concat());
        let media = boxed("mdia", &boxed("minf", &table));
        let track = boxed("trak", &[words("tkhd", &[0, 0, 0, id, 0]), media].concat());
        let movie = boxed("moov", &[track, boxed(more, &[])].concat());
        let file = [boxed("free", &[]).repeat(boxes), movie, boxed("mdat", &vec![0; bytes])].concat();
        check(&Context::new(&Source::bytes(file)))
    }

    #[test]
    fn samples_are_as_many_as_bytes_allow() {
        checked(1, &[[1, 1000]], 60, "free", 1000).unwrap();
        checked(1, &[[1, 1000], [11, 1]], 10_000, "free", 1000).unwrap();
        for runs in [&[[1, 1000]][..], &[[1, 1], [11, 1000]], &[[1, u32::MAX], [u32::MAX, u32::MAX]]] {
            let error = checked(1, runs, u32::MAX, "free", 1000).unwrap_err();
            assert!(error.kind() == ErrorKind::Corrupt && error.to_string().contains("more samples"), "{error}");
        }
    }

    #[test]
    fn boxes_before_the_index_do_not_hide_it() {
        let behind = |boxes| checked_behind(boxes, 1, &[[1, u32::MAX]], u32::MAX, "free", 1000).unwrap_err();
        assert!(behind(1000).to_string().contains("more samples"), "{}", behind(1000));
        let error = behind(1 << 16);
        assert!(error.kind() == ErrorKind::Corrupt && error.to_string().contains("more than 65536 boxes"), "{error}");
    }

    #[test]
    fn numbers_of_tracks_with_fragments_are_small() {
        checked(u32::MAX, &[], 0, "free", 0).unwrap();
        checked(i32::MAX as u32, &[], 0, "mvex", 0).unwrap();
        assert!(checked(1 << 31, &[], 0, "mvex", 0).unwrap_err().to_string().contains("number"));
    }
}
