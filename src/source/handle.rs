//! Anything that can be read at a position and knows its length.

use std::io;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::base::{Error, ErrorKind, Result, hex};

/// Random access to the bytes of a media file.
///
/// Workers read one source from several threads at once, each at its own position, so reading takes
/// `&self`. The content must not change while a source is in use.
pub trait Source: Send + Sync {
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
    /// [`SourceRead`](ErrorKind::SourceRead) error.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// What to call the source in messages: a path, a link, "bytes".
    fn name(&self) -> String;
}

/// A source that threads share.
pub type SharedSource = Arc<dyn Source>;

/// How many bytes at each end of a source its digest covers.
const DIGEST_EDGE: u64 = 64 * 1024;

/// SHA-256 over the length and over the first and last 64 KiB, in hexadecimal: tells one source from
/// another without reading gigabytes.
pub(crate) fn digest(source: &dyn Source) -> Result<String> {
    let len = source.len();
    let mut hash = Sha256::new();
    hash.update(len.to_be_bytes());
    for start in [0, len.saturating_sub(DIGEST_EDGE)] {
        let mut edge = vec![0; DIGEST_EDGE.min(len - start) as usize];
        read_exact_at(source, start, &mut edge)?;
        hash.update(&edge);
    }
    Ok(hex::encode(&hash.finalize()))
}

/// Fills `buffer` with the bytes from `offset` on.
pub(crate) fn read_exact_at(source: &dyn Source, mut offset: u64, mut buffer: &mut [u8]) -> Result<()> {
    while !buffer.is_empty() {
        let count = match source.read_at(offset, buffer) {
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            result => result.map_err(|cause| read_error(source, cause))?,
        };
        if count == 0 {
            return Err(shrunk(source, offset));
        }
        offset += count as u64;
        buffer = buffer.get_mut(count..).unwrap_or_default();
    }
    Ok(())
}

pub(crate) fn read_error(source: &dyn Source, cause: io::Error) -> Error {
    // A source of ours says more itself.
    let unknown = |cause: io::Error| {
        Error::new(ErrorKind::SourceRead, format!("cannot read {}", source.name())).with_cause(cause)
    };
    cause.downcast::<Error>().unwrap_or_else(unknown)
}

pub(crate) fn shrunk(source: &dyn Source, offset: u64) -> Error {
    let (name, len) = (source.name(), source.len());
    let message = format!("{name} changed while it was read: it had {len} bytes and now ends at byte {offset}");
    Error::new(ErrorKind::SourceChanged, message)
}
