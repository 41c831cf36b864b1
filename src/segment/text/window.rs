//! A window of CEA-708 (CTA-708-E 8): letters in rows and columns, where they stand, and how the next ones look.

use super::screen::Screen;
use super::styled::Style;

/// What a row number and a column number can be, in four and six bits.
const LAST_ROW: usize = 15;
const LAST_COLUMN: usize = 63;
/// Hundredths of the picture's height that are the upper part, where a caption is put if all of it is there: as of CEA-608.
const UPPER: i32 = 46;
/// The tag of text that is not for display.
const NOT_SHOWN: u8 = 15;

/// What DefineWindow says of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    rows: usize,
    columns: u8,
    /// Hundredths of the picture's height, and of its width.
    vertical: i32,
    horizontal: i32,
    /// Which point of the window is there, in rows of three.
    anchor: u8,
}

#[derive(Debug)]
pub(super) struct Window {
    pub(super) letters: Screen,
    pub(super) is_visible: bool,
    shape: Shape,
    row: usize,
    column: usize,
    style: Style,
    is_shown: bool,
}

impl Window {
    /// A new one, by the parameters of DefineWindow.
    pub(super) fn new(parameters: [u8; 6]) -> Self {
        let shape = Shape::read(parameters);
        let (letters, is_visible) = (Screen::default(), is_visible(parameters));
        Self { letters, is_visible, shape, row: 0, column: 0, style: Style::default(), is_shown: true }
    }

    /// One whose definition came before what was read: three rows below, into the lowest of which letters come.
    pub(super) fn unknown() -> Self {
        Self { row: 2, ..Self::new([0x20, 0x80 | 99, 50, 0x72, 31, 0]) }
    }

    /// Whether there is something to read on the screen.
    pub(super) fn is_read(&self) -> bool {
        self.is_visible && !self.letters.is_empty()
    }

    /// Whether DefineWindow changes what is to be read of the window, or where.
    pub(super) fn is_changed_by(&self, parameters: [u8; 6]) -> bool {
        let is_moved = self.shape != Shape::read(parameters) && self.is_visible;
        !self.letters.is_empty() && (is_moved || self.is_visible != is_visible(parameters))
    }

    /// Defines the window once more. Its letters stay where its size does; encoders that use one window for captions of
    /// different sizes begin anew with each.
    pub(super) fn define(&mut self, parameters: [u8; 6], time: i64) {
        let shape = Shape::read(parameters);
        if (shape.rows, shape.columns) != (self.shape.rows, self.shape.columns) {
            self.letters.clear();
        }
        if parameters[5] & 7 != 0 {
            self.style = Style::default();
        }
        self.shape = shape;
        self.show(is_visible(parameters), time);
    }

    pub(super) fn show(&mut self, is_visible: bool, time: i64) {
        if is_visible && !self.is_visible {
            self.letters.appear(time);
        }
        self.is_visible = is_visible;
    }

    /// SetPenAttributes: of colours, sizes and fonts nothing is kept.
    pub(super) fn set_pen(&mut self, [first, second, ..]: [u8; 6]) {
        self.is_shown = first >> 4 != NOT_SHOWN;
        self.style = Style { italic: second & 0x80 != 0, underline: second & 0x40 != 0, bold: false };
    }

    /// SetPenLocation.
    pub(super) fn move_pen(&mut self, [row, column, ..]: [u8; 6]) {
        (self.row, self.column) = (usize::from(row & 0x0f), usize::from(column & 0x3f));
    }

    pub(super) fn put(&mut self, letter: char, time: i64) {
        if !self.is_shown {
            return;
        }
        let letter = if letter == '\u{a0}' { ' ' } else { letter };
        // A row that is longer than was said is not cut off.
        self.letters.put((self.row, self.column.min(LAST_COLUMN)), (letter, self.style), time);
        self.column = self.column.min(LAST_COLUMN) + 1;
    }

    pub(super) fn back(&mut self) {
        self.column = self.column.saturating_sub(1);
        self.letters.erase((self.row, self.column));
    }

    /// Whether a new row lets the others roll up.
    pub(super) fn is_full(&self) -> bool {
        self.row + 1 >= self.shape.rows
    }

    /// A new row.
    pub(super) fn new_row(&mut self) {
        if self.is_full() {
            let lowest = self.row.min(LAST_ROW);
            self.letters.roll(lowest, lowest + 1);
        } else {
            self.row += 1;
        }
        self.column = 0;
    }

    pub(super) fn erase_row(&mut self) {
        self.letters.erase_up_to(self.row, self.column);
        self.column = 0;
    }

    /// FormFeed.
    pub(super) fn begin_anew(&mut self) {
        self.letters.clear();
        (self.row, self.column) = (0, 0);
    }

    /// Hundredths of the picture's height above the window, and of its width beside it: what stands higher is read first.
    pub(super) fn place(&self) -> (i32, i32) {
        (self.shape.top(), self.shape.horizontal)
    }

    /// Whether all that appeared at `since` or later is in the upper half.
    pub(super) fn is_upper(&self, since: i64) -> bool {
        let below = |row: usize| self.shape.top() + hundredths(row + 1);
        self.letters.rows(since).last().is_none_or(|row| below(row) <= UPPER)
    }
}

impl Shape {
    fn read([_, vertical, horizontal, size, columns, _]: [u8; 6]) -> Self {
        let is_relative = vertical & 0x80 != 0;
        let (vertical, horizontal) = (i32::from(vertical & 0x7f), i32::from(horizontal));
        // Absolute places are on a grid of 75 by 210.
        let place = if is_relative { (vertical, horizontal) } else { (vertical * 100 / 75, horizontal * 100 / 210) };
        let (rows, columns) = (usize::from(size & 0x0f) + 1, columns & 0x3f);
        Self { rows, columns, vertical: place.0, horizontal: place.1, anchor: size >> 4 }
    }

    /// Hundredths of the picture's height above it.
    fn top(self) -> i32 {
        let height = hundredths(self.rows);
        self.vertical
            - match self.anchor {
                0..=2 => 0,
                3..=5 => height / 2,
                _ => height,
            }
    }
}

fn is_visible(parameters: [u8; 6]) -> bool {
    parameters[0] & 0x20 != 0
}

/// Hundredths of the picture's height that rows have, of which there are fifteen.
fn hundredths(rows: usize) -> i32 {
    rows as i32 * 100 / 15
}
