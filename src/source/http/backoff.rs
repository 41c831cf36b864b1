//! How long to wait for a server.

use std::thread;
use std::time::{Duration, Instant};

use super::polled::POLL_INTERVAL;
use crate::base::{Error, ErrorKind, Result, check_current};

/// Bytes that have to arrive within the time limit. With the default limit of 20 seconds that is 6.5 kbit/s, slower
/// than any link that media can be read over: what sends less is broken, or means to keep us busy.
const MIN_PROGRESS: usize = 16 * 1024;
/// Delay before the first retry. It doubles up to [`MAX_DELAY`], and up to half of the time that is left: 20 tries within
/// the default limit where a server fails at once.
const MIN_DELAY: Duration = Duration::from_millis(50);
const MAX_DELAY: Duration = Duration::from_secs(2);

/// Spaces retries, and gives up when too little has arrived for too long.
pub(super) struct Backoff<'a> {
    name: &'a str,
    limit: Duration,
    /// When [`MIN_PROGRESS`] had arrived last.
    since: Instant,
    /// Bytes since then.
    received: usize,
    delay: Duration,
}

impl<'a> Backoff<'a> {
    pub(super) fn new(name: &'a str, limit: Duration) -> Self {
        Self { name, limit, since: Instant::now(), received: 0, delay: MIN_DELAY }
    }

    /// Time limit for one step of a request, such as connecting: a third of the whole, so that a second try fits.
    pub(super) fn step(limit: Duration) -> Duration {
        (limit / 3).max(Duration::from_millis(1))
    }

    /// Counts bytes that arrived.
    ///
    /// # Errors
    /// [`SourceRead`](ErrorKind::SourceRead) if they arrive too slowly.
    pub(super) fn add_received(&mut self, count: usize) -> Result<()> {
        self.received += count;
        if self.received >= MIN_PROGRESS {
            (self.since, self.received, self.delay) = (Instant::now(), 0, MIN_DELAY);
        }
        if self.since.elapsed() > self.limit { Err(self.timed_out("the server sends too slowly")) } else { Ok(()) }
    }

    /// The time until it gives up, if nothing arrives.
    pub(super) fn left(&self) -> Duration {
        self.limit.saturating_sub(self.since.elapsed())
    }

    /// Waits before the next try, longer each time.
    ///
    /// # Errors
    /// [`SourceRead`](ErrorKind::SourceRead) with the reason `why` if there is no time for another try, and those of
    /// the current read's watch.
    pub(super) fn wait(&mut self, why: &str) -> Result<()> {
        let delay = self.delay.min(self.left() / 2);
        if delay < MIN_DELAY / 2 {
            return Err(self.timed_out(why));
        }
        tracing::debug!(source = self.name, why, ?delay, "retrying");
        let until = Instant::now() + delay;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            check_current()?;
            thread::sleep(left.min(POLL_INTERVAL));
        }
        self.delay = (self.delay * 2).min(MAX_DELAY);
        Ok(())
    }

    fn timed_out(&self, why: &str) -> Error {
        let (name, seconds) = (self.name, self.limit.as_secs_f64());
        let message = format!("{name} could not be read within {seconds} seconds: {why}");
        Error::new(ErrorKind::SourceRead, message)
    }
}
