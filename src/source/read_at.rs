//! The traits behind every source.

use std::io;
use std::ops::Range;

/// Random access to the bytes of a media file. Hosts implement it for their own storage.
///
/// Several threads read a source at once, each at its own offset, so reading takes `&self`. The content must not
/// change while the source is in use.
pub trait ReadAt: Send + Sync {
    /// The length in bytes.
    fn len(&self) -> u64;

    /// Whether there are no bytes at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads up to `buffer.len()` bytes at `offset` and returns how many; 0 means that `offset` is at or past the
    /// end.
    ///
    /// # Errors
    /// Any failure to read; it becomes the cause of a [`SourceRead`](crate::ErrorKind::SourceRead) error.
    /// [`Interrupted`](io::ErrorKind::Interrupted) is tried again.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// The source's name in messages: a path, a link, "the given data".
    fn name(&self) -> String;
}

/// A source that is far away: each request takes long, however little it asks for.
pub(super) trait Remote: Send + Sync {
    /// Told that all bytes of `range` will be read: they come with one request, once the first of them is read.
    fn will_read(&self, range: Range<u64>);
}
