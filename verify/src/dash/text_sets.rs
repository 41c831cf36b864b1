//! The adaptation sets of captions, which are one file each instead of segments.

use dash_mpd::{AdaptationSet, MPD};

/// Whether it is the set of a file of captions. Text renditions have segments.
pub(crate) fn is_text(set: &AdaptationSet) -> bool {
    set.contentType.as_deref() == Some("text") && set.SegmentTemplate.is_none()
}

/// The adaptation sets of captions.
pub(crate) fn text_sets(mpd: &MPD) -> impl Iterator<Item = &AdaptationSet> {
    mpd.periods.iter().flat_map(|period| &period.adaptations).filter(|set| is_text(set))
}

/// The files that an adaptation set of captions names.
pub(crate) fn files_of(set: &AdaptationSet) -> impl Iterator<Item = &str> {
    let inner = set.representations.iter().flat_map(|representation| &representation.BaseURL);
    set.BaseURL.iter().chain(inner).map(|url| url.base.as_str())
}
