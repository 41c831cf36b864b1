//! Stopping work from outside.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::error::{Error, ErrorKind, Result};

/// A switch that stops the work it was given to. Clones are the same switch.
///
/// ```
/// let cancel = vodkit::Cancel::new();
/// cancel.clone().cancel();
/// assert!(cancel.is_cancelled());
/// ```
#[derive(Debug, Clone)]
pub struct Cancel(Arc<Switch>);

#[derive(Debug)]
struct Switch {
    made: Instant,
    /// Nanoseconds after that when it was thrown, and 0 before: one atomic store is all that a signal handler
    /// may do.
    thrown: AtomicU64,
    /// Throws this one too.
    parent: Option<Cancel>,
}

impl Default for Cancel {
    fn default() -> Self {
        Self::below(None)
    }
}

impl Cancel {
    /// A switch that is not thrown yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn below(parent: Option<Self>) -> Self {
        Self(Arc::new(Switch { made: Instant::now(), thrown: AtomicU64::new(0), parent }))
    }

    /// Another switch, for a part of the work, that this one throws too.
    pub(crate) fn child(&self) -> Self {
        Self::below(Some(self.clone()))
    }

    /// Stops the work, within 0.2 seconds; it ends with [`ErrorKind::Cancelled`].
    pub fn cancel(&self) {
        let now = u64::try_from(self.0.made.elapsed().as_nanos()).unwrap_or(u64::MAX).max(1);
        // The first time counts.
        let _ = self.0.thrown.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.thrown.load(Ordering::Relaxed) != 0 || self.0.parent.as_ref().is_some_and(Self::is_cancelled)
    }

    /// Whether that was some time ago.
    pub(crate) fn is_cancelled_for(&self, time: Duration) -> bool {
        let thrown = self.0.thrown.load(Ordering::Relaxed);
        thrown != 0 && self.0.made.elapsed().saturating_sub(Duration::from_nanos(thrown)) >= time
    }
}

/// Holds work still while something else is more urgent.
#[derive(Debug, Default)]
pub(crate) struct Pause(AtomicBool);

impl Pause {
    /// How often work that is held looks whether it may go on.
    const GLANCE: Duration = Duration::from_millis(2);

    pub(crate) fn set(&self, on: bool) {
        self.0.store(on, Ordering::Relaxed);
    }

    fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

thread_local! {
    /// What the work is to look at that this thread does for a source.
    static CURRENT: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// Whether what this thread reads is still wanted.
#[cfg(feature = "http")]
pub(crate) fn check_current() -> Result<()> {
    CURRENT.with_borrow(|current| current.as_ref().map_or(Ok(()), Watch::check_now))
}

/// What long work looks at now and then: the caller's switch, the clock where time is limited, and whether to hold
/// still.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch {
    cancel: Cancel,
    deadline: Option<(Instant, Duration)>,
    pause: Option<Arc<Pause>>,
}

impl Watch {
    pub(crate) fn new(cancel: &Cancel) -> Self {
        Self { cancel: cancel.clone(), ..Self::default() }
    }

    pub(crate) fn within(limit: Duration) -> Self {
        let deadline = Instant::now().checked_add(limit).map(|end| (end, limit));
        Self { deadline, ..Self::default() }
    }

    /// The same, for work that can be held still.
    pub(crate) fn with_pause(self, pause: Option<Arc<Pause>>) -> Self {
        Self { pause, ..self }
    }

    pub(crate) fn check(&self) -> Result<()> {
        while self.pause.as_ref().is_some_and(|pause| pause.is_on()) && !self.cancel.is_cancelled() {
            thread::sleep(Pause::GLANCE);
        }
        self.check_now()
    }

    /// Does work that may take its time in a source, which looks at this by [`check_current`].
    pub(crate) fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        struct Before(Option<Watch>);
        impl Drop for Before {
            fn drop(&mut self) {
                CURRENT.set(self.0.take());
            }
        }
        let _before = Before(CURRENT.replace(Some(self.clone())));
        work()
    }

    /// As [`check`](Self::check), without holding still: for those who hold what others wait for.
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
}
