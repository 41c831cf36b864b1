use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use super::read_at::ReadAt;
use crate::base::{Error, ErrorKind, Result};

/// A reader with a position of its own, which threads take turns to use.
#[derive(Debug)]
pub(super) struct SharedReader<R> {
    reader: Mutex<R>,
    len: u64,
}

impl<R: Read + Seek + Send> SharedReader<R> {
    pub(super) fn new(mut reader: R) -> Result<Self> {
        let len = reader.seek(SeekFrom::End(0)).map_err(|cause| {
            Error::new(ErrorKind::SourceRead, "cannot find the end of the given reader").with_cause(cause)
        })?;
        Ok(Self { reader: Mutex::new(reader), len })
    }
}

impl<R: Read + Seek + Send> ReadAt for SharedReader<R> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // Every read seeks first, so a panic in an earlier one left no state that matters.
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.seek(SeekFrom::Start(offset))?;
        reader.read(buffer)
    }

    fn name(&self) -> String {
        "the given reader".into()
    }
}
