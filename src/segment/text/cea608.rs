//! Closed captions by CEA-608 (47 CFR 15.119): the codes of one channel to what is on the screen, and from when to when.

use super::screen::Screen;
use super::standing::{Caption, Standing};
use super::styled::Style;
use crate::media::CaptionChannel;

/// The lowest row, from 0.
const LOWEST: usize = 14;
/// Rows of captions that roll up where it is not known how many they should be.
const USUAL_ROWS: usize = 3;
/// Rows by the code of their address, those of the two halves of its second byte (table in 15.119 (f)(1)(i)).
const ROWS: [[usize; 2]; 8] = [[10, 10], [0, 1], [2, 3], [11, 12], [13, 14], [4, 5], [6, 7], [8, 9]];

/// How letters come onto the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Not known yet.
    Unknown,
    /// On a screen of their own: they are no captions.
    Text,
    /// Unseen, and all at once.
    PopOn,
    /// In the lowest of so many rows.
    RollUp(usize),
    /// One by one.
    PaintOn,
}

/// Decodes one channel.
pub(super) struct Decoder {
    field: u8,
    is_second: bool,
    /// Whether letters belong to this channel.
    is_own: bool,
    /// The last code, which may be sent once more.
    code: Option<[u8; 2]>,
    mode: Mode,
    row: usize,
    column: usize,
    style: Style,
    shown: Screen,
    hidden: Screen,
    standing: Standing,
}

impl Decoder {
    /// `None` for a channel that is not of CEA-608.
    pub(super) fn of(channel: CaptionChannel) -> Option<Self> {
        let (field, is_second) = channel.place()?;
        let (shown, hidden) = Default::default();
        let (mode, row, style) = (Mode::Unknown, LOWEST, Style::default());
        let state = Self {
            field,
            is_second,
            is_own: false,
            code: None,
            mode,
            row,
            column: 0,
            style,
            shown,
            hidden,
            standing: Standing::default(),
        };
        Some(state)
    }

    /// Takes what a picture has at its time in milliseconds; gives what was shown until then, if that ends.
    pub(super) fn push(&mut self, time: i64, (field, pair): (u8, [u8; 2])) -> Option<Caption> {
        // A byte of even parity is damaged.
        if field != self.field || pair.iter().any(|byte| byte.count_ones() % 2 == 0) {
            return None;
        }
        let [high, low] = pair.map(|byte| byte & 0x7f);
        let is_repeated = self.code.take() == Some([high, low]);
        match high {
            // Data about the programme, up to the next code.
            0x01..=0x0f => self.is_own = false,
            0x10..=0x1f if is_repeated => {}
            0x10..=0x1f => {
                self.code = Some([high, low]);
                self.is_own = (high & 8 != 0) == self.is_second;
                return if self.is_own { self.control(time, high & !8, low) } else { None };
            }
            _ if self.is_own => {
                let caption = self.typing(time);
                let letters = [high, low].into_iter().filter(|byte| *byte >= 0x20);
                letters.for_each(|byte| self.put(time, letter(byte)));
                return caption;
            }
            _ => {}
        }
        None
    }

    /// What is shown at the end.
    pub(super) fn finish(mut self) -> Option<Caption> {
        self.turn(i64::MAX)
    }

    fn control(&mut self, time: i64, high: u8, low: u8) -> Option<Caption> {
        match (high, low) {
            (0x14 | 0x15, 0x20..=0x2f) => return self.command(time, low),
            (0x17, 0x21..=0x23) => self.column = (self.column + usize::from(low & 3)).min(Screen::COLUMNS - 1),
            (0x11, 0x20..=0x2f) => {
                let caption = self.typing(time);
                self.put(time, ' ');
                self.style = Style { italic: low & 0xe == 0xe, underline: low & 1 != 0, bold: false };
                return caption;
            }
            (0x11, 0x30..=0x3f) => {
                let caption = self.typing(time);
                self.put(time, from(SPECIAL, low - 0x30));
                return caption;
            }
            (0x12 | 0x13, 0x20..=0x3f) => {
                // Before it stands a letter that looks like it, for receivers that do not know it.
                let caption = self.typing(time);
                self.back();
                self.put(time, from(if high == 0x12 { WESTERN } else { NORTHERN }, low - 0x20));
                return caption;
            }
            (_, 0x40..) => return self.address(time, high, low),
            _ => {}
        }
        None
    }

    /// A preamble address code: where the next letters stand, and how they look.
    fn address(&mut self, time: i64, high: u8, low: u8) -> Option<Caption> {
        let half = usize::from(low >> 5 & 1);
        let row = ROWS.get(usize::from(high & 7)).and_then(|rows| rows.get(half)).copied().unwrap_or(LOWEST);
        let (indent, attribute) = (low & 0x10 != 0, usize::from(low >> 1 & 7));
        self.column = if indent { attribute * 4 } else { 0 };
        self.style = Style { italic: !indent && attribute == 7, underline: low & 1 != 0, bold: false };
        let from = std::mem::replace(&mut self.row, row);
        match self.mode {
            Mode::RollUp(_) if from != row => {
                let caption = self.turn(time);
                self.shown.move_rows(from, row);
                caption
            }
            _ => None,
        }
    }

    fn command(&mut self, time: i64, low: u8) -> Option<Caption> {
        match low {
            0x20 => self.mode = Mode::PopOn,
            0x21 => self.back(),
            0x24 => {
                let (row, column) = (self.row, self.column);
                self.target().erase_from(row, column);
            }
            0x25..=0x27 => return self.roll_up(time, usize::from(low - 0x23)),
            0x29 => self.mode = Mode::PaintOn,
            0x2a | 0x2b => self.mode = Mode::Text,
            0x2c => {
                let caption = self.turn(time);
                self.shown.clear();
                return caption;
            }
            0x2d => return self.new_line(time),
            0x2e => self.hidden.clear(),
            0x2f => {
                let caption = self.turn(time);
                std::mem::swap(&mut self.shown, &mut self.hidden);
                self.shown.appear(time);
                self.mode = Mode::PopOn;
                return caption;
            }
            _ => {}
        }
        None
    }

    fn roll_up(&mut self, time: i64, rows: usize) -> Option<Caption> {
        let before = std::mem::replace(&mut self.mode, Mode::RollUp(rows));
        if matches!(before, Mode::RollUp(_)) {
            return None;
        }
        let caption = self.turn(time);
        self.shown.clear();
        self.hidden.clear();
        (self.row, self.column) = (LOWEST, 0);
        caption
    }

    fn new_line(&mut self, time: i64) -> Option<Caption> {
        let rows = match self.mode {
            Mode::RollUp(rows) => rows,
            // Only captions that roll up have it: those that began before what was read.
            Mode::Unknown => USUAL_ROWS,
            _ => return None,
        };
        self.mode = Mode::RollUp(rows);
        let caption = self.turn(time);
        self.shown.roll(self.row, rows);
        self.column = 0;
        caption
    }

    /// Letters are about to come: what stood on the screen without them may be a caption of its own.
    fn typing(&mut self, time: i64) -> Option<Caption> {
        if !matches!(self.mode, Mode::RollUp(_) | Mode::PaintOn) {
            return None;
        }
        self.standing.typing(time, |since| self.shown.text(since), || self.shown.is_empty())
    }

    /// Something else is shown from now on; gives what was shown until then.
    fn turn(&mut self, time: i64) -> Option<Caption> {
        self.standing.turn(time, |since| self.shown.text(since))
    }

    fn target(&mut self) -> &mut Screen {
        if self.mode == Mode::PopOn { &mut self.hidden } else { &mut self.shown }
    }

    fn put(&mut self, time: i64, letter: char) {
        if matches!(self.mode, Mode::Unknown | Mode::Text) {
            return;
        }
        let (row, column, style) = (self.row, self.column.min(Screen::COLUMNS - 1), self.style);
        self.target().put((row, column), (letter, style), time);
        self.column = column + 1;
    }

    fn back(&mut self) {
        self.column = self.column.saturating_sub(1);
        let place = (self.row, self.column);
        if !matches!(self.mode, Mode::Unknown | Mode::Text) {
            self.target().erase(place);
        }
    }
}

/// What is not as in ASCII.
fn letter(byte: u8) -> char {
    match byte {
        0x2a => 'á',
        0x5c => 'é',
        0x5e => 'í',
        0x5f => 'ó',
        0x60 => 'ú',
        0x7b => 'ç',
        0x7c => '÷',
        0x7d => 'Ñ',
        0x7e => 'ñ',
        0x7f => '█',
        _ => char::from(byte),
    }
}

const SPECIAL: &str = "®°½¿™¢£♪à èâêîôû";
const WESTERN: &str = "ÁÉÓÚÜü‘¡*'—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»";
const NORTHERN: &str = "ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤¦ÅåØø┌┐└┘";

fn from(letters: &str, number: u8) -> char {
    letters.chars().nth(number.into()).unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::super::styled::StyledText;
    use super::*;
    use crate::plan::LONGEST_CAPTION;
    use proptest::prelude::*;

    fn odd(byte: u8) -> u8 {
        if byte.count_ones().is_multiple_of(2) { byte | 0x80 } else { byte }
    }

    /// What is shown of pairs that come every 100 milliseconds, in WebVTT.
    fn shown(pairs: &[[u8; 2]]) -> Vec<(i64, i64, String)> {
        let mut decoder = Decoder::of(CaptionChannel::Cc1).unwrap();
        let mut captions = Vec::new();
        for (place, pair) in (0..).zip(pairs).filter(|(_, pair)| **pair != [0, 0]) {
            captions.extend(decoder.push(place * 100, (0, pair.map(odd))));
        }
        captions.extend(decoder.finish());
        let webvtt = |text: &StyledText| format!("{}{}", text.to_webvtt().unwrap_or_default(), text.settings());
        captions.iter().map(|caption| (caption.start, caption.end, webvtt(&caption.text))).collect()
    }

    fn only(pairs: &[[u8; 2]]) -> String {
        let shown = shown(&[&[[0x14, 0x20], [0x14, 0x70]][..], pairs, &[[0x14, 0x2f]]].concat());
        assert_eq!(shown.len(), 1, "{shown:?}");
        shown.into_iter().map(|(.., text)| text).collect()
    }

    #[test]
    fn letters_that_ascii_does_not_have() {
        assert_eq!(only(&[[0x2a, 0x5c], [0x11, 0x37], [0x11, 0x38], [0x7e, 0]]), "áé♪àñ");
        // A letter of the extended sets takes the place of the one before it.
        assert_eq!(only(&[*b"AE", [0x12, 0x35], *b"!o", [0x13, 0x33]]), "AË!ö");
        let sets = [SPECIAL, WESTERN, NORTHERN].map(|letters| letters.chars().count());
        assert_eq!(sets, [16, 32, 32]);
    }

    #[test]
    fn codes_move_erase_and_style() {
        assert_eq!(only(&[*b"AB", [0x14, 0x21], *b"CD"]), "ACD");
        assert_eq!(only(&[*b"AB", [0x14, 0x21], [0, 0], [0x14, 0x21], *b"CD"]), "ACD");
        assert_eq!(only(&[*b"AB", [0x14, 0x72], *b"CD"]), "AB CD");
        assert_eq!(only(&[*b"AB", [0x14, 0x72], *b"CD", [0x14, 0x72], [0x14, 0x24]]), "AB");
        assert_eq!(only(&[*b"A ", [0x17, 0x22], *b"B "]), "A  B");
        assert_eq!(only(&[*b"A\0", [0x11, 0x2e], *b"B\0", [0x11, 0x20], *b"C\0"]), "A <i>B </i>C");
        assert_eq!(only(&[[0x15, 0x4f], *b"UP"]), "<i><u>UP</u></i> line:0");
        assert_eq!(only(&[[0x14, 0x2e], *b"A ", [0x14, 0x2e], *b"B "]), "B");
    }

    #[test]
    fn what_others_are_for_is_left_aside() {
        // The second channel, data about the programme, text on a screen of its own, damage.
        assert_eq!(only(&[*b"A ", [0x1c, 0x70], *b"no", [0x14, 0x71], *b"B "]), "<u>B</u>");
        assert_eq!(only(&[*b"A ", [0x01, 0x03], *b"no", [0x0f, 0x20], [0x14, 0x76], *b"B "]), "A  B");
        assert_eq!(shown(&[[0x14, 0x2a], *b"no", [0x14, 0x2d], *b"no"]), []);
        let mut decoder = Decoder::of(CaptionChannel::Cc3).unwrap();
        assert_eq!(decoder.push(0, (1, [0x14, 0x14])), None);
        assert!(!decoder.is_own);
    }

    #[test]
    fn a_caption_is_shown_until_it_is_erased_or_for_a_minute() {
        let pairs = [&[[0x14, 0x29], *b"A "][..], &[[0, 0]; 300], &[[0x14, 0x2c], *b"B "], &[[0, 0]; 800]].concat();
        assert_eq!(shown(&pairs), [(100, 30_200, "A".into()), (30_300, 90_300, "B".into())]);
    }

    #[test]
    fn rows_roll_up_though_reading_began_after_the_code_for_it() {
        let pairs = [[0x14, 0x2d], [0x14, 0x70], *b"A ", [0x14, 0x2d], *b"B ", [0x14, 0x2c]];
        assert_eq!(shown(&pairs), [(200, 300, "A".into()), (300, 500, "A\nB".into())]);
    }

    #[test]
    fn the_rows_move_with_their_base() {
        let pairs = [[0x14, 0x25], [0x14, 0x70], *b"A ", [0x14, 0x2d], [0x11, 0x70], *b"B ", [0x14, 0x2c]];
        assert_eq!(shown(&pairs), [(200, 300, "A".into()), (300, 400, "A".into()), (400, 600, "A\nB line:0".into())]);
    }

    proptest! {
        #[test]
        fn whatever_comes_a_caption_has_a_time_and_stays_one(pairs: Vec<(u8, u8, bool)>) {
            let codes = pairs.iter().map(|&(high, low, is_code)| if is_code { [0x10 | high & 15, low & 0x7f] } else { [high & 0x7f, low & 0x7f] });
            let shown = shown(&codes.collect::<Vec<_>>());
            prop_assert!(shown.iter().all(|(start, end, _)| start < end && end - start <= LONGEST_CAPTION));
            prop_assert!(shown.is_sorted_by(|one, next| one.1 <= next.0));
            prop_assert!(shown.iter().all(|(.., text)| !text.contains("\n\n")));
        }
    }
}
