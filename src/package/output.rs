//! A sink that refuses changes after a cancellation.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, TryLockError};

use bytes::Bytes;

use crate::base::{CancelToken, Error, ErrorKind, Result};
use crate::sink::{SharedSink, write_error};

/// The sink of a job. Once `stop` is cancelled no change begins any more, and [`is_settled`](Self::is_settled) says
/// when those that were under way are over.
pub(crate) struct Output {
    sink: SharedSink,
    stop: CancelToken,
    /// Locked for reading while a file is written or removed.
    changing: RwLock<()>,
}

impl Output {
    pub(crate) fn new(sink: SharedSink, stop: CancelToken) -> Self {
        Self { sink, stop, changing: RwLock::new(()) }
    }

    pub(crate) fn name(&self) -> String {
        self.sink.name()
    }

    fn change(&self) -> Result<RwLockReadGuard<'_, ()>> {
        let change = self.changing.read().unwrap_or_else(PoisonError::into_inner);
        self.check()?;
        Ok(change)
    }

    fn check(&self) -> Result<()> {
        if self.stop.is_cancelled() { Err(Error::cancelled()) } else { Ok(()) }
    }

    pub(crate) fn put(&self, key: &str, bytes: impl Into<Bytes>) -> Result<()> {
        let _change = self.change()?;
        self.sink.put(key, bytes.into()).map_err(|cause| write_error(&*self.sink, key, cause))
    }

    /// Puts a file unless there is one; returns whether it was put.
    pub(crate) fn put_new(&self, key: &str, bytes: impl Into<Bytes>) -> Result<bool> {
        let _change = self.change()?;
        self.sink.put_new(key, bytes.into()).map_err(|cause| write_error(&*self.sink, key, cause))
    }

    pub(crate) fn get(&self, key: &str) -> Result<Option<Bytes>> {
        self.sink.get(key).map_err(|cause| {
            Error::new(ErrorKind::SinkWrite, format!("cannot read {key} in {}", self.name())).with_cause(cause)
        })
    }

    /// The size of a file; `None` if it is missing, or empty, which no file of a package is.
    pub(crate) fn size(&self, key: &str) -> Result<Option<u64>> {
        self.check()?;
        let size = self.sink.size(key).map_err(|cause| {
            Error::new(ErrorKind::SinkWrite, format!("cannot look up {key} in {}", self.name())).with_cause(cause)
        })?;
        Ok(size.filter(|size| *size > 0))
    }

    pub(crate) fn remove(&self, key: &str) -> Result<()> {
        let _change = self.change()?;
        self.sink.remove(key).map_err(|cause| write_error(&*self.sink, key, cause))
    }

    /// Whether no file is being changed. After the cancellation that stays so.
    pub(crate) fn is_settled(&self) -> bool {
        !matches!(self.changing.try_write(), Err(TryLockError::WouldBlock))
    }
}
