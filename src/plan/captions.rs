//! Captions: text that others wrote, beside the tracks of a plan.

use serde::{Deserialize, Serialize};

use crate::base::{Error, Result};
use crate::layout::Key;

/// The most bytes that the captions in one language have: each plan carries them.
const MAX_BYTES: usize = 1 << 20;
/// The most languages of a plan.
pub(super) const MAX_LANGUAGES: usize = 64;

/// Captions in one language. They follow from the plan as manifests do: there are no segments of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Captions {
    /// Language as a tag of RFC 5646, such as `en` or `pt-BR`.
    pub language: String,
    /// Name to show to people, such as `English`.
    pub name: String,
    /// The text in WebVTT, as it was given; its times count from the package's 0.
    pub webvtt: String,
}

impl Captions {
    /// Captions of a language, with the name to show to people, and their text.
    pub fn new(language: impl Into<String>, name: impl Into<String>, webvtt: impl Into<String>) -> Self {
        Self { language: language.into(), name: name.into(), webvtt: webvtt.into() }
    }

    /// The text's place in a package.
    pub fn key(&self) -> String {
        Key::Captions(&self.language).to_string()
    }

    /// The HLS media playlist's place in a package.
    pub fn playlist_key(&self) -> String {
        Key::CaptionsPlaylist(&self.language).to_string()
    }

    /// Says what is wrong with them, if anything is; [`Plan::with_captions`](crate::Plan::with_captions) does so too.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) where `language` is no tag of RFC 5646, the name cannot stand
    /// in a playlist, or the text is not WebVTT or has more than 1 MiB.
    pub fn check(&self) -> Result<()> {
        self.find_fault().map_err(Error::invalid)
    }

    pub(super) fn is_in(&self, language: &str) -> bool {
        self.language.eq_ignore_ascii_case(language)
    }

    fn find_fault(&self) -> std::result::Result<(), String> {
        let Self { language, name, webvtt } = self;
        if !is_tag(language) {
            return Err(format!("\"{language}\" is no language tag, such as en or pt-BR"));
        }
        if name.is_empty() || name.len() > 200 || name.chars().any(|c| c.is_control() || c == '"') {
            // RFC 8216 4.2: a quoted string has no quotation marks.
            let rule = "1 to 200 bytes, none of them a quotation mark or a control character";
            return Err(format!("the captions in {language} are called \"{name}\", but a name has {rule}"));
        }
        if webvtt.len() > MAX_BYTES {
            return Err(format!("the captions in {language} have {} bytes, above {MAX_BYTES}", webvtt.len()));
        }
        if webvtt.contains('\0') {
            return Err(format!("the captions in {language} have a zero byte"));
        }
        check_webvtt(webvtt).map_err(|what| format!("the captions in {language} are not WebVTT: {what}"))
    }
}

/// Whether a text has the form of a language tag (RFC 5646 2.1), and so can name a file.
pub(crate) fn is_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let plain = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 35
        && (2..=8).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(plain)
}

/// Whether a text begins as WebVTT does, and all its cues have times (WebVTT 4.1). What else may be wrong costs a
/// player the cue, and not the file.
fn check_webvtt(text: &str) -> std::result::Result<(), String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let signed = text.strip_prefix("WEBVTT").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n']));
    if !signed {
        return Err("the first line does not begin with WEBVTT".into());
    }
    for (line, number) in text.split('\n').zip(1..) {
        if line.starts_with("X-TIMESTAMP-MAP") {
            return Err(format!("line {number} moves all times for one kind of stream alone: take it out"));
        }
        let Some((start, rest)) = line.split_once("-->") else { continue };
        let end = rest.split_whitespace().next().unwrap_or_default();
        match (thousandths(start.trim()), thousandths(end)) {
            (Some(start), Some(end)) if start <= end => {}
            _ => return Err(format!("line {number} has no times such as 00:01.000 --> 00:02.500")),
        }
    }
    Ok(())
}

/// A time of WebVTT: hours, which may be left out, minutes, and seconds with three decimals.
fn thousandths(text: &str) -> Option<u64> {
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| -> Option<u64> {
        let plain = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse().ok()).flatten()
    };
    let (clock, decimals) = text.split_once('.')?;
    let mut fields = clock.rsplit(':');
    let (seconds, minutes) = (number(fields.next()?, 2..=2)?, number(fields.next()?, 2..=2)?);
    let hours = fields.next().map_or(Some(0), |hours| number(hours, 2..=6))?;
    let whole = fields.next().is_none() && minutes < 60 && seconds < 60;
    let decimals = number(decimals, 3..=3)?;
    whole.then_some(((hours * 60 + minutes) * 60 + seconds) * 1000 + decimals)
}

/// Says what is wrong with the captions of one plan, if anything is.
pub(super) fn check_captions(all: &[Captions]) -> std::result::Result<(), String> {
    if all.len() > MAX_LANGUAGES {
        return Err(format!("there are captions in {} languages, above {MAX_LANGUAGES}", all.len()));
    }
    for (number, captions) in all.iter().enumerate() {
        captions.find_fault()?;
        let Captions { language, name, .. } = captions;
        // Names in a group of HLS have to differ (RFC 8216 4.3.4.1), and so have files.
        if all.iter().take(number).any(|other| other.is_in(language) || other.name == *name) {
            return Err(format!("there are two captions in {language} or with the name \"{name}\""));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_languages_are_plain() {
        for tag in ["en", "pt-BR", "zh-Hant-TW", "sgn-ase", "de-1996", "x-klingon".trim_start_matches("x-")] {
            assert!(is_tag(tag), "{tag}");
        }
        for no_tag in
            ["", "e", "../en", "en/..", "en_US", "en-", "-en", "en--us", "e1", "x-y", "en-toolongpart", "en\n"]
        {
            assert!(!is_tag(no_tag), "{no_tag}");
        }
    }

    #[test]
    fn what_is_no_webvtt_is_told_by_its_line() {
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
