use std::io;

use bytes::Bytes;

use super::handle::Source;

/// A source that is in memory.
///
/// ```
/// use vodkit::{BytesSource, Source};
/// let source = BytesSource::new(vec![1, 2, 3]);
/// let mut buffer = [0; 8];
/// assert_eq!(source.read_at(1, &mut buffer)?, 2);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BytesSource(Bytes);

impl BytesSource {
    /// A source over `bytes`, which are shared, not copied.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self(bytes.into())
    }
}

impl Source for BytesSource {
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
