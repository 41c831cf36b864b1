//! A place for the files of a package, each put whole or not at all.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use crate::base::{Error, ErrorKind};

/// A place for the files of a package.
///
/// Keys are relative paths with `/`, such as `720p/00003.m4s`; they never start with `/` and never have
/// `.` or `..` in them. Workers put from several threads at once.
pub trait Sink: Send + Sync {
    /// Puts `bytes` under `key`, in place of what was there. A reader of the key sees either nothing,
    /// what was there before, or all of `bytes`, at any moment.
    ///
    /// # Errors
    /// Whatever kept the bytes from being written; nothing is left under `key` that was not there before.
    fn put(&self, key: &str, bytes: Bytes) -> io::Result<()>;

    /// Puts `bytes` under `key` where nothing is; whether that was so. Of jobs that begin at the same moment
    /// in the same place, only one may be told yes: what is provided here looks first and then puts, which
    /// leaves a gap.
    ///
    /// # Errors
    /// As [`put`](Self::put), and [`get`](Self::get).
    fn put_new(&self, key: &str, bytes: Bytes) -> io::Result<bool> {
        let free = self.get(key)?.is_none();
        if free {
            self.put(key, bytes)?;
        }
        Ok(free)
    }

    /// What is under `key`, or `None`. A sink that cannot be read answers `None`: nothing is then resumed.
    ///
    /// # Errors
    /// Something is there but could not be read.
    fn get(&self, key: &str) -> io::Result<Option<Bytes>>;

    /// The size in bytes of what is under `key`, or `None`.
    ///
    /// # Errors
    /// Something is there but its size could not be read.
    fn size(&self, key: &str) -> io::Result<Option<u64>> {
        Ok(self.get(key)?.map(|bytes| bytes.len() as u64))
    }

    /// Takes away what is under `key`; nothing there is no error.
    ///
    /// # Errors
    /// Something is there and could not be taken away.
    fn remove(&self, key: &str) -> io::Result<()>;

    /// What to call the sink in messages.
    fn name(&self) -> String;
}

/// A sink that threads share.
pub type SharedSink = Arc<dyn Sink>;

pub(crate) fn write_error(sink: &dyn Sink, key: &str, cause: io::Error) -> Error {
    let name = sink.name();
    let full = matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    let (kind, message) = if full {
        (
            ErrorKind::NoSpace,
            format!("no space left for {key} in {name}: free some and run again, finished segments are kept"),
        )
    } else {
        (ErrorKind::SinkWrite, format!("cannot write {key} to {name}"))
    };
    Error::new(kind, message).with_cause(cause)
}
