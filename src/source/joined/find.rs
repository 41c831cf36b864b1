//! Which sources are read as one file.

use std::io;

use super::pieces::File;
use super::{amr, chunks, photo, tags};
use crate::source::Source;

/// The one file that a source is read as, which begins with `head`; `None` for nearly all, which are read as they are.
pub(in crate::source) fn joined(source: &Source, head: &[u8]) -> io::Result<Option<Source>> {
    let pieces = match head {
        [b'#', b'!', b'A', b'M', b'R', ..] => amr::pieces(source)?,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => chunks::pieces(source, &chunks::WAV)?,
        [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', b'F' | b'C', ..] => {
            chunks::pieces(source, &chunks::AIFF)?
        }
        [b'I', b'D', b'3', ..] => tags::pieces(source)?,
        [0xff, 0xd8, 0xff, ..] => photo::pieces(source)?,
        _ => None,
    };
    Ok(pieces.map(|pieces| {
        let file = File::new(source, pieces);
        Source::new(file).with_limits(source.limits().clone()).with_cancel(source.cancel_token())
    }))
}
