//! The screen of CEA-608, or a window of CEA-708: rows and columns of letters.

use std::collections::BTreeMap;

use super::styled::{Style, StyledText};

/// Rows from the top that are the upper half, where a caption is put if all of it is there.
const UPPER: usize = 7;

/// Letters by row and column, each with its style and the time when it appeared.
#[derive(Debug, Default)]
pub(super) struct Screen(BTreeMap<(usize, usize), (char, Style, i64)>);

impl Screen {
    /// Letters in a row of CEA-608.
    pub(super) const COLUMNS: usize = 32;

    pub(super) fn put(&mut self, place: (usize, usize), (letter, style): (char, Style), time: i64) {
        self.0.insert(place, (letter, style, time));
    }

    pub(super) fn erase(&mut self, place: (usize, usize)) {
        self.0.remove(&place);
    }

    /// Erases a row from a column on.
    pub(super) fn erase_from(&mut self, row: usize, column: usize) {
        self.0.retain(|(other, place), _| *other != row || *place < column);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether there is nothing to read.
    pub(super) fn is_empty(&self) -> bool {
        self.0.values().all(|(letter, ..)| *letter == ' ')
    }

    /// All that is there appears at this time.
    pub(super) fn appear(&mut self, time: i64) {
        self.0.values_mut().for_each(|cell| cell.2 = time);
    }

    /// Erases a row up to a column.
    pub(super) fn erase_up_to(&mut self, row: usize, column: usize) {
        self.0.retain(|(other, place), _| *other != row || *place > column);
    }

    /// Rolls `rows` rows, of which `lowest` is the lowest, up by one.
    pub(super) fn roll(&mut self, lowest: usize, rows: usize) {
        let highest = (lowest + 1).saturating_sub(rows);
        let cells = std::mem::take(&mut self.0).into_iter();
        let kept = cells.filter(|((row, _), _)| (highest + 1..=lowest).contains(row));
        self.0 = kept.map(|((row, column), cell)| ((row - 1, column), cell)).collect();
    }

    /// Moves all rows as far as from one row to another.
    pub(super) fn move_rows(&mut self, from: usize, to: usize) {
        let cells = std::mem::take(&mut self.0).into_iter();
        let moved = cells.filter_map(|((row, column), cell)| Some((((row + to).checked_sub(from)?, column), cell)));
        self.0 = moved.collect();
    }

    /// The text of all letters that appeared at `since` or later; `None` if the screen is empty.
    pub(super) fn text(&self, since: i64) -> Option<StyledText> {
        let is_upper = self.rows(since).all(|row| row < UPPER);
        let mut text = StyledText::at(is_upper.then_some(8));
        self.write(since, &mut text);
        (!self.is_empty()).then_some(text)
    }

    /// The rows of the letters that appeared at `since` or later, ascending, each as often as it has letters.
    pub(super) fn rows(&self, since: i64) -> impl Iterator<Item = usize> {
        self.0.iter().filter(move |(_, (.., time))| *time >= since).map(|((row, _), _)| *row)
    }

    /// Adds all letters that appeared at `since` or later to a text.
    pub(super) fn write(&self, since: i64, text: &mut StyledText) {
        let mut before = None;
        for ((row, column), (letter, style, _)) in self.0.iter().filter(|(_, (.., time))| *time >= since) {
            match before {
                Some((above, _)) if above != *row => text.push('\n', Style::default()),
                Some((_, left)) if left + 1 < *column => text.push(' ', Style::default()),
                _ => {}
            }
            text.push(*letter, *style);
            before = Some((*row, *column));
        }
    }
}
