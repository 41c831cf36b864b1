//! What is asked of a package while it is made, and what of it is made already.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::queue::WorkItem;
use crate::base::{CancelToken, Error, ErrorKind, Pause, Result};
use crate::package::Sizes;

/// Segments that are made ahead of one that was asked for.
const PREFETCH: u32 = 2;
/// Of several players, so many have segments made ahead.
const MAX_PREFETCH: usize = 32;
/// How often somebody who waits looks whether it was given up.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How often somebody who has nothing to do looks whether the job was cancelled.
const IDLE_WAIT: Duration = Duration::from_millis(200);
/// For how long a worker keeps the source open and its decoders ready for the next request.
const READER_TIMEOUT: Duration = Duration::from_secs(10);

/// Position of a track in the plan, and index of a segment.
type SegmentId = (usize, u32);

/// Who makes which segment: workers that go through the whole package, and others that make what is asked for.
/// While these work, as many of the former hold still, and none makes what another is at.
pub(super) struct Requests {
    state: Mutex<State>,
    changed: Condvar,
    /// One for each worker that goes through the package.
    pauses: Vec<Arc<Pause>>,
}

#[derive(Default)]
struct State {
    /// What there is; `None` until that is known.
    sizes: Option<Sizes>,
    /// How many wait for a segment.
    wanted: HashMap<SegmentId, usize>,
    /// Wanted, and nobody is at it.
    open: VecDeque<SegmentId>,
    making: HashMap<SegmentId, Maker>,
    failed: HashMap<SegmentId, Error>,
    ahead: VecDeque<SegmentId>,
    /// Nothing more will be made.
    ended: Option<Error>,
    /// Workers for requests go home when there is nothing open.
    closing: bool,
}

enum Maker {
    /// One of those that go through the package, by its number.
    Filling(usize),
    /// One of the others, and how to stop it.
    Asked(CancelToken),
}

impl State {
    fn size(&self, segment_id: SegmentId) -> Option<u64> {
        *self.sizes.as_ref()?.get(segment_id.0)?.get(segment_id.1 as usize)?
    }

    /// Whether somebody has to make it still.
    fn is_free(&self, segment_id: SegmentId) -> bool {
        self.size(segment_id).is_none() && !self.making.contains_key(&segment_id)
    }
}

impl Requests {
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

    /// Lets workers go on and hold still as there is need for: for each segment that somebody waits for one holds
    /// still, but none that makes such a one.
    fn balance(&self, state: &State) {
        let urgent = |(segment_id, maker): &(&SegmentId, &Maker)| {
            matches!(maker, Maker::Asked(_)) || state.wanted.contains_key(*segment_id)
        };
        let busy = state.open.len() + state.making.iter().filter(urgent).count();
        let mut room = self.pauses.len().saturating_sub(busy);
        for (number, pause) in self.pauses.iter().enumerate() {
            let own = |(_, maker): &(&SegmentId, &Maker)| matches!(maker, Maker::Filling(filler) if *filler == number);
            let is_urgent = state.making.iter().filter(own).any(|making| urgent(&making));
            pause.set(!is_urgent && room == 0);
            if !is_urgent {
                room = room.saturating_sub(1);
            }
        }
        self.changed.notify_all();
    }

    /// Says what there is.
    pub(super) fn begin(&self, sizes: Sizes) {
        let mut state = self.lock();
        state.sizes = Some(sizes);
        self.balance(&state);
    }

    /// The sizes of all segments, where all are there.
    pub(super) fn all_sizes(&self) -> Option<Vec<Vec<u64>>> {
        self.lock().sizes.as_ref()?.iter().map(|sizes| sizes.iter().copied().collect()).collect()
    }

    pub(super) fn is_missing(&self, segment_id: SegmentId) -> bool {
        self.lock().size(segment_id).is_none()
    }

    /// Ends all waiting: with `error` for what is not there.
    pub(super) fn end(&self, error: Error) {
        let mut state = self.lock();
        state.ended.get_or_insert(error);
        state.open.clear();
        self.balance(&state);
    }

    /// Workers for requests are there from now on.
    pub(super) fn open(&self) {
        self.lock().closing = false;
    }

    /// Sends the workers for requests home, once they have made what is open.
    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.changed.notify_all();
    }

    /// Waits until a segment is there. It is made next, and then those behind it.
    pub(super) fn await_segment(&self, segment_id: SegmentId, is_cancelled: impl Fn() -> bool) -> Result<()> {
        let mut state = self.lock();
        *state.wanted.entry(segment_id).or_default() += 1;
        if state.is_free(segment_id) && !state.open.contains(&segment_id) {
            state.open.push_back(segment_id);
        }
        state.ahead.retain(|ahead| ahead.0 != segment_id.0 || ahead.1 > segment_id.1);
        (1..=PREFETCH).for_each(|step| state.ahead.push_back((segment_id.0, segment_id.1.saturating_add(step))));
        while state.ahead.len() > MAX_PREFETCH {
            state.ahead.pop_front();
        }
        self.balance(&state);
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
        Self::leave(&mut state, segment_id);
        self.balance(&state);
        outcome
    }

    /// One fewer waits; what nobody waits for is not made before its turn.
    fn leave(state: &mut State, segment_id: SegmentId) {
        let left = state.wanted.get(&segment_id).map_or(0, |count| count - 1);
        if left > 0 {
            state.wanted.insert(segment_id, left);
            return;
        }
        state.wanted.remove(&segment_id);
        state.failed.remove(&segment_id);
        state.open.retain(|open| *open != segment_id);
        if let Some(Maker::Asked(cancel)) = state.making.get(&segment_id) {
            cancel.cancel();
        }
    }

    /// The next segment that is asked for, which `cancel` stops.
    pub(super) fn next(&self, cancel: &CancelToken) -> Next {
        let mut state = self.lock();
        loop {
            if state.ended.is_some() {
                return Next::Exit;
            }
            while let Some(segment_id) = state.open.pop_front() {
                if state.sizes.is_some() && state.is_free(segment_id) {
                    state.making.insert(segment_id, Maker::Asked(cancel.clone()));
                    self.balance(&state);
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

    /// The pause of a worker that goes through the package.
    pub(super) fn pause(&self, worker: usize) -> Option<Arc<Pause>> {
        self.pauses.get(worker).cloned()
    }

    /// What is left to do of a task, which the worker then does.
    pub(super) fn take(&self, worker: usize, item: WorkItem) -> Option<WorkItem> {
        let mut state = self.lock();
        let WorkItem { renditions, index } = item;
        let renditions: Vec<usize> =
            renditions.into_iter().filter(|&position| state.is_free((position, index))).collect();
        for &position in &renditions {
            state.making.insert((position, index), Maker::Filling(worker));
        }
        self.balance(&state);
        (!renditions.is_empty()).then_some(WorkItem { renditions, index })
    }

    /// What comes next behind something that was asked for.
    pub(super) fn take_ahead(&self, worker: usize) -> Option<WorkItem> {
        let mut state = self.lock();
        while let Some(segment_id) = state.ahead.pop_front() {
            let exists =
                state.sizes.as_ref().and_then(|sizes| sizes.get(segment_id.0)?.get(segment_id.1 as usize)).is_some();
            if exists && state.is_free(segment_id) {
                state.making.insert(segment_id, Maker::Filling(worker));
                self.balance(&state);
                return Some(WorkItem { renditions: vec![segment_id.0], index: segment_id.1 });
            }
        }
        None
    }

    /// Whether something is to be made ahead.
    pub(super) fn has_ahead(&self) -> bool {
        !self.lock().ahead.is_empty()
    }

    /// Waits until there may be something to make ahead, or nothing to make at all; not long, as a job's switch is
    /// thrown without a word.
    pub(super) fn idle(&self) {
        let state = self.lock();
        if state.ahead.is_empty() && state.ended.is_none() {
            drop(self.wait(state, IDLE_WAIT));
        }
    }

    /// A segment is there.
    pub(super) fn made(&self, segment_id: SegmentId, size: u64) {
        let mut state = self.lock();
        state.making.remove(&segment_id);
        if let Some(slot) =
            state.sizes.as_mut().and_then(|sizes| sizes.get_mut(segment_id.0)?.get_mut(segment_id.1 as usize))
        {
            *slot = Some(size);
        }
        self.balance(&state);
    }

    /// A segment that was asked for could not be made.
    pub(super) fn failed(&self, segment_id: SegmentId, error: Error) {
        let mut state = self.lock();
        state.making.remove(&segment_id);
        if state.wanted.contains_key(&segment_id) {
            match error.kind() {
                // Nobody waited any more, and then somebody else did.
                ErrorKind::Cancelled => state.open.push_back(segment_id),
                _ => drop(state.failed.insert(segment_id, error)),
            }
        }
        self.balance(&state);
    }
}

/// What a worker for requests is to do.
pub(super) enum Next {
    /// Make this.
    Make(usize, u32),
    /// Nothing for some time: it may let go of what it holds, and come again.
    Idle,
    /// There is nothing more to make.
    Exit,
}
