//! How long to wait for a server.

use std::thread;
use std::time::{Duration, Instant};

use crate::base::{Error, ErrorKind, Result, check_current};

/// What has to come within the time limit: who sends less will not come to an end.
const MIN_PROGRESS: usize = 16 * 1024;
const MIN_BACKOFF: Duration = Duration::from_millis(50);
/// How often somebody who waits asks whether the bytes are still wanted.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const MAX_BACKOFF: Duration = Duration::from_secs(2);

/// Ends when too little came for too long.
pub(super) struct Backoff<'a> {
    name: &'a str,
    limit: Duration,
    since: Instant,
    came: usize,
    pause: Duration,
}

impl<'a> Backoff<'a> {
    pub(super) fn new(name: &'a str, limit: Duration) -> Self {
        Self { name, limit, since: Instant::now(), came: 0, pause: MIN_BACKOFF }
    }

    /// How long one step of a request may take, so that there is time for a second try.
    pub(super) fn step(limit: Duration) -> Duration {
        (limit / 3).max(Duration::from_millis(1))
    }

    /// Counts bytes that came.
    pub(super) fn came(&mut self, count: usize) -> Result<()> {
        self.came += count;
        if self.came >= MIN_PROGRESS {
            (self.since, self.came, self.pause) = (Instant::now(), 0, MIN_BACKOFF);
        }
        if self.since.elapsed() > self.limit { Err(self.over("it sends too slowly")) } else { Ok(()) }
    }

    /// Waits before the next try, longer each time.
    pub(super) fn wait(&mut self, why: &str) -> Result<()> {
        let needed = self.pause + Self::step(self.limit);
        if self.since.elapsed() + needed > self.limit {
            return Err(self.over(why));
        }
        tracing::debug!(source = self.name, why, pause = ?self.pause, "asking again");
        let until = Instant::now() + self.pause;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            check_current()?;
            thread::sleep(left.min(POLL_INTERVAL));
        }
        self.pause = (self.pause * 2).min(MAX_BACKOFF);
        Ok(())
    }

    fn over(&self, why: &str) -> Error {
        let (name, seconds) = (self.name, self.limit.as_secs_f64());
        let message = format!("{name} could not be read within {seconds} seconds: {why}");
        Error::new(ErrorKind::SourceRead, message)
    }
}
