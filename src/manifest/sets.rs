//! What adaptation sets of all kinds share.

use dash_mpd::S;

/// The scheme of roles (ISO/IEC 23009-1 5.8.5.5).
pub(super) const ROLES: &str = "urn:mpeg:dash:role:2011";

/// One entry for each run of equal durations.
pub(super) fn timeline(durations: &[u64]) -> Vec<S> {
    let mut entries: Vec<S> = Vec::new();
    for &duration in durations {
        match entries.last_mut().filter(|entry| entry.d == duration) {
            Some(entry) => entry.r = Some(entry.r.unwrap_or(0) + 1),
            None => entries.push(S { t: entries.is_empty().then_some(0), d: duration, ..Default::default() }),
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_durations_become_one_entry() {
        let entries = timeline(&[4, 4, 4, 2]);
        let short: Vec<_> = entries.iter().map(|entry| (entry.t, entry.d, entry.r)).collect();
        assert_eq!(short, [(Some(0), 4, Some(2)), (None, 2, None)]);
    }
}
