//! Which parts of a remote file are being fetched, so that nothing is fetched twice and few requests run at once.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::base::{Error, Result};

/// Requests at once at most: one thread reads on while another reads elsewhere, as planning and the digest of both ends do. Servers
/// take that from every browser.
pub(super) const MAX_REQUESTS: usize = 2;

/// The runs of blocks that are being fetched.
#[derive(Default)]
pub(super) struct Fetching {
    runs: Mutex<Runs>,
}

#[derive(Default)]
struct Runs {
    under_way: Vec<Range<u64>>,
    /// When and why fetching failed last: threads that were waiting then fail with it too, instead of spending the time
    /// limit once each.
    last_failure: Option<(Instant, Error)>,
}

/// A run that is being fetched until this is dropped.
pub(super) struct Run<'reader> {
    fetching: &'reader Fetching,
    pub(super) blocks: Range<u64>,
}

impl Fetching {
    fn runs(&self) -> MutexGuard<'_, Runs> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to fetch the run around `block` that `choose` says, without what is being fetched already; `None` if the block
    /// is, or if there are requests enough.
    ///
    /// # Errors
    /// What has failed since `arrived`.
    pub(super) fn begin(
        &self,
        block: u64,
        arrived: Instant,
        choose: impl FnOnce() -> Range<u64>,
    ) -> Result<Option<Run<'_>>> {
        let mut runs = self.runs();
        if let Some((_, error)) = runs.last_failure.as_ref().filter(|(when, _)| *when > arrived) {
            return Err(error.clone());
        }
        let others = &runs.under_way;
        if others.len() >= MAX_REQUESTS || others.iter().any(|run| run.contains(&block)) {
            return Ok(None);
        }
        let chosen = choose();
        let before = others.iter().map(|run| run.end).filter(|end| *end <= block).max();
        let after = others.iter().map(|run| run.start).filter(|start| *start > block).min();
        let start = chosen.start.max(before.unwrap_or(0));
        let blocks = start..chosen.end.min(after.unwrap_or(u64::MAX));
        runs.under_way.push(blocks.clone());
        Ok(Some(Run { fetching: self, blocks }))
    }

    /// Says that a run could not be fetched.
    pub(super) fn fail(&self, error: &Error) {
        self.runs().last_failure = Some((Instant::now(), error.clone()));
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        let mut runs = self.fetching.runs();
        if let Some(place) = runs.under_way.iter().position(|run| *run == self.blocks) {
            runs.under_way.swap_remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ErrorKind;

    #[test]
    fn nothing_is_fetched_twice_at_once() {
        let fetching = Fetching::default();
        let begin = |block: u64, run: Range<u64>| {
            fetching.begin(block, Instant::now(), || run).unwrap().map(|run| (run.blocks.clone(), run))
        };
        let (blocks, first) = begin(4, 3..10).unwrap();
        assert_eq!(blocks, 3..10);
        assert!(begin(9, 9..12).is_none(), "it is on its way");
        let (blocks, second) = begin(12, 8..14).unwrap();
        assert_eq!(blocks, 10..14, "without what is on its way");
        assert!(begin(20, 20..21).is_none(), "two are enough");
        drop(second);
        assert_eq!(begin(1, 0..5).unwrap().0, 0..3);
        drop(first);
        assert_eq!(begin(4, 4..5).unwrap().0, 4..5, "it has come");
    }

    #[test]
    fn who_waited_fails_with_who_tried() {
        let (fetching, before) = (Fetching::default(), Instant::now());
        fetching.fail(&Error::new(ErrorKind::SourceRead, "no answer"));
        let begin = |arrived| fetching.begin(0, arrived, || 0..1).map(|run| run.is_some());
        assert_eq!(begin(before).unwrap_err().to_string(), "no answer");
        assert!(begin(Instant::now()).unwrap());
    }
}
