//! WebVTT: the cues of thumbnails, and whether captions are written as the standard wants.

/// The rule of its syntax.
pub(crate) const WEBVTT: &str = "WebVTT 4.1";
/// RFC 8216 3.5: times count from the start of the package, in HLS as in DASH.
const SEGMENT_HEADER: &str = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n";

/// A cue of WebVTT thumbnails.
#[derive(Debug, PartialEq)]
pub(crate) struct Cue {
    /// Milliseconds.
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) file: String,
    /// Left, top, width, height.
    pub(crate) area: [u32; 4],
}

/// The cues of a WebVTT file of thumbnails, or the rule that it breaks and how.
pub(crate) fn thumbnail_cues(text: &str) -> Result<Vec<Cue>, (&'static str, String)> {
    let mut blocks = text.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    if blocks.next() != Some("WEBVTT") {
        return Err((WEBVTT, "it does not begin with WEBVTT".to_owned()));
    }
    let read = |block: &str| {
        let (times, payload) = block.split_once('\n')?;
        let (start, end) = times.split_once(" --> ")?;
        let (file, area) = payload.split_once("#xywh=")?;
        let area: Vec<u32> = area.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
        let (start, end) = (milliseconds(start)?, milliseconds(end)?);
        Some(Cue { start, end, file: file.to_owned(), area: area.try_into().ok()? })
    };
    blocks.map(|block| read(block).ok_or_else(|| (WEBVTT, format!("\"{block}\" is no cue of a thumbnail")))).collect()
}

/// A cue of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextCue {
    /// Milliseconds.
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Its settings and its text.
    pub(crate) content: String,
}

/// The cues of a segment of text, or how it breaks the rules.
pub(crate) fn text_cues(text: &str) -> Result<Vec<TextCue>, String> {
    let body = text.strip_prefix(SEGMENT_HEADER).ok_or("it does not begin as a segment of text does")?;
    let read = |block: &str| {
        let (times, lines) = block.trim_start_matches('\n').split_once('\n')?;
        let (start, rest) = times.split_once(" --> ")?;
        let (end, settings) = rest.split_once(' ').unwrap_or((rest, ""));
        let (start, end) = (milliseconds(start)?, milliseconds(end)?);
        let good = start < end && !lines.trim().is_empty() && !lines.contains("-->") && !lines.contains('\0');
        good.then(|| TextCue { start, end, content: format!("{settings}\n{}", lines.trim_end()) })
    };
    let blocks = body.split("\n\n").filter(|block| !block.trim().is_empty());
    blocks.map(|block| read(block).ok_or_else(|| format!("\"{}\" is no cue", block.trim()))).collect()
}

/// Whether captions begin as WebVTT does and all their cues have times. Other mistakes cost a player one cue, and not
/// the file.
pub(crate) fn check_captions(text: &str) -> Result<(), String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let signed = text.strip_prefix("WEBVTT").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n']));
    if !signed {
        return Err("its first line does not begin with WEBVTT".to_owned());
    }
    if text.contains('\0') {
        return Err("it has a null character".to_owned());
    }
    for (line, number) in text.split('\n').zip(1..) {
        // RFC 8216 3.5: it would move the times in HLS and nowhere else.
        if line.starts_with("X-TIMESTAMP-MAP") {
            return Err(format!("its line {number} is an X-TIMESTAMP-MAP, which is never written"));
        }
        let Some((start, rest)) = line.split_once("-->") else { continue };
        let end = rest.split_whitespace().next().unwrap_or_default();
        match (milliseconds(start.trim()), milliseconds(end)) {
            (Some(start), Some(end)) if start <= end => {}
            _ => return Err(format!("its line {number} does not have the times of a cue")),
        }
    }
    Ok(())
}

/// A timestamp: hours, which may be left out, minutes, seconds, and three decimals.
fn milliseconds(text: &str) -> Option<u64> {
    let number = |digits: &str, lengths: std::ops::RangeInclusive<usize>| {
        let plain = lengths.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<u64>().ok()).flatten()
    };
    let (clock, decimals) = text.split_once('.')?;
    let mut fields = clock.rsplit(':');
    let (seconds, minutes) = (number(fields.next()?, 2..=2)?, number(fields.next()?, 2..=2)?);
    let hours = fields.next().map_or(Some(0), |hours| number(hours, 2..=6))?;
    let good = fields.next().is_none() && minutes < 60 && seconds < 60;
    let decimals = number(decimals, 3..=3)?;
    good.then_some(((hours * 60 + minutes) * 60 + seconds) * 1000 + decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_three_decimals() {
        assert_eq!(milliseconds("00:01.500"), Some(1500));
        assert_eq!(milliseconds("100:00:00.001"), Some(360_000_001));
        for bad in ["1:00.000", "00:60.000", "60:00.000", "00:00,000", "00:00.00", "+1:00.000", "0:00:00:00.000", ""] {
            assert_eq!(milliseconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn segments_of_text_have_whole_cues() {
        let read = |cues: &str| text_cues(&format!("{SEGMENT_HEADER}{cues}"));
        assert_eq!(read(""), Ok(Vec::new()));
        let cues = read("\n00:00:01.000 --> 00:00:02.000 line:0\na\nb\n\n00:00:03.000 --> 00:00:04.000\nc\n").unwrap();
        assert_eq!(cues[0], TextCue { start: 1000, end: 2000, content: "line:0\na\nb".into() });
        assert_eq!(cues.len(), 2);
        for bad in [
            "\n00:00:02.000 --> 00:00:02.000\na\n",
            "\n00:00:01.000 --> 00:00:02.000\n",
            "\n00:00:01.000 --> 00:00:02.000\n00:00:01.000 --> 00:00:02.000\na\n",
            "\nNOTE x\n",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(text_cues("WEBVTT\n").is_err());
    }

    #[test]
    fn captions_are_webvtt() {
        for good in [
            "WEBVTT",
            "WEBVTT - a title\n\nNOTE nothing\n\n1\n00:00.000 --> 00:01.000 line:0\nHello\n",
            "\u{feff}WEBVTT\r\n\r\n100:00:00.000 --> 100:00:01.000\r\nLate\r\n",
            "WEBVTT\r\r00:00.000-->00:00.000\rAt once",
        ] {
            assert_eq!(check_captions(good), Ok(()), "{good}");
        }
        for (bad, words) in [
            ("", "first line"),
            ("WEBVTTX", "first line"),
            ("1\n00:00:00,000 --> 00:00:01,000\nSubRip", "first line"),
            ("WEBVTT\n\n00:00:00,000 --> 00:00:01,000\n", "line 3"),
            ("WEBVTT\r\n\r\n00:02.000 --> 00:01.000\r\n", "line 3"),
            ("WEBVTT\n\n-->\n", "line 3"),
            ("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n", "line 2"),
            ("WEBVTT\n\n00:00.000 --> 00:01.000\n\0", "null"),
        ] {
            let found = check_captions(bad).unwrap_err();
            assert!(found.contains(words), "{bad}: {found}");
        }
    }
}
