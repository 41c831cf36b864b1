use std::io;

use bytes::Bytes;

use super::handle::Sink;

/// Passes each file to a function, which may upload it, for example.
///
/// It cannot be read back, so a job on it always starts from the beginning.
pub struct CallbackSink<F>(F);

impl<F> CallbackSink<F>
where
    F: Fn(&str, Bytes) -> io::Result<()> + Send + Sync,
{
    /// A sink that calls `put` with the key and the bytes of each file, from any worker thread.
    pub fn new(put: F) -> Self {
        Self(put)
    }
}

impl<F> Sink for CallbackSink<F>
where
    F: Fn(&str, Bytes) -> io::Result<()> + Send + Sync,
{
    fn put(&self, key: &str, bytes: Bytes) -> io::Result<()> {
        (self.0)(key, bytes)
    }

    fn get(&self, _key: &str) -> io::Result<Option<Bytes>> {
        Ok(None)
    }

    fn remove(&self, _key: &str) -> io::Result<()> {
        Ok(())
    }

    fn name(&self) -> String {
        "the callback sink".into()
    }
}
