//! Where data of a source could not be decoded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::rational::Rational;

/// The moments of each track at which its data could not be decoded whole. Clones share them.
///
/// A moment counts once, however many segments and threads come across it: so what a job finds does not depend on who
/// makes what.
#[derive(Debug, Clone, Default)]
pub(crate) struct Damage(Arc<Mutex<BTreeMap<u32, BTreeSet<i64>>>>);

impl Damage {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, BTreeSet<i64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a packet or frame of a track by its time in seconds.
    pub(crate) fn note(&self, track: u32, time: Rational) {
        self.lock().entry(track).or_default().insert(Rational::new(1, 1_000_000).ticks(time));
    }

    /// Number of tracks that have any.
    pub(crate) fn tracks(&self) -> usize {
        self.lock().len()
    }

    /// For each track that has any, how many and the first in seconds.
    pub(crate) fn summary(&self) -> Vec<(u32, usize, f64)> {
        let first = |moments: &BTreeSet<i64>| moments.first().map_or(0.0, |first| *first as f64 / 1e6);
        self.lock().iter().map(|(track, moments)| (*track, moments.len(), first(moments))).collect()
    }
}
