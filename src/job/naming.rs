//! Copied segments that do not have their names yet.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::pool::POLL_INTERVAL;
use crate::base::{CancelToken, Error, Result};
use crate::package::Staged;

/// Maximum number of files without names. Each is open.
const MAX_FILES: usize = 64;
/// Bytes of files without names beyond which no more are begun. A cancelled or killed job loses them.
const MAX_BYTES: u64 = 64 << 20;

/// A written segment, with the position of its rendition in the plan and its index.
pub(super) type Copied = ((usize, u32), Staged);

/// Segments on their way from the workers that copy them to the thread that names them.
#[derive(Default)]
pub(super) struct Naming {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<Copied>,
    /// Files and bytes that wait or are being named.
    files: usize,
    bytes: u64,
    closing: bool,
}

impl Naming {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, POLL_INTERVAL).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Hands over a segment; waits while there are too many.
    pub(super) fn add(&self, copied: Copied, stop: &CancelToken) -> Result<()> {
        let mut state = self.lock();
        while !stop.is_cancelled() && (state.files >= MAX_FILES || state.bytes >= MAX_BYTES) {
            state = self.wait(state);
        }
        if stop.is_cancelled() {
            return Err(Error::cancelled());
        }
        state.files += 1;
        state.bytes += copied.1.len();
        state.waiting.push(copied);
        self.changed.notify_all();
        Ok(())
    }

    /// The segments that wait, once there are any; `None` if there will be no more.
    pub(super) fn take(&self, stop: &CancelToken) -> Result<Option<Vec<Copied>>> {
        let mut state = self.lock();
        loop {
            if stop.is_cancelled() {
                return Err(Error::cancelled());
            }
            if !state.waiting.is_empty() {
                return Ok(Some(std::mem::take(&mut state.waiting)));
            }
            if state.closing {
                return Ok(None);
            }
            state = self.wait(state);
        }
    }

    /// Makes room for as many others.
    pub(super) fn done(&self, files: usize, bytes: u64) {
        let mut state = self.lock();
        state.files -= files;
        state.bytes -= bytes;
        self.changed.notify_all();
    }

    /// Deletes the segments that wait.
    pub(super) fn clear(&self) {
        *self.lock() = State::default();
    }

    /// Lets the thread that names segments end, once no more wait.
    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.changed.notify_all();
    }
}
