//! Checks of the chapters of a plan.

use crate::base::Rational;
use crate::media::Chapter;

/// Maximum number of chapters in a plan.
pub(crate) const MAX_CHAPTERS: usize = 1000;
/// Maximum size of a chapter's title in bytes.
pub(crate) const MAX_TITLE_BYTES: usize = 500;

/// Checks that chapters begin one after the other, within the presentation.
pub(super) fn check_chapters(chapters: &[Chapter], duration: Rational) -> Result<(), String> {
    if chapters.len() > MAX_CHAPTERS {
        return Err(format!("it has {} chapters, more than {MAX_CHAPTERS}", chapters.len()));
    }
    let is_good = |chapter: &Chapter| {
        let title = chapter.title.as_deref().unwrap_or_default();
        let printable = title.len() <= MAX_TITLE_BYTES && !title.chars().any(char::is_control);
        printable && chapter.start >= Rational::ZERO && chapter.start < chapter.end && chapter.end <= duration
    };
    if chapters.iter().all(is_good) && chapters.is_sorted_by_key(|chapter| chapter.start) {
        return Ok(());
    }
    Err("its chapters are out of order or out of range".into())
}
