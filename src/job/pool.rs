//! Workers that several jobs share.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How often a worker that waits for its turn polls whether its job was cancelled.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A number of workers that several jobs of a process share, so that together they make no more segments at a time than
/// that. Clones are the same pool.
///
/// Of the jobs that wait the one with the highest [priority](crate::JobOptions::priority) goes on when a worker is done
/// with its segment; those of the same priority take turns. What somebody waits for in [`Job::get`](crate::Job::get) is
/// made at once: a worker of that job pauses meanwhile.
///
/// ```
/// use vodkit::{JobOptions, Pool};
/// let pool = Pool::new(4);
/// let (ordinary, urgent) = (JobOptions::default().pool(pool.clone()), JobOptions::default().pool(pool).priority(1));
/// # assert!(urgent.priority > ordinary.priority);
/// ```
#[derive(Debug, Clone)]
pub struct Pool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    workers: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    free: usize,
    next_ticket: u64,
    /// Who waits, the next one first.
    waiting: BTreeSet<(Reverse<i32>, u64)>,
}

impl Pool {
    /// A pool of so many workers; 0: one for each core.
    pub fn new(workers: usize) -> Self {
        let workers = if workers == 0 { cores() } else { workers };
        let state = State { free: workers, next_ticket: 0, waiting: BTreeSet::new() };
        Self(Arc::new(Shared { workers, state: Mutex::new(state), changed: Condvar::new() }))
    }

    /// The number of workers.
    pub fn workers(&self) -> usize {
        self.0.workers
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a worker; `None` where `is_cancelled` before one is free.
    ///
    /// Who brings the worker that he had gives it back as he takes his place among those that wait: so he keeps it
    /// unless one of them comes before him, whoever wakes up first.
    pub(super) fn acquire(
        &self,
        had: Option<Worker>,
        priority: i32,
        is_cancelled: impl Fn() -> bool,
    ) -> Option<Worker> {
        let mut state = self.lock();
        if let Some(worker) = had {
            worker.forget();
            state.free += 1;
        }
        let place = (Reverse(priority), state.next_ticket);
        state.next_ticket += 1;
        state.waiting.insert(place);
        loop {
            let cancelled = is_cancelled();
            if cancelled || state.free > 0 && state.waiting.first() == Some(&place) {
                state.waiting.remove(&place);
                state.free -= usize::from(!cancelled);
                self.0.changed.notify_all();
                return (!cancelled).then(|| Worker(Some(self.clone())));
            }
            state = self.0.changed.wait_timeout(state, POLL_INTERVAL).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// The number of cores.
pub(super) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// A worker of a pool; dropping it gives it back.
pub(super) struct Worker(Option<Pool>);

impl Worker {
    /// For who counts it as free himself.
    fn forget(mut self) {
        self.0 = None;
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(pool) = &self.0 {
            pool.lock().free += 1;
            pool.0.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn the_highest_priority_goes_first_and_equals_take_turns() {
        let pool = Pool::new(1);
        let held = pool.acquire(None, 0, || false).unwrap();
        let (sender, receiver) = mpsc::channel();
        let waiters = [(1, 0, "first"), (2, 0, "second"), (3, 1, "urgent")].map(|(place, priority, name)| {
            let (worker, sender) = (pool.clone(), sender.clone());
            let thread = thread::spawn(move || {
                let worker = worker.acquire(None, priority, || false).unwrap();
                sender.send(name).unwrap();
                drop(worker);
            });
            // Each has its place before the next one comes.
            while !pool.lock().waiting.iter().any(|(_, ticket)| *ticket == place) {
                thread::yield_now();
            }
            thread
        });
        drop(held);
        waiters.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), ["urgent", "first", "second"]);
    }

    #[test]
    fn a_worker_is_kept_until_somebody_comes_before() {
        let pool = Pool::new(1);
        let held = pool.acquire(None, 1, || false);
        let waiter = {
            let pool = pool.clone();
            thread::spawn(move || drop(pool.acquire(None, 0, || false).unwrap()))
        };
        while pool.lock().waiting.is_empty() {
            thread::yield_now();
        }
        // However often: who waits has the lower priority.
        let mut held = (0..100).fold(held, |held, _| {
            let held = pool.acquire(held, 1, || false);
            let state = pool.lock();
            assert_eq!((state.free, state.waiting.len()), (0, 1));
            drop(state);
            held
        });
        // As an equal he takes his turn behind the other.
        held = pool.acquire(held, 0, || false);
        waiter.join().unwrap();
        drop(held);
        assert_eq!(pool.lock().free, 1);
    }

    #[test]
    fn who_is_cancelled_leaves_his_place() {
        let pool = Pool::new(1);
        let held = pool.acquire(None, 0, || false).unwrap();
        assert!(pool.acquire(None, 9, || true).is_none());
        drop(held);
        assert!(pool.acquire(None, 0, || false).is_some());
        assert_eq!(pool.lock().free, 1);
    }
}
