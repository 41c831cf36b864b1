//! How much faster a job is with more workers, and what memory it takes.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use vodkit::{DirSink, Error, ErrorKind, Job, JobOptions, Plan, Result, Source};

use super::Steps;

/// A job with so many workers.
#[derive(Serialize)]
pub(crate) struct Workers {
    pub(crate) workers: usize,
    /// Seconds of video in a second, sound and all.
    pub(crate) times_real_time: f64,
    /// That, by that of as many single workers.
    pub(crate) efficiency: Option<f64>,
    /// The most memory that the process had.
    pub(crate) peak_memory: Option<u64>,
}

/// The part of all time that this takes.
pub(crate) const SHARE: f64 = 0.25;

/// Jobs with 1, 2, 4 and so on workers, up to one for each core.
pub(crate) fn measure(source: &Source, plan: &Plan, steps: &Steps) -> Result<Vec<Workers>> {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let mut counts: Vec<usize> =
        std::iter::successors(Some(1), |count| Some(count * 2)).take_while(|count| *count < cores).collect();
    counts.push(cores);
    let mut made: Vec<Workers> = Vec::new();
    for (number, &workers) in counts.iter().enumerate() {
        steps.begin(&format!("{workers} at once"));
        let limit = steps.until(SHARE) / (counts.len() - number) as u32;
        begin_peak();
        let Some(times_real_time) = speed(source, plan, workers, limit)? else { continue };
        let single = made.first().filter(|first| first.workers == 1).map(|first| first.times_real_time);
        let efficiency = single.or((workers == 1).then_some(times_real_time));
        let efficiency = efficiency.map(|single| times_real_time / single / workers as f64);
        made.push(Workers { workers, times_real_time, efficiency, peak_memory: peak() });
    }
    Ok(made)
}

/// Seconds of video that a job makes in a second; `None` if it has not made two segments when the time is over.
fn speed(source: &Source, plan: &Plan, workers: usize, limit: Duration) -> Result<Option<f64>> {
    let unwritable =
        |cause| Error::new(ErrorKind::SinkWrite, "cannot make a folder for temporary files").with_cause(cause);
    let folder = tempfile::tempdir().map_err(unwritable)?;
    let steps = Arc::new(Mutex::new(Vec::new()));
    let (noted, started) = (steps.clone(), Instant::now());
    let options = JobOptions::default().workers(workers).on_progress(move |progress| {
        let step = (started.elapsed(), progress.seconds_encoded);
        noted.lock().unwrap_or_else(PoisonError::into_inner).push(step);
        ControlFlow::Continue(())
    });
    let job = Job::start(source, plan, Arc::new(DirSink::open(folder.path())?), options)?;
    let outcome = job.wait_timeout(limit);
    job.cancel();
    // Its threads end before others are measured.
    drop(job);
    if let Some(Err(error)) = outcome {
        return Err(error);
    }
    let steps = steps.lock().unwrap_or_else(PoisonError::into_inner);
    // From the first segment that is finished to the last: what is begun at the end counts as little as what was at first.
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Ok(None) };
    let seconds = (last.0 - first.0).as_secs_f64();
    Ok((seconds > 0.0).then(|| (last.1 - first.1) / seconds))
}

/// Has the system forget the most memory that there was. Linux alone can.
fn begin_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most memory since then, in bytes.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}
