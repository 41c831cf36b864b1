//! Stopping work from outside.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::{Error, ErrorKind, Result};

/// A switch that stops the work it was given to. Clones are the same switch.
///
/// ```
/// let cancel = vodkit::Cancel::new();
/// cancel.clone().cancel();
/// assert!(cancel.is_cancelled());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<OnceLock<Instant>>);

impl Cancel {
    /// A switch that is not thrown yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the work, within 0.2 seconds; it ends with [`ErrorKind::Cancelled`].
    pub fn cancel(&self) {
        self.0.get_or_init(Instant::now);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.get().is_some()
    }

    /// Whether that was some time ago.
    pub(crate) fn is_cancelled_for(&self, time: Duration) -> bool {
        self.0.get().is_some_and(|when| when.elapsed() >= time)
    }
}

/// What long work looks at now and then: the caller's switch, and the clock where time is limited.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch {
    cancel: Cancel,
    deadline: Option<(Instant, Duration)>,
}

impl Watch {
    pub(crate) fn new(cancel: &Cancel) -> Self {
        Self { cancel: cancel.clone(), deadline: None }
    }

    pub(crate) fn within(limit: Duration) -> Self {
        let deadline = Instant::now().checked_add(limit).map(|end| (end, limit));
        Self { cancel: Cancel::new(), deadline }
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.cancel.is_cancelled() {
            return Err(Error::cancelled());
        }
        match self.deadline {
            Some((end, limit)) if Instant::now() > end => {
                let message = format!("reading the source took longer than the limit of {} seconds", limit.as_secs());
                Err(Error::new(ErrorKind::LimitExceeded, message))
            }
            _ => Ok(()),
        }
    }
}
