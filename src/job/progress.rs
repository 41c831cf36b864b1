//! How far a job is.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Progress {
    /// Media segments that are there, those of an earlier run included.
    pub segments_done: u64,
    /// Media segments that there will be.
    pub segments_total: u64,
    /// Seconds of the video that the work done so far amounts to, all renditions together; large pictures
    /// count for more than small ones.
    pub seconds_encoded: f64,
    /// Seconds of the whole video.
    pub seconds_total: f64,
    /// Seconds of video encoded in one second of time, by this run.
    pub speed: f64,
    /// Time since the job started.
    pub elapsed: Duration,
    /// Whether playing can begin: the first segments of the smallest rendition and of the sound are there, and any
    /// other can be asked for.
    pub ready_to_stream: bool,
    /// About how much time is left; `None` until this run has made a segment, where there is one to make.
    pub time_left: Option<Duration>,
}

impl Progress {
    /// The part of the work that is done, from 0 to 1.
    pub fn fraction(&self) -> f64 {
        if self.seconds_total > 0.0 { (self.seconds_encoded / self.seconds_total).clamp(0.0, 1.0) } else { 1.0 }
    }
}

/// Counts work as it is done. Work is measured in pixels.
pub(super) struct Meter {
    started: Instant,
    seconds: f64,
    segments: u64,
    work: u64,
    counts: Mutex<Counts>,
}

#[derive(Default, Clone, Copy)]
struct Counts {
    segments: u64,
    work: u64,
    resumed_work: u64,
    finished: Option<Duration>,
}

impl Meter {
    pub(super) fn new(seconds: f64, segments: u64, work: u64) -> Self {
        Self { started: Instant::now(), seconds, segments, work: work.max(1), counts: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Segments that an earlier run left.
    pub(super) fn resumed(&self, segments: u64, work: u64) {
        let mut counts = self.lock();
        counts.segments += segments;
        counts.work += work;
        counts.resumed_work += work;
    }

    /// Segments made by this run.
    pub(super) fn done(&self, segments: u64, work: u64) {
        let mut counts = self.lock();
        counts.segments += segments;
        counts.work += work;
    }

    /// Stops the clock.
    pub(super) fn finish(&self) {
        self.lock().finished.get_or_insert(self.started.elapsed());
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.lock().finished.unwrap_or_else(|| self.started.elapsed())
    }

    pub(super) fn progress(&self, ready_to_stream: bool) -> Progress {
        let elapsed = self.elapsed();
        let counts = *self.lock();
        let part = |work: u64| work as f64 / self.work as f64;
        let own = part(counts.work - counts.resumed_work);
        let left = part(self.work.saturating_sub(counts.work));
        Progress {
            segments_done: counts.segments,
            segments_total: self.segments,
            seconds_encoded: part(counts.work) * self.seconds,
            seconds_total: self.seconds,
            speed: own * self.seconds / elapsed.as_secs_f64().max(1e-9),
            elapsed,
            ready_to_stream,
            time_left: if left > 0.0 { (own > 0.0).then(|| elapsed.mul_f64(left / own)) } else { Some(Duration::ZERO) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_resumed_counts_as_done_but_not_as_speed() {
        let meter = Meter::new(100.0, 10, 1000);
        meter.resumed(5, 500);
        let progress = meter.progress(false);
        assert_eq!((progress.segments_done, progress.seconds_encoded), (5, 50.0));
        assert_eq!((progress.speed, progress.time_left), (0.0, None));
        meter.done(5, 500);
        assert_eq!(meter.progress(false).fraction(), 1.0);
        assert_eq!(meter.progress(false).time_left, Some(Duration::ZERO));
    }
}
