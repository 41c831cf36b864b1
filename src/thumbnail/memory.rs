//! Memory of pictures, used again and again.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// Pictures whose memory is kept: the one that is shown and the one that is made.
const MOST: usize = 2;

/// Memory of pictures that a series of them has used and nobody needs any more. To get as much from the system takes as long as a
/// good part of the conversion.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<Vec<Vec<u8>>>>);

impl Memory {
    /// Memory that is free, with whatever it has; empty if there is none.
    pub(super) fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Bytes whose memory comes back when they go.
    pub(super) fn lend(&self, bytes: Vec<u8>) -> Bytes {
        Bytes::from_owner(Lent { bytes, home: self.clone() })
    }
}

struct Lent {
    bytes: Vec<u8>,
    home: Memory,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut free = self.home.0.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < MOST {
            free.push(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_comes_back_when_its_bytes_go() {
        let memory = Memory::default();
        let bytes = vec![7; 3];
        let place = bytes.as_ptr();
        let lent = memory.lend(bytes);
        let other = lent.clone();
        drop(lent);
        assert!(memory.take().is_empty() && *other == [7; 3]);
        drop(other);
        let again = memory.take();
        assert_eq!(again.as_ptr(), place);
        let all: Vec<_> = (0..MOST + 1).map(|_| memory.lend(vec![0])).collect();
        drop(all);
        assert_eq!(memory.0.lock().unwrap().len(), MOST);
    }
}
