//! Chapters of the part of the source that is made.

use super::names::one_line;
use crate::base::Rational;
use crate::media::Chapter;
use crate::plan::{MAX_CHAPTERS, MAX_TITLE_BYTES};

/// The chapters as they are in a presentation of this duration that begins at `origin`. What is left of one that is cut
/// stays.
pub(super) fn chapters(of_source: &[Chapter], origin: Rational, duration: Rational) -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = of_source
        .iter()
        .map(|chapter| {
            let (start, end) = (chapter.start - origin, chapter.end - origin);
            Chapter::new(start.max(Rational::ZERO), end.min(duration), chapter.title.as_deref().and_then(printable))
        })
        .filter(|chapter| chapter.start < chapter.end)
        .take(MAX_CHAPTERS)
        .collect();
    chapters.sort_by_key(|chapter| chapter.start);
    chapters
}

fn printable(title: &str) -> Option<String> {
    let mut kept = String::new();
    for character in one_line(title).chars() {
        if kept.len() + character.len_utf8() > MAX_TITLE_BYTES {
            break;
        }
        kept.push(character);
    }
    (!kept.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_chapter_stays() {
        let at = |start: i64, end: i64, title: &str| Chapter::new(start.into(), end.into(), Some(title.into()));
        let source = [at(0, 10, "One"), at(10, 20, "Two\n\u{7}"), at(20, 30, &"é".repeat(300)), at(30, 40, "Four")];
        let found = chapters(&source, 5.into(), 20.into());
        let expected = [at(0, 5, "One"), at(5, 15, "Two"), at(15, 20, &"é".repeat(250))];
        assert_eq!(found, expected);
    }
}
