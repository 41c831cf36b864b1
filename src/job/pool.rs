//! Pools of workers that several jobs share.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::base::cores;

/// How often a thread of a job, or one that waits for it, polls whether the job was cancelled: well within the 0.2
/// seconds that [`Job::cancel`](crate::Job::cancel) promises.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Maximum number of workers. Few machines have more cores, and each worker holds decoders and encoders in memory.
pub(super) const MAX_WORKERS: usize = 1024;

/// A number of workers that the jobs of a process share, and so the number of segments that they make at the same time.
/// Clones are the same pool.
///
/// When a worker is done with its segment, the waiting job with the highest [priority](crate::JobOptions::priority)
/// gets it; jobs of the same priority take turns. Segments requested through [`Job::get`](crate::Job::get) are made at
/// once, while a worker of that job pauses.
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
    /// Priorities and tickets of the threads that wait, next first.
    waiting: BTreeSet<(Reverse<i32>, u64)>,
}

impl Pool {
    /// A pool of this many workers; 0 means one for each core, and more than 1024 count as 1024.
    pub fn new(workers: usize) -> Self {
        let workers = if workers == 0 { cores() } else { workers.min(MAX_WORKERS) };
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

    /// Waits for a worker; `None` if cancelled first.
    ///
    /// A worker that the caller still holds is returned at the moment the caller queues up. So it gets that worker
    /// again, unless another thread is ahead in the queue, whichever of them wakes up first.
    pub(super) fn acquire(
        &self,
        held: Option<Worker>,
        priority: i32,
        is_cancelled: impl Fn() -> bool,
    ) -> Option<Worker> {
        let mut state = self.lock();
        if let Some(worker) = held {
            worker.forget();
            state.free += 1;
        }
        let turn = (Reverse(priority), state.next_ticket);
        state.next_ticket += 1;
        state.waiting.insert(turn);
        loop {
            let cancelled = is_cancelled();
            if cancelled || state.free > 0 && state.waiting.first() == Some(&turn) {
                state.waiting.remove(&turn);
                state.free -= usize::from(!cancelled);
                self.0.changed.notify_all();
                return (!cancelled).then(|| Worker(Some(self.clone())));
            }
            state = self.0.changed.wait_timeout(state, POLL_INTERVAL).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// A worker of a pool, returned when dropped.
pub(super) struct Worker(Option<Pool>);

impl Worker {
    /// Drops the worker without returning it, for a caller that counts it as free itself.
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
    use std::thread;

    #[test]
    fn the_highest_priority_goes_first_and_equals_take_turns() {
        let pool = Pool::new(1);
        let held = pool.acquire(None, 0, || false).unwrap();
        let (sender, receiver) = mpsc::channel();
        let waiters = [(1, 0, "first"), (2, 0, "second"), (3, 1, "urgent")].map(|(expected, priority, name)| {
            let (worker, sender) = (pool.clone(), sender.clone());
            let thread = thread::spawn(move || {
                let worker = worker.acquire(None, priority, || false).unwrap();
                sender.send(name).unwrap();
                drop(worker);
            });
            // Each is waiting before the next one starts.
            while !pool.lock().waiting.iter().any(|(_, ticket)| *ticket == expected) {
                thread::yield_now();
            }
            thread
        });
        drop(held);
        waiters.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), ["urgent", "first", "second"]);
    }

    #[test]
    fn a_worker_is_kept_until_another_thread_is_ahead() {
        let pool = Pool::new(1);
        let held = pool.acquire(None, 1, || false);
        let waiter = {
            let pool = pool.clone();
            thread::spawn(move || drop(pool.acquire(None, 0, || false).unwrap()))
        };
        while pool.lock().waiting.is_empty() {
            thread::yield_now();
        }
        // The waiter never gets it, as its priority is lower.
        let mut held = (0..100).fold(held, |held, _| {
            let held = pool.acquire(held, 1, || false);
            let state = pool.lock();
            assert_eq!((state.free, state.waiting.len()), (0, 1));
            drop(state);
            held
        });
        // At the same priority the waiter is ahead.
        held = pool.acquire(held, 0, || false);
        waiter.join().unwrap();
        drop(held);
        assert_eq!(pool.lock().free, 1);
    }

    #[test]
    fn a_cancelled_wait_frees_its_turn() {
        let pool = Pool::new(1);
        let held = pool.acquire(None, 0, || false).unwrap();
        assert!(pool.acquire(None, 9, || true).is_none());
        drop(held);
        assert!(pool.acquire(None, 0, || false).is_some());
        assert_eq!(pool.lock().free, 1);
    }
}
