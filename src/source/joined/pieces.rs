//! A file made of a header of ours and parts of a source.

use std::io;
use std::ops::Range;

use crate::source::{ReadAt, Source};

/// What the parts of a source are read as.
pub(super) struct Pieces {
    pub(super) header: Vec<u8>,
    /// Behind it, each where it is in the source.
    pub(super) parts: Vec<Range<u64>>,
}

/// The file that they make.
pub(super) struct File {
    source: Source,
    header: Vec<u8>,
    /// Where each part begins in the file, and where in the source it is.
    parts: Vec<(u64, Range<u64>)>,
    len: u64,
}

impl File {
    pub(super) fn new(source: &Source, Pieces { header, parts }: Pieces) -> Self {
        let mut len = header.len() as u64;
        let placed = parts.into_iter().map(|part| {
            let start = len;
            len = len.saturating_add(part.end.saturating_sub(part.start));
            (start, part)
        });
        let parts = placed.collect();
        Self { source: source.clone(), header, parts, len }
    }
}

impl ReadAt for File {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(header) = usize::try_from(offset).ok().and_then(|offset| self.header.get(offset..))
            && !header.is_empty()
        {
            let count = header.len().min(buffer.len());
            buffer.iter_mut().zip(header).for_each(|(to, from)| *to = *from);
            return Ok(count);
        }
        let after = self.parts.partition_point(|(start, _)| *start <= offset);
        let Some((start, part)) = after.checked_sub(1).and_then(|place| self.parts.get(place)) else { return Ok(0) };
        let place = part.start.saturating_add(offset - start);
        let room = usize::try_from(part.end.saturating_sub(place)).unwrap_or(usize::MAX);
        let room = room.min(buffer.len());
        self.source.read_at(place, buffer.get_mut(..room).unwrap_or_default())
    }

    fn name(&self) -> String {
        self.source.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_its_header_and_its_parts() {
        let source = Source::bytes(b"0123456789".to_vec());
        let file = File::new(&source, Pieces { header: b"ab".to_vec(), parts: vec![2..4, 4..4, 7..9] });
        assert_eq!(file.len(), 6);
        for from in 0..7 {
            let (mut found, mut place) = (Vec::<u8>::new(), from as u64);
            loop {
                let mut buffer = [0; 5];
                let count = file.read_at(place, &mut buffer).unwrap();
                found.extend(&buffer[..count]);
                place += count as u64;
                if count == 0 {
                    break;
                }
            }
            assert_eq!(found, b"ab2378"[from..], "from {from}");
        }
        assert_eq!(file.read_at(u64::MAX, &mut [0; 5]).unwrap(), 0);
    }
}
