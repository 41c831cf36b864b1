//! Since when a screen shows what it shows, and what was to be read on it until something else was.

use super::styled::StyledText;
use crate::plan::{CAPTION_CUE, LONGEST_CAPTION};

/// Milliseconds after a new line up to which its first letter belongs to it.
const SOON: i64 = 500;
/// Milliseconds that letters may have been there when what is shown changes around them: what came earlier lies before what is read
/// for the segment after it.
const LONGEST_LETTER: i64 = 16_000;

/// What stands on the screen for a while.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Caption {
    /// Milliseconds.
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) text: StyledText,
}

#[derive(Debug, Default)]
pub(super) struct Standing {
    /// Milliseconds.
    since: i64,
    /// When letters came onto the screen last, if some did since then.
    typed: Option<i64>,
}

impl Standing {
    /// Something else is shown from now on; gives what was shown until then. `text` has the letters that appeared at a time or
    /// later; `None` if there is nothing to read.
    pub(super) fn turn(&mut self, time: i64, text: impl FnOnce(i64) -> Option<StyledText>) -> Option<Caption> {
        let start = std::mem::replace(&mut self.since, time);
        self.typed = None;
        let end = time.min(start.saturating_add(LONGEST_CAPTION));
        let text = (start < end).then(|| text(start.saturating_sub(LONGEST_LETTER))).flatten();
        text.map(|text| Caption { start, end, text })
    }

    /// The next letters are in another row: they belong to what stands there if they come at once with it.
    pub(super) fn pause(&mut self) {
        self.typed = None;
    }

    /// Letters are about to come: what stood on the screen without them is a caption of its own, if it stood there long.
    pub(super) fn typing(
        &mut self,
        time: i64,
        text: impl FnOnce(i64) -> Option<StyledText>,
        is_empty: impl FnOnce() -> bool,
    ) -> Option<Caption> {
        if self.typed == Some(time) {
            return None;
        }
        let stood = time.saturating_sub(self.since);
        let is_long = stood >= CAPTION_CUE || (self.typed.is_none() && stood > SOON);
        let caption = if stood != 0 && (is_long || is_empty()) { self.turn(time, text) } else { None };
        self.typed = Some(time);
        caption
    }
}
