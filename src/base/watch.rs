//! When long-running work stops or pauses.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::cancel::CancelToken;
use super::error::{Error, ErrorKind, Result};

/// A switch that pauses work while something else is more urgent.
#[derive(Debug, Default)]
pub(crate) struct Pause(AtomicBool);

impl Pause {
    /// How often paused work checks whether it may go on: short beside encoding a frame, and next to no load.
    const POLL_INTERVAL: Duration = Duration::from_millis(2);

    pub(crate) fn set(&self, on: bool) {
        self.0.store(on, Ordering::Relaxed);
    }

    fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

thread_local! {
    /// Watch for this thread's current read.
    static CURRENT: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// Fails once this thread's current read has to end. For sources: [`ReadAt`](crate::ReadAt) passes them no token.
#[cfg(feature = "http")]
pub(crate) fn check_current() -> Result<()> {
    CURRENT.with_borrow(|current| current.as_ref().map_or(Ok(()), Watch::check_now))
}

/// What long work polls: the cancellation token, the deadline, and whether to pause.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch {
    cancel: CancelToken,
    deadline: Option<(Instant, Duration)>,
    pause: Option<Arc<Pause>>,
}

impl Watch {
    pub(crate) fn new(cancel: &CancelToken) -> Self {
        Self { cancel: cancel.clone(), ..Self::default() }
    }

    /// The same with a deadline `limit` from now.
    pub(crate) fn within(self, limit: Duration) -> Self {
        let deadline = Instant::now().checked_add(limit).map(|end| (end, limit));
        Self { deadline, ..self }
    }

    /// The same for work that can be paused.
    pub(crate) fn with_pause(self, pause: Option<Arc<Pause>>) -> Self {
        Self { pause, ..self }
    }

    /// Waits while the work is paused, and fails once it has to end.
    ///
    /// # Errors
    /// [`Cancelled`](ErrorKind::Cancelled), or [`LimitExceeded`](ErrorKind::LimitExceeded) after the deadline.
    pub(crate) fn check(&self) -> Result<()> {
        while self.is_paused() && !self.cancel.is_cancelled() {
            thread::sleep(Pause::POLL_INTERVAL);
        }
        self.check_now()
    }

    /// Whether [`check`](Self::check) would wait.
    pub(crate) fn is_paused(&self) -> bool {
        self.pause.as_ref().is_some_and(|pause| pause.is_on())
    }

    /// The same for work that cannot be paused.
    pub(crate) fn without_pause(&self) -> Self {
        Self { pause: None, ..self.clone() }
    }

    /// As [`check`](Self::check), without waiting for a pause: for reads, whose locks other threads may need.
    pub(crate) fn check_now(&self) -> Result<()> {
        if self.cancel.is_cancelled() {
            return Err(Error::cancelled());
        }
        match self.deadline {
            Some((end, limit)) if Instant::now() > end => {
                let message =
                    format!("reading the source took longer than the limit of {} seconds", limit.as_secs_f64());
                Err(Error::new(ErrorKind::LimitExceeded, message))
            }
            _ => Ok(()),
        }
    }

    /// Runs a read that may take long; the source polls this watch through `check_current`.
    pub(crate) fn during<T>(&self, read: impl FnOnce() -> T) -> T {
        // Restores the previous watch even if the read panics.
        struct Restore(Option<Watch>);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.set(self.0.take());
            }
        }
        let _restore = Restore(CURRENT.replace(Some(self.clone())));
        read()
    }
}
