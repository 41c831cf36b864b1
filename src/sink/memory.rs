use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::handle::Sink;

/// A package in memory.
///
/// ```
/// use bytes::Bytes;
/// use vodkit::{MemorySink, Sink};
/// let sink = MemorySink::new();
/// sink.put("720p/00000.m4s", Bytes::from_static(b"..."))?;
/// assert_eq!(sink.files().len(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct MemorySink(Mutex<BTreeMap<String, Bytes>>);

impl MemorySink {
    /// An empty sink.
    pub fn new() -> Self {
        Self::default()
    }

    /// All files by key; the bytes are shared, not copied.
    pub fn files(&self) -> BTreeMap<String, Bytes> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for MemorySink {
    fn put(&self, key: &str, bytes: Bytes) -> io::Result<()> {
        self.lock().insert(key.to_owned(), bytes);
        Ok(())
    }

    fn put_new(&self, key: &str, bytes: Bytes) -> io::Result<bool> {
        match self.lock().entry(key.to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(bytes);
                Ok(true)
            }
            Entry::Occupied(_) => Ok(false),
        }
    }

    fn get(&self, key: &str) -> io::Result<Option<Bytes>> {
        Ok(self.lock().get(key).cloned())
    }

    fn remove(&self, key: &str) -> io::Result<()> {
        self.lock().remove(key);
        Ok(())
    }

    fn name(&self) -> String {
        "memory".into()
    }
}
