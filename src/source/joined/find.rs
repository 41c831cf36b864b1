//! Which sources are read as one file.

use std::io;

use super::pieces::{File, read};
use super::{amr, chunks, tags};
use crate::source::Source;

/// Bytes at the beginning that say what a file is.
const BEGINNING: usize = 12;

/// The one file that a source is read as; `None` for nearly all, which are read as they are.
pub(in crate::source) fn joined(source: &Source) -> io::Result<Option<Source>> {
    let mut head = [0; BEGINNING];
    if source.len() <= head.len() as u64 || !read(source, 0, &mut head)? {
        return Ok(None);
    }
    let pieces = match &head {
        [b'#', b'!', b'A', b'M', b'R', ..] => amr::pieces(source)?,
        [b'R', b'I', b'F', b'F', .., b'W', b'A', b'V', b'E'] => chunks::pieces(source, &chunks::WAV)?,
        [b'F', b'O', b'R', b'M', .., b'A', b'I', b'F', b'F' | b'C'] => chunks::pieces(source, &chunks::AIFF)?,
        [b'I', b'D', b'3', ..] => tags::pieces(source)?,
        _ => None,
    };
    Ok(pieces.map(|pieces| {
        let file = File::new(source, pieces);
        Source::new(file).with_limits(source.limits().clone()).with_cancel(source.cancel_token())
    }))
}
