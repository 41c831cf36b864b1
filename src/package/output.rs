//! A sink that refuses changes after a cancellation, and once the package is no longer the job's own.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::base::{CancelToken, Error, ErrorKind, Result};
use crate::layout::PLAN_KEY;
use crate::sink::{Draft, SharedSink, Target, write_error};

/// How often the job's cancellation is polled while it waits for others.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How often a job looks whether the package is still its own: reading the plan takes little beside a second of
/// encoding, in a remote sink too.
const CLAIM_INTERVAL: Duration = Duration::from_secs(1);

/// How long a file that a job has begun to write may still appear after the job's package was replaced.
const SETTLING_TIME: Duration = Duration::from_millis(500);

/// Maximum size of a `plan.json`. It takes about 400 bytes for a segment of video and audio, so that 30 days in segments
/// of a second have 1 GB, and each further audio track a quarter of that.
const MAX_PLAN_BYTES: u64 = 4 << 30;

/// The sink of a job. Once `stop` is cancelled no change begins any more, and [`is_settled`](Self::is_settled) says
/// when those that were under way are over.
pub(crate) struct Output {
    sink: SharedSink,
    stop: CancelToken,
    /// Locked for reading while a file is written or removed.
    changing: RwLock<()>,
    /// Shared by the files that do not have their names yet.
    staged: Arc<()>,
    claim: OnceLock<Claim>,
}

/// The plan whose package a job makes.
struct Claim {
    json: Bytes,
    since: Instant,
    /// When the sink was last seen to have it.
    checked: Mutex<Instant>,
}

impl Output {
    pub(crate) fn new(sink: SharedSink, stop: CancelToken) -> Self {
        Self { sink, stop, changing: RwLock::new(()), staged: Arc::default(), claim: OnceLock::new() }
    }

    pub(crate) fn name(&self) -> String {
        self.sink.name()
    }

    fn change(&self) -> Result<RwLockReadGuard<'_, ()>> {
        let change = self.changing.read().unwrap_or_else(PoisonError::into_inner);
        self.check()?;
        Ok(change)
    }

    fn check(&self) -> Result<()> {
        if self.stop.is_cancelled() { Err(Error::cancelled()) } else { Ok(()) }
    }

    pub(crate) fn put(&self, key: &str, bytes: impl Into<Bytes>) -> Result<()> {
        let _change = self.change()?;
        self.sink.put(key, bytes.into()).map_err(|cause| write_error(&*self.sink, key, cause))
    }

    /// Remembers the plan that the sink has now. In a sink that cannot be read back, nobody can replace it unseen.
    pub(super) fn claim(&self, json: Bytes) -> Result<()> {
        if self.plan_json()?.is_some() {
            let since = Instant::now();
            self.claim.get_or_init(|| Claim { json, since, checked: Mutex::new(since) });
        }
        Ok(())
    }

    /// Refuses to go on if the sink does not have the claimed plan any more.
    pub(super) fn check_claim(&self) -> Result<()> {
        match self.claim.get() {
            Some(claim) if self.plan_json()?.as_ref() != Some(&claim.json) => Err(self.replaced()),
            _ => Ok(()),
        }
    }

    /// Waits until the job of a package that this one has replaced, if it was still running, has noticed and written its
    /// last file.
    pub(super) fn await_others(&self) -> Result<()> {
        let since = self.claim.get().map(|claim| claim.since);
        while since.is_some_and(|since| since.elapsed() < CLAIM_INTERVAL + SETTLING_TIME) {
            self.check()?;
            thread::sleep(POLL_INTERVAL);
        }
        Ok(())
    }

    /// The error of a job whose package is not its own any more.
    pub(super) fn replaced(&self) -> Error {
        let message = format!(
            "the package in {} was replaced or removed while it was made: run one job at a time there",
            self.name()
        );
        Error::new(ErrorKind::OutputConflict, message)
    }

    /// Puts a segment, if the package is still the job's own.
    pub(crate) fn put_segment(&self, key: &str, bytes: Bytes) -> Result<()> {
        self.check_claim_sometimes()?;
        self.put(key, bytes)
    }

    /// A segment that `write` writes, without its name as yet; `None` for a sink that takes whole files only.
    pub(crate) fn stage(&self, key: &str, write: impl FnOnce(&mut dyn Target) -> Result<()>) -> Result<Option<Staged>> {
        let change = self.change()?;
        let draft = self.sink.draft(key).map_err(|cause| write_error(&*self.sink, key, cause))?;
        let Some(draft) = draft else { return Ok(None) };
        let mut staged = Staged { sink: self.sink.clone(), key: key.to_owned(), draft, _settling: self.staged.clone() };
        drop(change);
        write(&mut staged)?;
        staged.draft.begin_sync();
        Ok(Some(staged))
    }

    /// Gives staged segments their names, once all are on the disk.
    pub(crate) fn publish(&self, staged: Vec<Staged>) -> Result<()> {
        self.check_claim_sometimes()?;
        for file in &staged {
            self.check()?;
            file.draft.sync().map_err(|cause| file.error(cause))?;
        }
        let _change = self.change()?;
        staged.into_iter().try_for_each(Staged::publish)
    }

    /// As [`check_claim`](Self::check_claim), at most once a second.
    fn check_claim_sometimes(&self) -> Result<()> {
        let is_due = self.claim.get().is_some_and(|claim| {
            let mut checked = claim.checked.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = checked.elapsed() >= CLAIM_INTERVAL;
            if is_due {
                *checked = Instant::now();
            }
            is_due
        });
        if is_due { self.check_claim() } else { Ok(()) }
    }

    /// The plan of the package, if there is one.
    pub(super) fn plan_json(&self) -> Result<Option<Bytes>> {
        if self.size(PLAN_KEY)?.is_some_and(|size| size > MAX_PLAN_BYTES) {
            let message = format!("{PLAN_KEY} in {} is too large for a plan: remove it", self.name());
            return Err(Error::new(ErrorKind::InvalidPlan, message));
        }
        self.get(PLAN_KEY)
    }

    /// Puts a file unless there is one; returns whether it was put.
    pub(crate) fn put_new(&self, key: &str, bytes: impl Into<Bytes>) -> Result<bool> {
        let _change = self.change()?;
        self.sink.put_new(key, bytes.into()).map_err(|cause| write_error(&*self.sink, key, cause))
    }

    pub(crate) fn get(&self, key: &str) -> Result<Option<Bytes>> {
        self.sink.get(key).map_err(|cause| {
            Error::new(ErrorKind::SinkWrite, format!("cannot read {key} in {}", self.name())).with_cause(cause)
        })
    }

    /// The size of a file; `None` if it is missing, or empty, which no file of a package is.
    pub(crate) fn size(&self, key: &str) -> Result<Option<u64>> {
        self.check()?;
        let size = self.sink.size(key).map_err(|cause| {
            Error::new(ErrorKind::SinkWrite, format!("cannot look up {key} in {}", self.name())).with_cause(cause)
        })?;
        Ok(size.filter(|size| *size > 0))
    }

    pub(crate) fn remove(&self, key: &str) -> Result<()> {
        let _change = self.change()?;
        self.sink.remove(key).map_err(|cause| write_error(&*self.sink, key, cause))
    }

    /// Whether no file is being changed, and all have names. After the cancellation that stays so.
    pub(crate) fn is_settled(&self) -> bool {
        let is_changing = matches!(self.changing.try_write(), Err(TryLockError::WouldBlock));
        !is_changing && Arc::strong_count(&self.staged) == 1
    }
}

/// A written segment that does not have its name yet.
pub(crate) struct Staged {
    sink: SharedSink,
    key: String,
    draft: Draft,
    _settling: Arc<()>,
}

impl Staged {
    pub(crate) fn len(&self) -> u64 {
        self.draft.len()
    }

    fn error(&self, cause: io::Error) -> Error {
        write_error(&*self.sink, &self.key, cause)
    }

    fn publish(self) -> Result<()> {
        let Self { sink, key, draft, .. } = self;
        draft.publish().map_err(|cause| write_error(&*sink, &key, cause))
    }
}

impl Target for Staged {
    fn begin(&mut self, _len: usize) -> Result<()> {
        self.draft.clear().map_err(|cause| self.error(cause))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.draft.write(bytes).map_err(|cause| self.error(cause))
    }
}
