//! Writing WebVTT, and what Matroska has of it.

use super::styled::StyledText;

/// RFC 8216 3.5: the times of cues count from where those of the media do.
const HEADER: &str = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n";
/// Bytes that a segment has at most: what has more is no text to be read.
const MAX_BYTES: usize = 256 << 10;

/// A cue of a segment.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cue {
    /// Milliseconds of the presentation, not below zero.
    pub(super) start: i64,
    pub(super) end: i64,
    /// With a space before each.
    pub(super) settings: String,
    /// In WebVTT's markup, without empty lines.
    pub(super) text: String,
}

impl Cue {
    /// `None` if there is nothing to read.
    pub(super) fn styled((start, end): (i64, i64), text: &StyledText) -> Option<Self> {
        Some(Self { start, end, settings: text.settings().to_owned(), text: text.to_webvtt()? })
    }
}

/// A segment with these cues, in the order of their starts. What is there twice is shown once.
pub(super) fn write(mut cues: Vec<Cue>) -> String {
    cues.sort_by_key(|cue| cue.start);
    cues.dedup();
    let mut segment = HEADER.to_owned();
    for Cue { start, end, settings, text } in cues {
        let (start, end) = (timestamp(start), timestamp(end));
        // An empty line at the end keeps segments apart for those who join them, as FFmpeg does.
        let cue = format!("{start} --> {end}{settings}\n{text}\n\n");
        if segment.len() + cue.len() <= MAX_BYTES {
            segment.push_str(&cue);
        }
    }
    segment
}

fn timestamp(milliseconds: i64) -> String {
    let (seconds, milliseconds) = (milliseconds / 1000, milliseconds % 1000);
    format!("{:02}:{:02}:{:02}.{milliseconds:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A cue that is WebVTT already, with its settings; `None` if there is nothing to read.
pub(super) fn foreign_cue((start, end): (i64, i64), settings: &[u8], text: &[u8]) -> Option<Cue> {
    let settings = cue_settings(&String::from_utf8_lossy(settings));
    Some(Cue { start, end, settings, text: cue_text(&String::from_utf8_lossy(text))? })
}

/// The text of a cue that is in WebVTT's markup already; `None` if there is nothing to read.
fn cue_text(text: &str) -> Option<String> {
    let text = without_times(&text.replace('\r', "\n").replace('\0', "").replace("-->", "--&gt;"));
    let lines: Vec<_> = text.split('\n').map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Text without the times within it, which say how far it has been spoken: containers have them by different clocks, and players show
/// no difference.
fn without_times(text: &str) -> String {
    let mut pieces = text.split('<');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |all, piece| {
        let is_time = |tag: &str| !tag.is_empty() && tag.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b':' | b'.'));
        match piece.split_once('>').filter(|(tag, _)| is_time(tag)) {
            Some((_, after)) => all + after,
            None => all + "<" + piece,
        }
    })
}

/// The settings of a cue, with a space before each; what does not look like one is left out.
fn cue_settings(settings: &str) -> String {
    let is_setting = |word: &&str| {
        let known = ["vertical:", "line:", "position:", "size:", "align:"].iter().any(|name| word.starts_with(name));
        known && word.len() <= 64 && word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'>')
    };
    settings.split_whitespace().filter(is_setting).take(8).map(|word| format!(" {word}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue(start: i64, text: &str) -> Cue {
        Cue { start, end: start + 1000, settings: String::new(), text: text.into() }
    }

    #[test]
    fn cues_are_in_the_order_of_their_starts_and_none_is_there_twice() {
        let text = write(vec![cue(3_723_046, "b"), cue(500, "a"), cue(500, "a")]);
        let cues = "00:00:00.500 --> 00:00:01.500\na\n\n01:02:03.046 --> 01:02:04.046\nb\n\n";
        assert_eq!(text, format!("{HEADER}{cues}"));
    }

    #[test]
    fn a_segment_has_no_more_than_can_be_read() {
        let text = write((0..1000).map(|number| cue(number, &"x".repeat(1000))).collect());
        assert!(text.len() <= MAX_BYTES && text.len() > MAX_BYTES - 2000);
        assert!(text.ends_with("x\n\n"));
    }

    #[test]
    fn foreign_cues_cannot_end_early() {
        assert_eq!(
            cue_text("<v Ann>a\r\n\r\n00:00.000 --> 00:01.000\0").as_deref(),
            Some("<v Ann>a\n00:00.000 --&gt; 00:01.000")
        );
        assert_eq!(cue_text(" \n"), None);
        assert_eq!(cue_text("<00:01.000>a <c>b</c><01:00:02.500> c<1a>").as_deref(), Some("a <c>b</c> c<1a>"));
        assert_eq!(cue_settings("line:0 align:start --> x:1 region:a\nposition:5%"), " line:0 align:start position:5%");
    }
}
