//! Which of the choices that players have a bandwidth carries.

use std::collections::{BTreeMap, BTreeSet};

/// For each choice, by its kind and the rate of all that is then played, whether it stays: if `bandwidth` carries it, and
/// in any case if it is the lowest of its kind, as a player may know no other kind. Without a kind it is never needed.
pub(super) fn staying<Kind: Ord>(choices: &[(Option<Kind>, u64)], bandwidth: u64) -> Vec<bool> {
    let mut lowest = BTreeMap::new();
    for (kind, rate) in choices.iter().filter_map(|(kind, rate)| Some((kind.as_ref()?, *rate))) {
        lowest.entry(kind).and_modify(|lowest: &mut u64| *lowest = rate.min(*lowest)).or_insert(rate);
    }
    let is_lowest = |kind: &Option<Kind>, rate| kind.as_ref().is_some_and(|kind| lowest.get(kind) == Some(rate));
    choices.iter().map(|(kind, rate)| *rate <= bandwidth || is_lowest(kind, rate)).collect()
}

/// The codecs of a list such as `avc1.640028,mp4a.40.2`, whatever their profiles and levels.
pub(super) fn codecs(list: &str) -> BTreeSet<&str> {
    list.split(',').map(|codec| codec.trim().split('.').next().unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_of_each_kind_stays() {
        let choices = [(Some("a"), 3), (Some("a"), 5), (Some("b"), 9), (None, 9), (Some("a"), 3), (None, 4)];
        assert_eq!(staying(&choices, 4), [true, false, true, false, true, true]);
        assert_eq!(staying(&choices, 0), [true, false, true, false, true, false]);
        assert_eq!(staying(&choices, u64::MAX), [true; 6]);
        assert!(staying::<()>(&[], 0).is_empty());
    }

    #[test]
    fn codecs_are_known_by_their_first_parts() {
        assert_eq!(codecs("mp4a.40.2, avc1.640028"), codecs("avc1.42c00b,mp4a.40.5"));
        assert_ne!(codecs("avc1.640028"), codecs("avc1.640028,mp4a.40.2"));
    }
}
