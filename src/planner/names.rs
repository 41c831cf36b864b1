//! Names from strangers, for lists that people read.

/// A name in one line: what is between its words, line ends and other control characters too, is one space.
pub(super) fn one_line(name: &str) -> String {
    let words = name.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// The same for HLS, whose lists have no way to write a quotation mark.
pub(super) fn unquoted(name: &str) -> String {
    one_line(&name.replace('"', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_apart() {
        assert_eq!(one_line("two\nlines\t and\u{7}a \"bell\" \u{85}"), "two lines and a \"bell\"");
        assert_eq!(unquoted("say \"hi\"\r\n"), "say hi");
        assert_eq!((one_line("\n\0").as_str(), unquoted("\"").as_str()), ("", ""));
    }
}
