//! How long one core takes for each rendition, and for all of them at once.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use vodkit::plan::{Plan, Rendition, Task};
use vodkit::{CancelToken, ErrorKind, Result, SegmentMaker, Source};

use super::Steps;

/// What one preset makes of the video.
#[derive(Serialize)]
pub(crate) struct Preset {
    pub(crate) preset: String,
    /// All renditions at once, decoded once, without sound.
    pub(crate) ladder: Option<Speed>,
    pub(crate) rungs: Vec<Rung>,
}

/// One rendition, made alone.
#[derive(Serialize)]
pub(crate) struct Rung {
    pub(crate) id: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    #[serde(flatten)]
    pub(crate) speed: Option<Speed>,
    /// Bits per second of the segments whose quality is measured.
    pub(crate) bit_rate: Option<u64>,
    pub(crate) quality: Option<f64>,
    /// By index, of those whose quality is measured, with their seconds.
    #[serde(skip)]
    pub(crate) segments: Vec<(u32, f64, Bytes)>,
}

/// What one core made.
#[derive(Serialize, Clone, Copy)]
pub(crate) struct Speed {
    pub(crate) frames: u64,
    /// Of processor time, so that what else the machine does counts little.
    pub(crate) seconds: f64,
    pub(crate) frames_per_second: f64,
}

/// How many segments of each rendition are kept for their quality to be measured.
const KEPT: usize = 2;
/// The golden ratio: each multiple of it lies in the largest gap that those before leave.
const SPREAD: f64 = 0.618_033_988_749_894_9;

/// Segments to measure, of which each first few are from all over the video. No more than there are.
pub(crate) fn spread(count: u32) -> impl Iterator<Item = u32> {
    let step = ((f64::from(count) * SPREAD) as u32).max(1);
    let step = (step..=count.max(step)).find(|step| gcd(*step, count) == 1).unwrap_or(1);
    (0..u64::from(count)).map(move |number| (number * u64::from(step) % u64::from(count.max(1))) as u32)
}

fn gcd(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { gcd(other, one % other) }
}

/// Does what takes no longer than this; `None` if it would.
pub(crate) fn within<T>(limit: Duration, work: impl FnOnce(&CancelToken) -> Result<T>) -> Result<Option<T>> {
    if limit.is_zero() {
        return Ok(None);
    }
    let cancel = CancelToken::new();
    let (done, waiting) = mpsc::channel::<()>();
    let token = cancel.clone();
    thread::spawn(move || {
        if waiting.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
            token.cancel();
        }
    });
    let result = work(&cancel);
    drop(done);
    match result {
        Err(error) if error.kind() == ErrorKind::Cancelled => Ok(None),
        result => result.map(Some),
    }
}

/// Measures a preset until this fraction of all time is over.
pub(crate) fn preset(source: &Source, name: &str, plan: &Plan, steps: &Steps, share: f64) -> Result<Preset> {
    let videos: Vec<_> = plan.videos().collect();
    let left = steps.until(share);
    // All renditions at once first: that is what a package takes.
    let part = left / (videos.len() as u32 + 1);
    steps.begin(&format!("{name}, all renditions"));
    let all = plan.tasks().into_iter().find(|task| task.renditions.len() == videos.len());
    let ladder = match all.filter(|task| videos.iter().all(|(video, _)| task.renditions.contains(&video.id))) {
        Some(task) => made(source, plan, &task, part, steps.until(share))?.map(|made| made.speed),
        None => None,
    };
    let mut rungs = Vec::new();
    for (video, size) in &videos {
        steps.begin(&format!("{name}, {}", video.id));
        let alone = plan.tasks().into_iter().find(|task| task.renditions.contains(&video.id));
        let made = match alone.map(|task| task_of(task, video)) {
            Some(task) => made(source, plan, &task, part, steps.until(share))?,
            None => None,
        };
        let (speed, segments) = made.map_or((None, Vec::new()), |made| (Some(made.speed), made.segments));
        let (width, height) = (size.width, size.height);
        rungs.push(Rung { id: video.id.clone(), width, height, speed, bit_rate: None, quality: None, segments });
    }
    Ok(Preset { preset: name.to_owned(), ladder, rungs })
}

fn task_of(mut task: Task, video: &Rendition) -> Task {
    task.renditions = vec![video.id.clone()];
    task
}

/// Has the presets keep the same segments of each rendition, and states their rates: others are not to be compared.
pub(crate) fn align(presets: &mut [Preset]) {
    let kept = |presets: &[Preset], id: &str| {
        let rungs = presets.iter().flat_map(|preset| &preset.rungs).filter(|rung| rung.id == id);
        rungs.map(|rung| rung.segments.len()).filter(|count| *count > 0).min()
    };
    let ids: Vec<_> = presets.iter().flat_map(|preset| &preset.rungs).map(|rung| rung.id.clone()).collect();
    for id in ids {
        let count = kept(presets, &id).unwrap_or(0);
        for rung in presets.iter_mut().flat_map(|preset| &mut preset.rungs).filter(|rung| rung.id == id) {
            rung.segments.truncate(count);
            let seconds: f64 = rung.segments.iter().map(|(_, seconds, _)| seconds).sum();
            let bytes: usize = rung.segments.iter().map(|(_, _, segment)| segment.len()).sum();
            rung.bit_rate = (seconds > 0.0).then(|| (bytes as f64 * 8.0 / seconds) as u64);
        }
    }
}

struct Made {
    speed: Speed,
    segments: Vec<(u32, f64, Bytes)>,
}

/// Makes segments of a task's renditions for as long as `part`, and at least one if that takes no longer than `limit`.
fn made(source: &Source, plan: &Plan, task: &Task, part: Duration, limit: Duration) -> Result<Option<Made>> {
    let Some(rendition) = task.renditions.first().and_then(|id| plan.renditions().iter().find(|each| each.id == *id))
    else {
        return Ok(None);
    };
    let parts = rendition.segments();
    let rate = plan.source_video().map_or(0.0, |video| video.frame_rate.to_f64());
    let begun = Instant::now();
    let (mut frames, mut taken, mut segments) = (0_u64, 0.0, Vec::new());
    for index in spread(rendition.segment_count) {
        if frames > 0 && begun.elapsed() >= part {
            break;
        }
        let one = within(limit.saturating_sub(begun.elapsed()), |cancel| {
            let mut maker = SegmentMaker::new(&source.clone().with_cancel(cancel), plan)?;
            let (started, mut made) = (processor_seconds(), Vec::new());
            let mut task = task.clone();
            (task.first, task.count) = (index, 1);
            maker.run(&task, |_, _, segment| {
                made.push(segment);
                Ok(())
            })?;
            Ok((processor_seconds() - started, made))
        })?;
        let Some((time, made)) = one else { break };
        let seconds = parts.get(index as usize).map_or(0.0, |part| part.duration.to_f64());
        frames += (seconds * rate).round() as u64;
        taken += time;
        if let Some(first) = made.into_iter().next().filter(|_| segments.len() < KEPT) {
            segments.push((index, seconds, first));
        }
    }
    let speed = Speed { frames, seconds: taken, frames_per_second: frames as f64 / taken.max(1e-9) };
    Ok((frames > 0).then_some(Made { speed, segments }))
}

/// Processor time of this thread, which makes segments alone.
fn processor_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_segment_comes_once_and_the_first_ones_from_all_over() {
        for count in [1, 2, 3, 10, 28, 1800] {
            let mut all: Vec<_> = spread(count).collect();
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
        assert_eq!(spread(100).take(4).collect::<Vec<_>>(), [0, 61, 22, 83]);
    }

    #[test]
    fn what_takes_too_long_is_left_out() {
        let wait = |cancel: &CancelToken| {
            while !cancel.is_cancelled() {
                thread::sleep(Duration::from_millis(1));
            }
            Err::<(), _>(vodkit::Error::new(ErrorKind::Cancelled, "stopped"))
        };
        assert!(within(Duration::from_millis(5), wait).unwrap().is_none());
        assert_eq!(within(Duration::from_secs(60), |_| Ok(1)).unwrap(), Some(1));
    }
}
