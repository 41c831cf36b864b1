//! Who makes which segment of a job, and which segments exist already.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::pool::POLL_INTERVAL;
use super::queue::WorkItem;
use crate::base::{CancelToken, Error, ErrorKind, Pause, Result};
use crate::package::Sizes;

/// Segments to prefetch after a requested one. Two cover the time that a player needs to fetch and ask again.
const PREFETCH: u32 = 2;
/// Maximum length of the prefetch queue: enough for 16 players at different positions. The oldest entries are dropped,
/// as their players have moved on.
const MAX_PREFETCH: usize = 32;
/// How long an idle worker waits before it polls the job's cancellation token, which cannot wake it. Its job ends for
/// the host a tenth of a second after the cancellation, whatever its threads do.
const IDLE_WAIT: Duration = Duration::from_millis(200);
/// How long a request worker without requests keeps the source open and its decoders running: longer than players wait
/// between two segments of usual length.
const READER_TIMEOUT: Duration = Duration::from_secs(10);

/// Position of a rendition in the plan, and index of a segment.
type SegmentId = (usize, u32);

/// Assigns segments to two kinds of workers: batch workers go through the package, request workers make what is
/// requested. While request workers are busy, as many batch workers pause. No segment is made twice.
pub(super) struct Requests {
    state: Mutex<State>,
    changed: Condvar,
    /// One for each batch worker.
    pauses: Vec<Arc<Pause>>,
}

#[derive(Default)]
struct State {
    /// The segments that exist; `None` until the sink has been read.
    sizes: Option<Sizes>,
    /// Number of requests that wait for each segment.
    waiters: HashMap<SegmentId, usize>,
    /// Requested segments that no worker has taken.
    requested: VecDeque<SegmentId>,
    making: HashMap<SegmentId, Maker>,
    failed: HashMap<SegmentId, Error>,
    prefetch: VecDeque<SegmentId>,
    /// Why no more segments will be made.
    ended: Option<Error>,
    /// Request workers exit as soon as nothing is requested.
    closing: bool,
}

enum Maker {
    /// A batch worker, by its number.
    Batch(usize),
    /// A request worker, with the token that stops it.
    Request(CancelToken),
}

impl State {
    fn size(&self, segment_id: SegmentId) -> Option<u64> {
        *self.sizes.as_ref()?.get(segment_id.0)?.get(segment_id.1 as usize)?
    }

    /// Whether the segment is missing and no worker is making it.
    fn is_available(&self, segment_id: SegmentId) -> bool {
        self.size(segment_id).is_none() && !self.making.contains_key(&segment_id)
    }
}

impl Requests {
    /// `workers` is the number of batch workers.
    pub(super) fn new(workers: usize) -> Self {
        let pauses = (0..workers).map(|_| Arc::default()).collect();
        Self { state: Mutex::default(), changed: Condvar::new(), pauses }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Pauses and resumes batch workers: one pauses for each segment that is requested, but none that makes such a
    /// segment. Wakes all that wait for a change.
    fn update_pauses(&self, state: &State) {
        let is_urgent = |(segment_id, maker): &(&SegmentId, &Maker)| {
            matches!(maker, Maker::Request(_)) || state.waiters.contains_key(*segment_id)
        };
        let urgent = state.requested.len() + state.making.iter().filter(is_urgent).count();
        let mut running = self.pauses.len().saturating_sub(urgent);
        for (number, pause) in self.pauses.iter().enumerate() {
            let is_this =
                |(_, maker): &(&SegmentId, &Maker)| matches!(maker, Maker::Batch(worker) if *worker == number);
            let makes_urgent = state.making.iter().filter(is_this).any(|making| is_urgent(&making));
            pause.set(!makes_urgent && running == 0);
            if !makes_urgent {
                running = running.saturating_sub(1);
            }
        }
        self.changed.notify_all();
    }

    /// Sets which segments the sink has already.
    pub(super) fn begin(&self, sizes: Sizes) {
        let mut state = self.lock();
        state.sizes = Some(sizes);
        self.update_pauses(&state);
    }

    /// Waits while these segments are missing, as long as they are made without being asked for, or somebody waits for any.
    pub(super) fn await_first(&self, first: &[SegmentId], on_request: bool, is_cancelled: impl Fn() -> bool) {
        let mut state = self.lock();
        let is_awaited = |state: &State| !on_request || !state.waiters.is_empty();
        while !is_cancelled() && is_awaited(&state) && first.iter().any(|&first| state.size(first).is_none()) {
            state = self.wait(state, POLL_INTERVAL);
        }
    }

    /// The sizes of all segments; `None` while any is missing.
    pub(super) fn all_sizes(&self) -> Option<Vec<Vec<u64>>> {
        self.lock().sizes.as_ref()?.iter().map(|sizes| sizes.iter().copied().collect()).collect()
    }

    pub(super) fn is_missing(&self, segment_id: SegmentId) -> bool {
        self.lock().size(segment_id).is_none()
    }

    /// Ends all waiting, with `error` for segments that are missing.
    pub(super) fn end(&self, error: Error) {
        let mut state = self.lock();
        state.ended.get_or_insert(error);
        state.requested.clear();
        self.update_pauses(&state);
    }

    /// Lets request workers stay, until [`close`](Self::close).
    pub(super) fn open(&self) {
        self.lock().closing = false;
    }

    /// Lets request workers exit once they have made what is requested.
    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.changed.notify_all();
    }

    /// Requests a segment and waits until it exists. It is made next, and after it those that follow it.
    pub(super) fn await_segment(&self, segment_id: SegmentId, is_cancelled: impl Fn() -> bool) -> Result<()> {
        let mut state = self.lock();
        *state.waiters.entry(segment_id).or_default() += 1;
        if state.is_available(segment_id) && !state.requested.contains(&segment_id) {
            state.requested.push_back(segment_id);
        }
        state.prefetch.retain(|other| other.0 != segment_id.0 || other.1 > segment_id.1);
        (1..=PREFETCH).for_each(|step| state.prefetch.push_back((segment_id.0, segment_id.1.saturating_add(step))));
        while state.prefetch.len() > MAX_PREFETCH {
            state.prefetch.pop_front();
        }
        self.update_pauses(&state);
        let outcome = loop {
            if state.size(segment_id).is_some() {
                break Ok(());
            }
            let failure = state.failed.get(&segment_id).or(state.ended.as_ref());
            if let Some(error) = failure.cloned().or_else(|| is_cancelled().then(Error::cancelled)) {
                break Err(error);
            }
            state = self.wait(state, POLL_INTERVAL);
        };
        Self::remove_waiter(&mut state, segment_id);
        self.update_pauses(&state);
        outcome
    }

    /// Counts one waiter less. Without any, the segment is no longer requested, and a request worker that makes it
    /// stops.
    fn remove_waiter(state: &mut State, segment_id: SegmentId) {
        let left = state.waiters.get(&segment_id).map_or(0, |count| count - 1);
        if left > 0 {
            state.waiters.insert(segment_id, left);
            return;
        }
        state.waiters.remove(&segment_id);
        state.failed.remove(&segment_id);
        state.requested.retain(|requested| *requested != segment_id);
        if let Some(Maker::Request(cancel)) = state.making.get(&segment_id) {
            cancel.cancel();
        }
    }

    /// Takes the next requested segment for a request worker, which `cancel` stops.
    pub(super) fn next(&self, cancel: &CancelToken) -> Next {
        let mut state = self.lock();
        loop {
            if state.ended.is_some() {
                return Next::Exit;
            }
            while let Some(segment_id) = state.requested.pop_front() {
                if state.sizes.is_some() && state.is_available(segment_id) {
                    state.making.insert(segment_id, Maker::Request(cancel.clone()));
                    self.update_pauses(&state);
                    return Next::Make(segment_id.0, segment_id.1);
                }
            }
            if state.closing {
                return Next::Exit;
            }
            let waited = self.changed.wait_timeout(state, READER_TIMEOUT).unwrap_or_else(PoisonError::into_inner);
            state = waited.0;
            if waited.1.timed_out() {
                return Next::Idle;
            }
        }
    }

    /// The pause of a batch worker.
    pub(super) fn pause(&self, worker: usize) -> Option<Arc<Pause>> {
        self.pauses.get(worker).cloned()
    }

    /// Takes for a batch worker what is available of an item; `None` if nothing is.
    pub(super) fn take(&self, worker: usize, item: WorkItem) -> Option<WorkItem> {
        let mut state = self.lock();
        let WorkItem { renditions, index } = item;
        let renditions: Vec<usize> =
            renditions.into_iter().filter(|&position| state.is_available((position, index))).collect();
        for &position in &renditions {
            state.making.insert((position, index), Maker::Batch(worker));
        }
        self.update_pauses(&state);
        (!renditions.is_empty()).then_some(WorkItem { renditions, index })
    }

    /// Takes the next segment to prefetch for a batch worker.
    pub(super) fn take_prefetch(&self, worker: usize) -> Option<WorkItem> {
        let mut state = self.lock();
        while let Some(segment_id) = state.prefetch.pop_front() {
            let exists =
                state.sizes.as_ref().and_then(|sizes| sizes.get(segment_id.0)?.get(segment_id.1 as usize)).is_some();
            if exists && state.is_available(segment_id) {
                state.making.insert(segment_id, Maker::Batch(worker));
                self.update_pauses(&state);
                return Some(WorkItem { renditions: vec![segment_id.0], index: segment_id.1 });
            }
        }
        None
    }

    /// Whether there is a segment to prefetch.
    pub(super) fn has_prefetch(&self) -> bool {
        !self.lock().prefetch.is_empty()
    }

    /// Waits for a segment to prefetch, at most [`IDLE_WAIT`].
    pub(super) fn wait_for_prefetch(&self) {
        let state = self.lock();
        if state.prefetch.is_empty() && state.ended.is_none() {
            drop(self.wait(state, IDLE_WAIT));
        }
    }

    /// Records that a segment was written.
    pub(super) fn complete(&self, segment_id: SegmentId, size: u64) {
        let mut state = self.lock();
        state.making.remove(&segment_id);
        if let Some(slot) =
            state.sizes.as_mut().and_then(|sizes| sizes.get_mut(segment_id.0)?.get_mut(segment_id.1 as usize))
        {
            *slot = Some(size);
        }
        self.update_pauses(&state);
    }

    /// Records that a request worker could not make a segment.
    pub(super) fn fail(&self, segment_id: SegmentId, error: Error) {
        let mut state = self.lock();
        state.making.remove(&segment_id);
        if state.waiters.contains_key(&segment_id) {
            match error.kind() {
                // It was cancelled when the last waiter left, and has been requested again since.
                ErrorKind::Cancelled => state.requested.push_back(segment_id),
                _ => drop(state.failed.insert(segment_id, error)),
            }
        }
        self.update_pauses(&state);
    }
}

/// What a request worker does next.
pub(super) enum Next {
    /// Make this segment.
    Make(usize, u32),
    /// Release what it holds and ask again: nothing was requested for [`READER_TIMEOUT`].
    Idle,
    /// Exit: there is nothing more to make.
    Exit,
}
