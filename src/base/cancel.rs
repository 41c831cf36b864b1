//! Cancellation from any thread, or from a signal handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A cancellation token: stops the work it was given to. Clones are the same token.
///
/// ```
/// let cancel = vodkit::CancelToken::new();
/// cancel.clone().cancel();
/// assert!(cancel.is_cancelled());
/// ```
#[derive(Debug, Clone)]
pub struct CancelToken(Arc<State>);

#[derive(Debug)]
struct State {
    created: Instant,
    /// Nanoseconds from `created` to the cancellation, 0 until then. One atomic, because a signal handler may not
    /// take a lock.
    cancelled: AtomicU64,
    /// Cancelling the parent cancels this token too.
    parent: Option<CancelToken>,
}

impl Default for CancelToken {
    fn default() -> Self {
        Self::with_parent(None)
    }
}

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    fn with_parent(parent: Option<Self>) -> Self {
        Self(Arc::new(State { created: Instant::now(), cancelled: AtomicU64::new(0), parent }))
    }

    /// A token for part of the work: cancelled with this one, or alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self::with_parent(Some(self.clone()))
    }

    /// Stops the work within 0.2 seconds; it ends with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    pub fn cancel(&self) {
        let now = u64::try_from(self.0.created.elapsed().as_nanos()).unwrap_or(u64::MAX).max(1);
        // Only the first cancellation counts.
        let _ = self.0.cancelled.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called, here or on a parent.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed) != 0 || self.0.parent.as_ref().is_some_and(Self::is_cancelled)
    }

    /// Whether it was cancelled at least `time` ago.
    pub(crate) fn is_cancelled_for(&self, time: Duration) -> bool {
        let cancelled = self.0.cancelled.load(Ordering::Relaxed);
        let elapsed = self.0.created.elapsed().saturating_sub(Duration::from_nanos(cancelled));
        (cancelled != 0 && elapsed >= time)
            || self.0.parent.as_ref().is_some_and(|parent| parent.is_cancelled_for(time))
    }
}
