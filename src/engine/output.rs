//! The sink of a job, which takes nothing any more once the job is given up.

use std::sync::{PoisonError, RwLock};

use bytes::Bytes;

use crate::sink::{SharedSink, write_error};
use crate::{Cancel, Error, ErrorKind, Result};

pub(super) struct Output {
    sink: SharedSink,
    stop: Cancel,
    /// Held for reading while a file is written.
    writing: RwLock<()>,
}

impl Output {
    pub(super) fn new(sink: SharedSink, stop: Cancel) -> Self {
        Self { sink, stop, writing: RwLock::new(()) }
    }

    pub(super) fn name(&self) -> String {
        self.sink.name()
    }

    pub(super) fn put(&self, key: &str, bytes: impl Into<Bytes>) -> Result<()> {
        let _writing = self.writing.read().unwrap_or_else(PoisonError::into_inner);
        if self.stop.is_cancelled() {
            return Err(Error::cancelled());
        }
        self.sink.put(key, bytes.into()).map_err(|cause| write_error(&*self.sink, key, cause))
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Bytes>> {
        self.sink.get(key).map_err(|cause| {
            Error::new(ErrorKind::SinkWrite, format!("cannot read {key} in {}", self.name())).with_cause(cause)
        })
    }

    /// The size of a file that may be one of ours: none of these is empty.
    pub(super) fn size(&self, key: &str) -> Result<Option<u64>> {
        let size = self.sink.size(key).map_err(|cause| {
            Error::new(ErrorKind::SinkWrite, format!("cannot look for {key} in {}", self.name())).with_cause(cause)
        })?;
        Ok(size.filter(|size| *size > 0))
    }

    pub(super) fn remove(&self, key: &str) -> Result<()> {
        self.sink.remove(key).map_err(|cause| write_error(&*self.sink, key, cause))
    }

    /// Waits, once the switch is thrown, until nothing is being written; nothing will be after that.
    pub(super) fn settle(&self) {
        drop(self.writing.write().unwrap_or_else(PoisonError::into_inner));
    }
}
