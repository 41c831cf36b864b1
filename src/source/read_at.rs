//! What can be read at a position and knows its length.

use std::io;

/// Random access to the bytes of a media file: what a host writes for storage of its own.
///
/// Workers read one source from several threads at once, each at its own position, so reading takes
/// `&self`. The content must not change while a source is in use.
pub trait ReadAt: Send + Sync {
    /// The length in bytes.
    fn len(&self) -> u64;

    /// Whether there are no bytes at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads up to `buffer.len()` bytes at `offset` and returns how many; 0 means that `offset` is at or
    /// behind the end.
    ///
    /// # Errors
    /// Whatever keeps the bytes from being read; it becomes the cause of a
    /// [`SourceRead`](crate::ErrorKind::SourceRead) error.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// What to call the source in messages: a path, a link, "bytes".
    fn name(&self) -> String;
}
