use std::io;

use bytes::Bytes;

use super::read_at::ReadAt;

/// Bytes in memory.
#[derive(Debug, Clone)]
pub(super) struct BytesReader(Bytes);

impl BytesReader {
    pub(super) fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl ReadAt for BytesReader {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.0.get(offset..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        Ok(count)
    }

    fn name(&self) -> String {
        "the given data".into()
    }
}
