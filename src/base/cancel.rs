//! Cancelling work from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A cancellation token: it stops the work that it was given to. Clones are the same token.
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
    /// Nanoseconds from `created` to the cancellation, 0 before it: a signal handler may do no more than one atomic
    /// store.
    cancelled: AtomicU64,
    /// Cancels this one too.
    parent: Option<CancelToken>,
}

impl Default for CancelToken {
    fn default() -> Self {
        Self::below(None)
    }
}

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    fn below(parent: Option<Self>) -> Self {
        Self(Arc::new(State { created: Instant::now(), cancelled: AtomicU64::new(0), parent }))
    }

    /// A token for part of the work; cancelling this one cancels it as well.
    #[must_use]
    pub fn child(&self) -> Self {
        Self::below(Some(self.clone()))
    }

    /// Stops the work within 0.2 seconds; it ends with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    pub fn cancel(&self) {
        let now = u64::try_from(self.0.created.elapsed().as_nanos()).unwrap_or(u64::MAX).max(1);
        // The first time counts.
        let _ = self.0.cancelled.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called, here or on a parent.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed) != 0 || self.0.parent.as_ref().is_some_and(Self::is_cancelled)
    }

    /// Whether that was at least `time` ago.
    pub(crate) fn is_cancelled_for(&self, time: Duration) -> bool {
        let cancelled = self.0.cancelled.load(Ordering::Relaxed);
        let here = cancelled != 0 && self.0.created.elapsed().saturating_sub(Duration::from_nanos(cancelled)) >= time;
        here || self.0.parent.as_ref().is_some_and(|parent| parent.is_cancelled_for(time))
    }
}
