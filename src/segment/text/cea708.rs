//! Closed captions by CEA-708 (CTA-708-E 8): the codes of one service to what is on the screen, and from when to when.

use std::collections::VecDeque;

use super::standing::{Caption, Standing};
use super::styled::StyledText;
use super::window::Window;
use crate::codec::{CaptionPair, ServiceBlocks, ServiceCode, ServiceCodes};
use crate::media::CaptionChannel;

const WINDOWS: usize = 8;
/// Bytes that wait where a delay was asked for: with more it is over.
const MAX_DELAYED: usize = 128;

/// Decodes one service.
pub(super) struct Decoder {
    service: u8,
    blocks: ServiceBlocks,
    codes: ServiceCodes,
    /// What comes later, where a delay was asked for: until when, and its codes with their lengths.
    delay: Option<i64>,
    delayed: VecDeque<(ServiceCode, usize)>,
    windows: [Option<Window>; WINDOWS],
    /// Windows of which is known whether there are any, one bit each: not those that were defined before what was read.
    known: u8,
    current: usize,
    standing: Standing,
}

impl Decoder {
    /// `None` for a channel that is not of CEA-708.
    pub(super) fn of(channel: CaptionChannel) -> Option<Self> {
        let CaptionChannel::Service(service) = channel else { return None };
        Some(Self {
            service,
            blocks: ServiceBlocks::default(),
            codes: ServiceCodes::default(),
            delay: None,
            delayed: VecDeque::new(),
            windows: [const { None }; WINDOWS],
            known: 0,
            current: 0,
            standing: Standing::default(),
        })
    }

    /// Takes what a picture has at its time in milliseconds; gives what was shown until then, if that ends.
    pub(super) fn push(&mut self, time: i64, pair: CaptionPair) -> Vec<Caption> {
        let (mut captions, mut arrived) = (Vec::new(), Vec::new());
        self.resume(time, &mut captions);
        let Self { service, blocks, codes, .. } = self;
        blocks.push(pair, |other, block| {
            if other == *service {
                codes.push(block, |code, length| arrived.push((code, length)));
            }
        });
        for (code, length) in arrived {
            self.arrive(time, (code, length), &mut captions);
        }
        captions
    }

    /// What is shown at the end.
    pub(super) fn finish(mut self) -> Vec<Caption> {
        let mut captions = Vec::new();
        self.resume(i64::MAX, &mut captions);
        captions.extend(self.turn(i64::MAX));
        captions
    }

    /// A code arrives, which may have to wait.
    fn arrive(&mut self, time: i64, (code, length): (ServiceCode, usize), captions: &mut Vec<Caption>) {
        match code {
            // These do not wait: DelayCancel, Reset.
            ServiceCode::Control(0x8e, _) => self.undelay(time, captions),
            ServiceCode::Control(0x8f, _) => {
                (self.delay, self.known) = (None, u8::MAX);
                self.delayed.clear();
                captions.extend(self.turn(time));
                self.windows = [const { None }; WINDOWS];
            }
            _ if self.delay.is_some() => {
                self.delayed.push_back((code, length));
                if self.delayed.iter().map(|(_, length)| length).sum::<usize>() >= MAX_DELAYED {
                    self.undelay(time, captions);
                }
            }
            _ => captions.extend(self.take(time, code)),
        }
    }

    /// Takes the codes of delays that are over by now, at the time when they are.
    fn resume(&mut self, now: i64, captions: &mut Vec<Caption>) {
        while let Some(time) = self.delay.filter(|time| *time <= now) {
            self.undelay(time, captions);
        }
    }

    /// Takes the codes that waited, up to one that asks for another delay.
    fn undelay(&mut self, time: i64, captions: &mut Vec<Caption>) {
        self.delay = None;
        while self.delay.is_none()
            && let Some((code, _)) = self.delayed.pop_front()
        {
            captions.extend(self.take(time, code));
        }
    }

    fn take(&mut self, time: i64, code: ServiceCode) -> Option<Caption> {
        match code {
            ServiceCode::Letter(letter) => self.put(time, letter),
            ServiceCode::Control(code @ 0x80..=0x87, _) => {
                self.current = usize::from(code & 7);
                None
            }
            ServiceCode::Control(0x8d, [tenths, ..]) if tenths > 0 => {
                self.delay = Some(time.saturating_add(i64::from(tenths) * 100));
                None
            }
            ServiceCode::Control(code @ 0x88..=0x8c, [which, ..]) => self.change(time, code, which),
            ServiceCode::Control(code @ 0x98..=0x9f, parameters) => self.define(time, code & 7, parameters),
            ServiceCode::Control(code, parameters) => self.write(time, code, parameters),
        }
    }

    /// What happens in the current window.
    fn write(&mut self, time: i64, code: u8, parameters: [u8; 6]) -> Option<Caption> {
        if code == 0x0d {
            return self.new_row(time);
        }
        let is_erasing = matches!(code, 0x08 | 0x0c | 0x0e) && self.window()?.is_read();
        // What is erased letter by letter is being written still.
        let caption = if is_erasing && code != 0x08 { self.turn(time) } else { None };
        let window = self.window()?;
        match code {
            0x08 => window.back(),
            0x0c => window.begin_anew(),
            0x0e => window.erase_row(),
            0x90 => window.set_pen(parameters),
            0x92 => window.move_pen(parameters),
            _ => {}
        }
        caption
    }

    fn window(&mut self) -> Option<&mut Window> {
        self.windows.get_mut(self.current)?.as_mut()
    }

    fn put(&mut self, time: i64, letter: char) -> Option<Caption> {
        let is_visible = self.window()?.is_visible;
        let Self { standing, windows, .. } = self;
        let caption = match is_visible {
            true => standing.typing(time, |since| text(windows, since), || !is_read(windows)),
            false => None,
        };
        self.window()?.put(letter, time);
        caption
    }

    fn new_row(&mut self, time: i64) -> Option<Caption> {
        // Only captions that roll up have one before their window is defined: those that began before what was read.
        if self.known >> self.current & 1 == 0
            && let Some(window) = self.windows.get_mut(self.current)
        {
            window.get_or_insert_with(Window::unknown);
        }
        let window = self.window()?;
        let (is_visible, is_rolling) = (window.is_visible, window.is_full() && window.is_read());
        let caption = if is_rolling { self.turn(time) } else { None };
        if is_visible {
            self.standing.pause();
        }
        self.window()?.new_row();
        caption
    }

    /// Windows are cleared, shown, hidden, toggled, deleted: those of `which`, one bit each.
    fn change(&mut self, time: i64, code: u8, which: u8) -> Option<Caption> {
        let is_chosen = |number: usize| which >> number & 1 != 0;
        let is_changed = self.windows.iter().enumerate().any(|(number, window)| {
            let is_changed = |window: &Window| match code {
                0x89 => !window.is_visible && !window.letters.is_empty(),
                0x8b => !window.letters.is_empty(),
                _ => window.is_read(),
            };
            is_chosen(number) && window.as_ref().is_some_and(is_changed)
        });
        let caption = if is_changed { self.turn(time) } else { None };
        if code == 0x8c {
            self.known |= which;
        }
        for (_, slot) in self.windows.iter_mut().enumerate().filter(|(number, _)| is_chosen(*number)) {
            match (code, slot.as_mut()) {
                (0x88, Some(window)) => window.letters.clear(),
                (0x89, Some(window)) => window.show(true, time),
                (0x8a, Some(window)) => window.show(false, time),
                (0x8b, Some(window)) => window.show(!window.is_visible, time),
                _ => *slot = None,
            }
        }
        caption
    }

    fn define(&mut self, time: i64, number: u8, parameters: [u8; 6]) -> Option<Caption> {
        self.current = usize::from(number);
        self.known |= 1 << number;
        let is_changed = self.window().is_some_and(|window| window.is_changed_by(parameters));
        let caption = if is_changed { self.turn(time) } else { None };
        match self.windows.get_mut(self.current)? {
            Some(window) => window.define(parameters, time),
            slot => *slot = Some(Window::new(parameters)),
        }
        caption
    }

    /// Something else is shown from now on; gives what was shown until then.
    fn turn(&mut self, time: i64) -> Option<Caption> {
        self.standing.turn(time, |since| text(&self.windows, since))
    }
}

fn is_read(windows: &[Option<Window>]) -> bool {
    windows.iter().flatten().any(Window::is_read)
}

/// What is to be read in all windows of what appeared at `since` or later, from above to below; `None` if they are empty.
fn text(windows: &[Option<Window>], since: i64) -> Option<StyledText> {
    let mut shown: Vec<&Window> = windows.iter().flatten().filter(|window| window.is_read()).collect();
    shown.sort_by_key(|window| window.place());
    let is_upper = shown.iter().all(|window| window.is_upper(since));
    let mut text = StyledText::at(is_upper.then_some(8));
    for window in &shown {
        window.letters.write(since, &mut text);
        text.push('\n', Default::default());
    }
    (!shown.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::LONGEST_CAPTION;
    use proptest::prelude::*;

    /// Window 0 of two rows of 32 letters below, seen or unseen.
    const SEEN: &[u8] = b"\x98\x38\x4a\xd1\x71\x1f\0";
    const UNSEEN: &[u8] = b"\x98\x18\x4a\xd1\x71\x1f\0";

    /// What is shown of blocks of service 1 at their times in milliseconds, in WebVTT.
    fn shown(blocks: &[(i64, &[u8])]) -> Vec<(i64, i64, String)> {
        let mut decoder = Decoder::of(CaptionChannel::Service(1)).unwrap();
        let mut captions = Vec::new();
        for (time, codes) in blocks {
            for block in codes.chunks(31) {
                let size = block.len() as u8 + 1;
                let mut packet = [&[size.div_ceil(2) + 1, 0x20 | block.len() as u8], block].concat();
                packet.resize(packet.len().next_multiple_of(2), 0);
                for (number, pair) in packet.as_chunks::<2>().0.iter().enumerate() {
                    captions.extend(decoder.push(*time, (if number == 0 { 3 } else { 2 }, *pair)));
                }
            }
        }
        captions.extend(decoder.finish());
        let webvtt = |text: &StyledText| format!("{}{}", text.to_webvtt().unwrap_or_default(), text.settings());
        captions.iter().map(|caption| (caption.start, caption.end, webvtt(&caption.text))).collect()
    }

    /// The only caption of codes in window 0, which is then shown for a second.
    fn only(codes: &[u8]) -> String {
        let shown = shown(&[(0, UNSEEN), (0, codes), (1000, b"\x89\x01"), (2000, b"\x8f")]);
        assert_eq!(shown.len(), 1, "{shown:?}");
        shown.into_iter().map(|(.., text)| text).collect()
    }

    fn text(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn windows_are_shown_hidden_toggled_cleared_and_deleted() {
        for (show, hide) in [
            (b"\x89\x01", &b"\x8a\x01"[..]),
            (b"\x8b\x01", b"\x8b\x01"),
            (b"\x89\x01", b"\x88\xff"),
            (b"\x89\xff", b"\x8c\x03"),
            (b"\x89\x01", b"\x8f"),
        ] {
            assert_eq!(
                shown(&[(0, UNSEEN), (0, b"HI"), (1000, show), (1500, show), (2500, hide)][..3]),
                [(1000, 61_000, text("HI"))]
            );
            assert_eq!(
                shown(&[(0, UNSEEN), (0, b"HI"), (1000, show), (2500, hide)]),
                [(1000, 2500, text("HI"))],
                "{hide:?}"
            );
        }
        // DefineWindow shows it too; what changes nothing ends nothing.
        let again = [
            (0, UNSEEN),
            (0, b"HI"),
            (1000, SEEN),
            (1500, SEEN),
            (1600, b"\x89\x01"),
            (1700, b"\x8a\x02\x88\x02"),
            (2500, UNSEEN),
        ];
        assert_eq!(shown(&again), [(1000, 2500, text("HI"))]);
    }

    #[test]
    fn the_pen_moves_erases_and_has_styles() {
        assert_eq!(only(b"AB\x08C\x0dDE\x0eF"), "AC\nF");
        assert_eq!(only(b"A\x0cB"), "B");
        assert_eq!(only(b"\x92\x01\x04LOW\x92\x00\x00UP"), "UP\nLOW");
        assert_eq!(only(b"A \x90\x05\x80B \x90\x05\x40C"), "A <i>B </i><u>C</u>");
        // What is for links and tags, colours, and how windows look.
        assert_eq!(only(b"A\x90\xf5\0no\x90\x05\0B\x91\x3f\0\0\x97\0\0\0\0C"), "ABC");
    }

    #[test]
    fn windows_stand_where_they_are_put() {
        // Window 1 above, window 2 beside it on the right; both are read before window 0.
        let above = b"\x99\x38\x04\x10\x01\x1f\0ONE\x9a\x38\x04\x90\x01\x1f\0TWO";
        assert_eq!(shown(&[(0, above), (1000, b"\x8f")]), [(0, 1000, text("ONE\nTWO line:0"))]);
        let all = shown(&[(0, SEEN), (0, b"LAST"), (0, above), (1000, b"\x8c\x06"), (2000, b"\x8f")]);
        assert_eq!(all, [(0, 1000, text("ONE\nTWO\nLAST")), (1000, 2000, text("LAST"))]);
    }

    #[test]
    fn rows_roll_up_in_a_window_that_is_full() {
        let rows = [(0, SEEN), (0, b"ONE"), (2000, b"\x0dTWO"), (4000, b"\x0d"), (4100, b"THREE"), (6000, b"\x88\x01")];
        let expected = [(0, 2000, text("ONE")), (2000, 4000, text("ONE\nTWO")), (4000, 6000, text("TWO\nTHREE"))];
        assert_eq!(shown(&rows), expected);
        // The window was defined before what is read.
        let rows = [(0, b"\x0d\x90\x05\0LOW".as_slice()), (2000, b"\x0dER"), (4000, b"\x8f")];
        assert_eq!(shown(&rows), [(0, 2000, text("LOW")), (2000, 4000, text("LOW\nER"))]);
        assert_eq!(shown(&[(0, b"no"), (1000, b"\x8f")]), []);
        assert_eq!(shown(&[(0, b"\x8f\x0dno"), (1000, b"\x8f")]), []);
    }

    #[test]
    fn a_window_of_another_size_begins_anew() {
        let (moved, resized) = (b"\x98\x38\x10\xd1\x71\x1f\0", b"\x98\x38\x4a\xd1\x72\x1f\0");
        let found = shown(&[(0, SEEN), (0, b"HI"), (1000, moved), (2000, resized), (2000, b"HO"), (3000, b"\x8f")]);
        assert_eq!(found, [(0, 1000, text("HI")), (1000, 2000, text("HI line:0")), (2000, 3000, text("HO"))]);
    }

    #[test]
    fn what_is_delayed_comes_later() {
        let until = |blocks: &[(i64, &[u8])]| {
            let mut all = vec![(0, SEEN), (0, b"HI"), (1000, b"\x8d\x0f\x88\x01")];
            all.extend(blocks);
            shown(&all).into_iter().map(|(start, end, _)| (start, end)).collect::<Vec<_>>()
        };
        assert_eq!(until(&[]), [(0, 2500)]);
        assert_eq!(until(&[(2000, b"\x8e")]), [(0, 2000)]);
        assert_eq!(until(&[(2100, b"\x8f")]), [(0, 2100)]);
        // More waits than there is room for.
        assert_eq!(until(&[(1800, &[0; 130])]), [(0, 1800)]);
        assert_eq!(
            shown(&[(0, b"\x8d\x05\x8d\x05"), (0, SEEN), (0, b"HI"), (5000, b"\x8f")]),
            [(1000, 5000, text("HI"))]
        );
    }

    #[test]
    fn other_services_are_left_aside() {
        let mut decoder = Decoder::of(CaptionChannel::Service(2)).unwrap();
        for pair in [[0x06, 0x29], [0x98, 0x38], [0x4a, 0xd1], [0x71, 0x1f], [0, b'A'], [b'A', 0]] {
            decoder.push(0, (if pair[0] == 6 { 3 } else { 2 }, pair));
        }
        assert!(decoder.windows.iter().all(Option::is_none));
        assert!(Decoder::of(CaptionChannel::Cc1).is_none());
    }

    proptest! {
        #[test]
        fn whatever_comes_a_caption_has_a_time_and_stays_one(
            blocks: Vec<(u16, Vec<u8>)>,
            codes in prop::collection::vec((0x80_u8..0xa0, any::<[u8; 6]>(), "[A-z ]{0,9}"), 0..40),
        ) {
            let noise = blocks.iter().scan(0, |time, (step, bytes)| { *time += i64::from(*step); Some((*time, bytes.clone())) });
            let block = |(code, parameters, letters): &(u8, [u8; 6], String)| [&[*code], &parameters[..], letters.as_bytes()].concat();
            let valid = codes.iter().map(block).zip(1..).map(|(block, number)| (number * 300, block));
            for blocks in [noise.collect::<Vec<_>>(), valid.collect()] {
                let blocks: Vec<_> = blocks.iter().map(|(time, block)| (*time, block.as_slice())).collect();
                let shown = shown(&blocks);
                prop_assert!(shown.iter().all(|(start, end, _)| start < end && end - start <= LONGEST_CAPTION));
                prop_assert!(shown.is_sorted_by(|one, next| one.1 <= next.0));
                prop_assert!(shown.iter().all(|(.., text)| !text.contains("\n\n")));
            }
        }
    }
}
