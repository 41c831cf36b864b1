//! The windows that the batch workers of a job encode together.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::pool::POLL_INTERVAL;
use super::queue::WorkItem;
use crate::base::{Result, Watch};
use crate::plan::{Plan, SourceVideo};
use crate::segment::{Allowance, FrameReader, Overlays, Step, Window};

/// Memory goes with them and not with the workers: the largest rendition of a window keeps one worker busy, and all others
/// of it mostly about another one.
pub(super) struct Windows<'plan> {
    /// Windows that may be decoded at a time; 0 if each worker makes what it makes alone.
    limit: usize,
    allowance: Allowance,
    overlays: Mutex<Overlays>,
    state: Mutex<State<'plan>>,
    changed: Condvar,
}

#[derive(Default)]
struct State<'plan> {
    /// Those that come first in the video are mostly first.
    open: Vec<Arc<Shared<'plan>>>,
    opening: usize,
    lanes: usize,
    /// Lanes that are free, and what they were decoded with.
    free: Vec<(usize, Option<FrameReader>)>,
}

/// A window, and the segments that are made of it.
pub(super) struct Shared<'plan> {
    window: Window<'plan>,
    pub(super) item: WorkItem,
    lane: usize,
}

/// The right to open a window, and what the last one in its place was decoded with. Consecutive windows in one lane share
/// a decoder.
pub(super) struct Lane<'windows, 'plan> {
    windows: &'windows Windows<'plan>,
    pub(super) number: usize,
    reader: Option<FrameReader>,
    is_open: bool,
}

impl<'plan> Windows<'plan> {
    pub(super) fn new(plan: &Plan, workers: usize, is_shared: bool) -> Self {
        let source = plan.source_video().map_or(0, |source| u64::from(source.width) * u64::from(source.height));
        let sizes = sizes(plan);
        let limit = if is_shared { enough(&sizes, source, workers) } else { 0 };
        Self {
            limit,
            allowance: Allowance::new((limit as u64).saturating_mul(sizes.iter().sum())),
            overlays: Mutex::default(),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<'plan>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_shared(&self) -> bool {
        self.limit > 0
    }

    /// Whether there is no window left.
    pub(super) fn is_empty(&self) -> bool {
        let state = self.lock();
        state.open.is_empty() && state.opening == 0
    }

    /// The right to open another window; `None` while there are enough.
    pub(super) fn lane(&self) -> Option<Lane<'_, 'plan>> {
        let mut state = self.lock();
        let busy = state.opening + state.open.iter().filter(|shared| !shared.window.is_underway()).count();
        if busy >= self.limit {
            return None;
        }
        state.opening += 1;
        let (number, reader) = state.free.pop().unwrap_or_else(|| {
            state.lanes += 1;
            (state.lanes, None)
        });
        Some(Lane { windows: self, number, reader, is_open: false })
    }

    /// Goes on with the window that was opened first of those that anybody can go on with; `None` if there is none.
    pub(super) fn step(&self, watch: &Watch) -> Result<Option<(Arc<Shared<'plan>>, Step<'plan>)>> {
        let open = self.lock().open.clone();
        for shared in open {
            match shared.window.step(&self.allowance, watch)? {
                Step::Nothing => {}
                step => {
                    self.update(&shared);
                    return Ok(Some((shared, step)));
                }
            }
        }
        Ok(None)
    }

    fn update(&self, shared: &Arc<Shared<'plan>>) {
        let mut state = self.lock();
        state.free.extend(shared.window.take_reader().map(|reader| (shared.lane, Some(reader))));
        state.open.retain(|other| !Arc::ptr_eq(other, shared) || !shared.window.is_made());
        self.changed.notify_all();
    }

    /// Waits until something has changed, for a moment at most.
    pub(super) fn wait(&self) {
        let state = self.lock();
        drop(self.changed.wait_timeout(state, POLL_INTERVAL).unwrap_or_else(PoisonError::into_inner));
    }
}

impl<'plan> Lane<'_, 'plan> {
    /// Opens the window of an item, for all workers.
    pub(super) fn open(
        mut self,
        plan: &'plan Plan,
        source: &'plan SourceVideo,
        item: WorkItem,
        watch: &Watch,
        open: impl FnOnce() -> Result<FrameReader>,
    ) -> Result<()> {
        let mut reader = self.reader.take().map_or_else(open, Ok)?;
        reader.set_watch(watch);
        let renditions = item.renditions.iter().filter_map(|&position| plan.renditions().get(position));
        let videos: Vec<_> = renditions.filter_map(|rendition| Some((rendition, rendition.video()?.1))).collect();
        let window = {
            let mut overlays = self.windows.overlays.lock().unwrap_or_else(PoisonError::into_inner);
            Window::open(reader, &mut overlays, source, &videos, item.index)?
        };
        let shared = Arc::new(Shared { window, item, lane: self.number });
        self.windows.lock().open.push(shared.clone());
        self.is_open = true;
        // Of a window of one frame it is free already.
        self.windows.update(&shared);
        Ok(())
    }
}

impl Drop for Lane<'_, '_> {
    fn drop(&mut self) {
        let mut state = self.windows.lock();
        state.opening -= 1;
        if !self.is_open {
            state.free.push((self.number, self.reader.take()));
        }
    }
}

/// Pixels of each encoded video rendition.
fn sizes(plan: &Plan) -> Vec<u64> {
    let encoded = plan.renditions().iter().filter(|rendition| rendition.is_encoded_video());
    let videos = encoded.filter_map(|rendition| rendition.video());
    videos.map(|(_, video)| u64::from(video.width) * u64::from(video.height)).collect()
}

/// How many windows keep so many workers busy, but for a thirtieth of their time. A window keeps as many busy as its largest
/// part goes into all of it: encoding takes time by pixels, decoding and scaling a quarter of that for the source's.
fn enough(sizes: &[u64], source: u64, workers: usize) -> usize {
    let decoding = source / 4;
    let largest = sizes.iter().copied().max().unwrap_or(0).max(decoding);
    let all = sizes.iter().sum::<u64>() + decoding;
    let windows = (workers as u64).saturating_mul(97 * largest).div_ceil((100 * all).max(1));
    usize::try_from(windows).unwrap_or(workers).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_workers_share_a_window_that_keeps_both_busy() {
        let [hd, half, small, tiny] = [1920 * 1080, 1280 * 720, 854 * 480, 640 * 360];
        let windows = |sizes: &[u64], source| [1, 2, 4, 16].map(|workers| enough(sizes, source, workers));
        assert_eq!(windows(&[half, small, tiny], half), [1, 1, 2, 8]);
        assert_eq!(windows(&[hd, half, small, tiny], hd), [1, 1, 2, 8]);
        // The second worker would wait for the first.
        assert_eq!(windows(&[half, small], half), [1, 2, 3, 10]);
        // Decoding is the largest part, and one worker's at a time.
        assert_eq!(windows(&[small, tiny], 16 * hd), [1, 2, 4, 15]);
        assert_eq!(enough(&[], 0, 3), 1);
    }
}
