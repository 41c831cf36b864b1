//! The trait behind every sink.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::draft::Draft;
use crate::base::{Error, ErrorKind};

/// Storage for the files of a package.
///
/// Keys are relative paths such as `720p/00003.m4s`, with `/` between their parts: none starts with `/`, and no part
/// is `.` or `..`. Several threads use a sink at once.
pub trait Sink: Send + Sync {
    /// Writes `bytes` to `key`, replacing what was there. Readers must see nothing, the previous file or all of
    /// `bytes`, at any moment.
    ///
    /// # Errors
    /// Any failure to write; `key` is then as it was.
    fn put(&self, key: &str, bytes: Bytes) -> io::Result<()>;

    /// Writes `bytes` to `key` unless it exists; returns whether it did not. Of several jobs that start in the same
    /// place at once, this must return `true` to one only. The provided implementation checks and then writes, which
    /// leaves a gap between the two: override it where the storage has an atomic operation.
    ///
    /// # Errors
    /// As [`put`](Self::put) and [`get`](Self::get).
    fn put_new(&self, key: &str, bytes: Bytes) -> io::Result<bool> {
        let is_new = self.get(key)?.is_none();
        if is_new {
            self.put(key, bytes)?;
        }
        Ok(is_new)
    }

    /// The content of `key`, or `None` if it does not exist. A sink that cannot be read back returns `None`; nothing
    /// is resumed then.
    ///
    /// # Errors
    /// It exists but could not be read.
    fn get(&self, key: &str) -> io::Result<Option<Bytes>>;

    /// The size of `key` in bytes, or `None` if it does not exist.
    ///
    /// # Errors
    /// It exists but its size could not be read.
    fn size(&self, key: &str) -> io::Result<Option<u64>> {
        Ok(self.get(key)?.map(|bytes| bytes.len() as u64))
    }

    /// Deletes `key`; one that does not exist is no error.
    ///
    /// # Errors
    /// It exists and could not be deleted.
    fn remove(&self, key: &str) -> io::Result<()>;

    /// The sink's name in messages.
    fn name(&self) -> String;

    /// An empty file that is to become that of `key`, if files are written piece by piece here.
    #[doc(hidden)]
    fn draft(&self, _key: &str) -> io::Result<Option<Draft>> {
        Ok(None)
    }
}

/// A sink shared between threads.
pub type SharedSink = Arc<dyn Sink>;

/// Whether a write failed for want of space.
pub(crate) fn is_full(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// The error for a failed write of `key`: [`NoSpace`](ErrorKind::NoSpace) or [`SinkWrite`](ErrorKind::SinkWrite).
pub(crate) fn write_error(sink: &dyn Sink, key: &str, cause: io::Error) -> Error {
    let name = sink.name();
    let (kind, message) = if is_full(&cause) {
        (
            ErrorKind::NoSpace,
            format!("no space left for {key} in {name}: free some and run again, finished segments are kept"),
        )
    } else {
        (ErrorKind::SinkWrite, format!("cannot write {key} to {name}"))
    };
    Error::new(kind, message).with_cause(cause)
}
