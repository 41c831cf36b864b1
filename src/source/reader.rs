use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use super::handle::Source;
use crate::base::{Error, ErrorKind, Result};

/// A source over anything that reads and seeks.
///
/// A reader has one position, so workers take turns; where speed matters, write a [`Source`] instead.
///
/// ```
/// use vodkit::{ReaderSource, Source};
/// let source = ReaderSource::new(std::io::Cursor::new(vec![1, 2, 3]))?;
/// assert_eq!(source.len(), 3);
/// # Ok::<(), vodkit::Error>(())
/// ```
#[derive(Debug)]
pub struct ReaderSource<R> {
    reader: Mutex<R>,
    len: u64,
}

impl<R: Read + Seek + Send> ReaderSource<R> {
    /// A source over `reader`, from its very start wherever its position is now.
    ///
    /// # Errors
    /// [`SourceRead`](ErrorKind::SourceRead) where the reader cannot seek to its end.
    pub fn new(mut reader: R) -> Result<Self> {
        let len = reader.seek(SeekFrom::End(0)).map_err(|cause| {
            Error::new(ErrorKind::SourceRead, "cannot find the end of the given reader").with_cause(cause)
        })?;
        Ok(Self { reader: Mutex::new(reader), len })
    }
}

impl<R: Read + Seek + Send> Source for ReaderSource<R> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // Each read seeks first, so a reader that panicked half way left nothing to repair.
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.seek(SeekFrom::Start(offset))?;
        reader.read(buffer)
    }

    fn name(&self) -> String {
        "the given reader".into()
    }
}
