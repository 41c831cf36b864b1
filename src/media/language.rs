//! Languages of tracks: from the codes that containers state to the tags and names of manifests.

/// Three letters (ISO 639-3), two (639-1) or zeros, and where the name stands among [`NAMES`], with its length in bytes.
type Language = ([u8; 3], [u8; 2], u32, u8);

// All languages by their three letters, and their own names for themselves, or else the English ones.
include!(concat!(env!("OUT_DIR"), "/languages.rs"));

/// Codes of ISO 639-2/B, the bibliographic ones, where they differ from the terminological ones (ISO 639-2/T and -3).
const BIBLIOGRAPHIC: [(&str, &str); 20] = [
    ("alb", "sqi"),
    ("arm", "hye"),
    ("baq", "eus"),
    ("bur", "mya"),
    ("chi", "zho"),
    ("cze", "ces"),
    ("dut", "nld"),
    ("fre", "fra"),
    ("geo", "kat"),
    ("ger", "deu"),
    ("gre", "ell"),
    ("ice", "isl"),
    ("mac", "mkd"),
    ("mao", "mri"),
    ("may", "msa"),
    ("per", "fas"),
    ("rum", "ron"),
    ("slo", "slk"),
    ("tib", "bod"),
    ("wel", "cym"),
];

/// Whether `text` looks like a language tag: letters, digits and hyphens, 2 to 35 characters (RFC 5646 4.4.1). Tags
/// from sources go into manifests, where anything else could be markup.
pub(crate) fn is_language(text: &str) -> bool {
    (2..=35).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The primary language of a tag or code; `None` if ISO 639 has none of that code.
fn language(tag: &str) -> Option<&'static Language> {
    let primary = tag.split('-').next()?.to_ascii_lowercase();
    let bibliographic = BIBLIOGRAPHIC.iter().find(|(code, _)| *code == primary);
    match bibliographic.map_or(primary.as_str(), |(_, code)| code).as_bytes() {
        &[a, b] => LANGUAGES.iter().find(|(_, two, ..)| *two == [a, b]),
        code => LANGUAGES.get(LANGUAGES.binary_search_by(|(three, ..)| three.as_slice().cmp(code)).ok()?),
    }
}

/// The tag that manifests have for a language: with the shortest code for it, as BCP 47 asks (RFC 5646 2.2.1), so that
/// `ger` and `deu` become `de`. A tag of no known language stays as it is.
pub(crate) fn shortest_tag(tag: &str) -> String {
    let Some((three, two, ..)) = language(tag) else { return tag.to_owned() };
    let code = String::from_utf8_lossy(if *two == [0; 2] { three } else { two });
    match tag.split_once('-') {
        Some((_, rest)) => format!("{code}-{rest}"),
        None => code.into_owned(),
    }
}

/// The language's own name for itself, or else the English one, as it begins a line of a menu.
pub(crate) fn language_name(tag: &str) -> Option<String> {
    let (.., start, length) = language(tag)?;
    let mut letters = NAMES.get(*start as usize..)?.get(..usize::from(*length))?.chars();
    Some(letters.next()?.to_uppercase().chain(letters).collect())
}

/// The three letters of a language in ISO 639-2/T, as the media header box has them (ISO/IEC 14496-12 8.4.2).
pub(crate) fn three_letters(tag: &str) -> Option<[u8; 3]> {
    language(tag).map(|(three, ..)| *three)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_the_shortest_of_their_language() {
        for (stated, tag) in [
            ("ger", "de"),
            ("deu", "de"),
            ("de", "de"),
            ("GER", "de"),
            ("fre", "fr"),
            ("chi", "zh"),
            ("eng", "en"),
            ("por-BR", "pt-BR"),
            ("zh-Hant", "zh-Hant"),
            ("gsw", "gsw"),
            ("mul", "mul"),
            ("qaa", "qaa"),
            ("xx", "xx"),
            ("x-own", "x-own"),
        ] {
            assert_eq!(shortest_tag(stated), tag, "{stated}");
        }
    }

    #[test]
    fn each_bibliographic_code_is_that_of_a_language() {
        for (code, other) in BIBLIOGRAPHIC {
            assert!(language(other).is_some_and(|(_, two, ..)| *two != [0; 2]), "{code}");
            assert_eq!(language(code), language(other));
        }
    }

    #[test]
    fn names_are_what_speakers_read() {
        for (tag, name) in [("ger", "Deutsch"), ("en", "English"), ("fr-CA", "Français"), ("ja", "日本語")] {
            assert_eq!(language_name(tag).as_deref(), Some(name));
        }
        for (tag, name) in [("gsw", "Schwiizertüütsch"), ("aaa", "Ghotuo"), ("zzj", "Zuojiang Zhuang")] {
            assert_eq!(language_name(tag).as_deref(), Some(name));
        }
        assert_eq!(language_name("qaa"), None);
    }

    #[test]
    fn three_letters_are_terminological() {
        assert_eq!(three_letters("de"), Some(*b"deu"));
        assert_eq!(three_letters("fre"), Some(*b"fra"));
        assert_eq!(three_letters("xx"), None);
    }
}
