//! Where data of a source could not be decoded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::rational::Rational;

/// Moments of a track that are kept, the earliest: what is damaged all along cannot fill memory, or a package.
pub(crate) const MAX_MOMENTS: usize = 10_000;

/// Microseconds at which a track's data could not be decoded whole, by the track's position.
pub(crate) type Moments = BTreeMap<u32, BTreeSet<i64>>;

/// The moments of each track at which its data could not be decoded whole. Clones share them.
///
/// A moment counts once, however many segments and threads come across it: so what a job finds does not depend on who
/// makes what.
#[derive(Debug, Clone, Default)]
pub(crate) struct Damage(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    moments: Moments,
    /// How often they have changed.
    changes: u64,
}

impl Damage {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a packet or frame of a track by its time in seconds.
    pub(crate) fn note(&self, track: u32, time: Rational) {
        self.add(track, Rational::new(1, 1_000_000).ticks(time));
    }

    /// Notes a moment in microseconds.
    pub(crate) fn add(&self, track: u32, moment: i64) {
        let mut state = self.lock();
        let moments = state.moments.entry(track).or_default();
        let is_new = moments.insert(moment);
        let is_left = moments.len() <= MAX_MOMENTS || moments.pop_last() != Some(moment);
        state.changes += u64::from(is_new && is_left);
    }

    /// The moments, and how often they have changed, if that is more often than `known`.
    pub(crate) fn since(&self, known: u64) -> Option<(Moments, u64)> {
        let state = self.lock();
        (state.changes > known).then(|| (state.moments.clone(), state.changes))
    }

    /// Number of tracks that have any.
    pub(crate) fn tracks(&self) -> usize {
        self.lock().moments.len()
    }

    /// For each track that has any, how many and the first in seconds.
    pub(crate) fn summary(&self) -> Vec<(u32, usize, f64)> {
        let first = |moments: &BTreeSet<i64>| moments.first().map_or(0.0, |first| *first as f64 / 1e6);
        self.lock().moments.iter().map(|(track, moments)| (*track, moments.len(), first(moments))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_moments_are_kept_in_whatever_order_they_come() {
        let last = MAX_MOMENTS as i64;
        let found = |moments: &mut dyn Iterator<Item = i64>| {
            let damage = Damage::default();
            moments.for_each(|moment| damage.add(1, moment));
            damage.since(0).unwrap().0
        };
        let kept = found(&mut (0..last + 100));
        assert_eq!(kept, found(&mut (0..last + 100).rev()));
        assert_eq!((kept[&1].len(), kept[&1].last()), (MAX_MOMENTS, Some(&(last - 1))));
    }

    #[test]
    fn what_is_known_is_no_change() {
        let damage = Damage::default();
        assert!(damage.since(0).is_none());
        damage.note(0, Rational::from(2));
        let (moments, changes) = damage.since(0).unwrap();
        assert_eq!(moments[&0].first(), Some(&2_000_000));
        damage.note(0, Rational::from(2));
        assert!(damage.since(changes).is_none());
    }
}
