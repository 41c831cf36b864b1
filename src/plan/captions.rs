//! Captions of a plan: WebVTT text that the host supplies.

use serde::{Deserialize, Serialize};

use crate::base::{Error, Result};
use crate::layout::Key;
use crate::source::other_subtitles;

/// Maximum size of the captions in one language. Every copy of the plan carries the text; two hours of film dialogue
/// take about 100 KiB.
const MAX_BYTES: usize = 1 << 20;
/// Maximum number of caption languages in a plan, which bounds it to 64 MiB of text.
pub(super) const MAX_LANGUAGES: usize = 64;

/// Captions in one language. Like manifests they are written from the plan alone; there are no caption segments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Captions {
    /// Language as an RFC 5646 tag, such as `en` or `pt-BR`.
    pub language: String,
    /// Name to show to viewers, such as `English`.
    pub name: String,
    /// The WebVTT text as supplied; its times count from the start of the package.
    pub webvtt: String,
}

impl Captions {
    /// Captions of a language, with the name to show to people, and their text.
    pub fn new(language: impl Into<String>, name: impl Into<String>, webvtt: impl Into<String>) -> Self {
        Self { language: language.into(), name: name.into(), webvtt: webvtt.into() }
    }

    /// Path of the WebVTT file in a package.
    pub fn key(&self) -> String {
        Key::Captions(&self.language).to_string()
    }

    /// Path of the HLS media playlist in a package.
    pub fn playlist_key(&self) -> String {
        Key::CaptionsPlaylist(&self.language).to_string()
    }

    /// Checks the captions by themselves, as [`Plan::with_captions`](crate::Plan::with_captions) does too.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) if `language` is not an RFC 5646 tag, the name is not
    /// valid in a playlist, or the text is not WebVTT or is larger than 1 MiB.
    pub fn check(&self) -> Result<()> {
        self.find_fault().map_err(Error::invalid)
    }

    pub(super) fn is_in(&self, language: &str) -> bool {
        self.language.eq_ignore_ascii_case(language)
    }

    fn find_fault(&self) -> std::result::Result<(), String> {
        let Self { language, name, webvtt } = self;
        if !is_language_tag(language) {
            return Err(format!("\"{language}\" is not a language tag, such as en or pt-BR"));
        }
        if name.is_empty() || name.len() > 200 || name.chars().any(|c| c.is_control() || c == '"') {
            // RFC 8216 4.2: a quoted string cannot contain quotation marks.
            let rule = "must have 1 to 200 bytes and no quotation marks or control characters";
            return Err(format!("the name of the captions in {language} is \"{name}\", but {rule}"));
        }
        if webvtt.len() > MAX_BYTES {
            let bytes = webvtt.len();
            return Err(format!("the captions in {language} have {bytes} bytes, but may have at most {MAX_BYTES}"));
        }
        if webvtt.contains('\0') {
            return Err(format!("the captions in {language} contain a NUL character"));
        }
        if let Some(format) = other_subtitles(webvtt) {
            return Err(format!("the captions in {language} are {format}, not WebVTT: convert them"));
        }
        check_webvtt(webvtt).map_err(|what| format!("the captions in {language} are not WebVTT: {what}"))
    }
}

/// Whether a string has the form of a language tag (RFC 5646 2.1), which also makes it safe in a file name.
pub(crate) fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let plain = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 35
        && (2..=8).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(plain)
}

/// Checks the signature line and the times of all cues (WebVTT 4.1). Any other fault costs a player one cue, not the
/// file.
fn check_webvtt(text: &str) -> std::result::Result<(), String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let signed = text.strip_prefix("WEBVTT").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n']));
    if !signed {
        return Err("the first line does not begin with WEBVTT".into());
    }
    for (line, number) in text.split('\n').zip(1..) {
        if line.starts_with("X-TIMESTAMP-MAP") {
            return Err(format!("line {number} shifts all times in HLS but not in DASH: remove X-TIMESTAMP-MAP"));
        }
        let Some((start, rest)) = line.split_once("-->") else { continue };
        let end = rest.split_whitespace().next().unwrap_or_default();
        match (milliseconds(start.trim()), milliseconds(end)) {
            (Some(start), Some(end)) if start <= end => {}
            _ => return Err(format!("line {number} has no valid times, such as 00:01.000 --> 00:02.500")),
        }
    }
    Ok(())
}

/// A WebVTT timestamp in milliseconds: `[hours:]minutes:seconds.milliseconds` (WebVTT 4.3).
fn milliseconds(text: &str) -> Option<u64> {
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| -> Option<u64> {
        let plain = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse().ok()).flatten()
    };
    let (clock, decimals) = text.split_once('.')?;
    let mut fields = clock.rsplit(':');
    let (seconds, minutes) = (number(fields.next()?, 2..=2)?, number(fields.next()?, 2..=2)?);
    let hours = fields.next().map_or(Some(0), |hours| number(hours, 2..=6))?;
    let is_valid = fields.next().is_none() && minutes < 60 && seconds < 60;
    let decimals = number(decimals, 3..=3)?;
    is_valid.then_some(((hours * 60 + minutes) * 60 + seconds) * 1000 + decimals)
}

/// Checks the captions of a plan, alone and against each other.
pub(super) fn check_captions(all: &[Captions]) -> std::result::Result<(), String> {
    if all.len() > MAX_LANGUAGES {
        return Err(format!("the plan has captions in {} languages, but may have at most {MAX_LANGUAGES}", all.len()));
    }
    for (number, captions) in all.iter().enumerate() {
        captions.find_fault()?;
        let Captions { language, name, .. } = captions;
        // Names within an HLS group have to differ (RFC 8216 4.3.4.1), and so do file names.
        if all.iter().take(number).any(|other| other.is_in(language) || other.name == *name) {
            return Err(format!("two captions have the language {language} or the name \"{name}\""));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_are_recognised() {
        for tag in ["en", "pt-BR", "zh-Hant-TW", "sgn-ase", "de-1996", "klingon"] {
            assert!(is_language_tag(tag), "{tag}");
        }
        for no_tag in
            ["", "e", "../en", "en/..", "en_US", "en-", "-en", "en--us", "e1", "x-y", "en-toolongpart", "en\n"]
        {
            assert!(!is_language_tag(no_tag), "{no_tag}");
        }
    }

    #[test]
    fn invalid_webvtt_is_reported_with_its_line() {
        for text in [
            "WEBVTT",
            "WEBVTT - a title\n\nNOTE nothing\n\n1\n00:00.000 --> 00:01.000 line:0\nHello\n",
            "\u{feff}WEBVTT\r\n\r\n100:00:00.000 --> 100:00:01.000\r\nLate\r\n",
            "WEBVTT\r\r00:00.000-->00:00.000\rAt once",
        ] {
            assert_eq!(check_webvtt(text), Ok(()), "{text}");
        }
        for (text, words) in [
            ("", "first line"),
            ("WEBVTTX", "first line"),
            ("1\n00:00:00,000 --> 00:00:01,000\nSubRip", "first line"),
            ("WEBVTT\n\n00:00:00,000 --> 00:00:01,000\n", "line 3"),
            ("WEBVTT\r\n\r\n00:02.000 --> 00:01.000\r\n", "line 3"),
            ("WEBVTT\n\n00:61.000 --> 01:02.000\n", "line 3"),
            ("WEBVTT\n\n1:00:00.000 --> 01:00:02.000\n", "line 3"),
            ("WEBVTT\n\n-->\n", "line 3"),
            ("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n", "line 2"),
        ] {
            let found = check_webvtt(text).unwrap_err();
            assert!(found.contains(words), "{text}: {found}");
        }
    }
}
