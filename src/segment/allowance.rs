//! How much may be encoded at a time, as encoders are what memory goes to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Pixels of a frame that encoders may be open for at a time, all together.
#[derive(Debug)]
pub(crate) struct Allowance(Arc<AtomicU64>);

/// Pixels that an encoder has of an allowance, returned when dropped.
pub(super) struct Permit {
    left: Arc<AtomicU64>,
    pixels: u64,
}

impl Allowance {
    pub(crate) fn new(pixels: u64) -> Self {
        Self(Arc::new(AtomicU64::new(pixels)))
    }

    pub(super) fn unlimited() -> Self {
        Self::new(u64::MAX)
    }

    /// `None` if so many are not left.
    pub(super) fn take(&self, pixels: u64) -> Option<Permit> {
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(pixels));
        taken.ok().map(|_| Permit { left: self.0.clone(), pixels })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.left.fetch_add(self.pixels, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_encoder_had_is_for_the_next_one() {
        let allowance = Allowance::new(100);
        let (large, small) = (allowance.take(70), allowance.take(30));
        assert!(large.is_some() && allowance.take(1).is_none());
        drop(small);
        assert!(allowance.take(31).is_none() && allowance.take(30).is_some());
    }
}
