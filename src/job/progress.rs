//! Progress of a job.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

/// Progress of a job.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Progress {
    /// Number of media segments that exist, including those of an earlier run.
    pub segments_done: u64,
    /// Number of media segments of the package.
    pub segments_total: u64,
    /// Seconds of video that the work done so far is equivalent to. All renditions count, weighted by their estimated
    /// cost.
    pub seconds_encoded: f64,
    /// Duration of the video in seconds.
    pub seconds_total: f64,
    /// Seconds of video encoded per second by this run.
    pub speed: f64,
    /// Time since the job started.
    pub elapsed: Duration,
    /// Whether playback can begin: the first segments of the smallest rendition and of the default audio exist, and any
    /// other can be requested.
    pub ready_to_stream: bool,
    /// Estimated remaining time; `None` until this run has made a segment, unless there is nothing to make.
    pub time_left: Option<Duration>,
    /// Number of warnings so far, which the [`Summary`](crate::Summary) will have. All but those of damaged data are the
    /// plan's.
    pub warnings: u64,
}

impl Progress {
    /// The fraction of the work that is done, 0 to 1.
    pub fn fraction(&self) -> f64 {
        if self.seconds_total > 0.0 { (self.seconds_encoded / self.seconds_total).clamp(0.0, 1.0) } else { 1.0 }
    }
}

/// Counts finished work, in the pixels of [`Rendition::cost`](crate::plan::Rendition).
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

    /// Counts segments of an earlier run.
    pub(super) fn resumed(&self, segments: u64, work: u64) {
        let mut counts = self.lock();
        counts.segments += segments;
        counts.work += work;
        counts.resumed_work += work;
    }

    /// Counts segments made by this run.
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

    pub(super) fn progress(&self, ready_to_stream: bool, warnings: u64) -> Progress {
        let elapsed = self.elapsed();
        let counts = *self.lock();
        let fraction = |work: u64| work as f64 / self.work as f64;
        let made = fraction(counts.work - counts.resumed_work);
        let left = fraction(self.work.saturating_sub(counts.work));
        let time_left =
            if left > 0.0 { (made > 0.0).then(|| elapsed.mul_f64(left / made)) } else { Some(Duration::ZERO) };
        Progress {
            segments_done: counts.segments,
            segments_total: self.segments,
            seconds_encoded: fraction(counts.work) * self.seconds,
            seconds_total: self.seconds,
            speed: made * self.seconds / elapsed.as_secs_f64().max(1e-9),
            elapsed,
            ready_to_stream,
            time_left,
            warnings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resumed_work_counts_as_done_but_not_for_speed() {
        let meter = Meter::new(100.0, 10, 1000);
        meter.resumed(5, 500);
        let progress = meter.progress(false, 0);
        assert_eq!((progress.segments_done, progress.seconds_encoded), (5, 50.0));
        assert_eq!((progress.speed, progress.time_left), (0.0, None));
        meter.done(5, 500);
        assert_eq!(meter.progress(false, 0).fraction(), 1.0);
        assert_eq!(meter.progress(false, 0).time_left, Some(Duration::ZERO));
    }
}
