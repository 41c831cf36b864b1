//! How much is read of a file.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vodkit::{ReadAt, Source};

/// Counts what is read of a file.
struct Counted(Source, Arc<AtomicU64>);

impl ReadAt for Counted {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read_at(offset, buffer)?;
        self.1.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn name(&self) -> String {
        self.0.name()
    }
}

/// The same source, and how many bytes of it were read so far.
pub fn counted(source: Source) -> (Source, Arc<AtomicU64>) {
    let count = Arc::new(AtomicU64::new(0));
    (Source::new(Counted(source, count.clone())), count)
}
