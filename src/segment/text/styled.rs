//! Text with the styles that WebVTT has too.

/// How characters look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) underline: bool,
}

/// The text of a cue.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct StyledText {
    characters: Vec<(char, Style)>,
    /// Where on the picture it stands, by the keys of a number pad: 1 is below on the left, 9 above on the right.
    pub(super) place: Option<u8>,
}

impl Style {
    /// The tags of WebVTT, in the order in which they are opened.
    fn tags(self) -> impl DoubleEndedIterator<Item = &'static str> {
        let tags = [(self.bold, "b"), (self.italic, "i"), (self.underline, "u")];
        tags.into_iter().filter(|(has, _)| *has).map(|(_, tag)| tag)
    }
}

impl StyledText {
    /// No text yet, at this place.
    pub(super) fn at(place: Option<u8>) -> Self {
        Self { characters: Vec::new(), place }
    }

    pub(super) fn push(&mut self, character: char, style: Style) {
        match character {
            '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => self.characters.push(('\n', style)),
            '\t' => self.characters.push((' ', style)),
            _ if character.is_control() && character != '\n' => {}
            _ => self.characters.push((character, style)),
        }
    }

    /// The text in WebVTT's markup; `None` if there is nothing to read. An empty line would end the cue, so there is none.
    pub(super) fn to_webvtt(&self) -> Option<String> {
        let lines =
            self.characters.split(|(character, _)| *character == '\n').map(trim).filter(|line| !line.is_empty());
        let (mut text, mut current) = (String::new(), Style::default());
        for (number, line) in lines.enumerate() {
            if number > 0 {
                text.push('\n');
            }
            for (character, style) in line {
                if current != *style {
                    close(&mut text, current);
                    style.tags().for_each(|tag| text.push_str(&format!("<{tag}>")));
                    current = *style;
                }
                push_escaped(&mut text, *character);
            }
        }
        close(&mut text, current);
        (!text.is_empty()).then_some(text)
    }

    /// The settings of the cue, with a space before; none in the usual place.
    pub(super) fn settings(&self) -> &'static str {
        match self.place {
            Some(1) => " position:0% align:left",
            Some(3) => " position:100% align:right",
            Some(4) => " line:50% position:0% align:left",
            Some(5) => " line:50%",
            Some(6) => " line:50% position:100% align:right",
            Some(7) => " line:0 position:0% align:left",
            Some(8) => " line:0",
            Some(9) => " line:0 position:100% align:right",
            _ => "",
        }
    }
}

fn close(text: &mut String, style: Style) {
    style.tags().rev().for_each(|tag| text.push_str(&format!("</{tag}>")));
}

fn push_escaped(text: &mut String, character: char) {
    match character {
        '&' => text.push_str("&amp;"),
        '<' => text.push_str("&lt;"),
        '>' => text.push_str("&gt;"),
        '\u{a0}' => text.push_str("&nbsp;"),
        _ => text.push(character),
    }
}

fn trim(line: &[(char, Style)]) -> &[(char, Style)] {
    let is_text = |(character, _): &(char, Style)| *character != ' ';
    let (first, last) = (line.iter().position(is_text), line.iter().rposition(is_text));
    first.zip(last).and_then(|(first, last)| line.get(first..=last)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styled(parts: &[(&str, Style)]) -> Option<String> {
        let mut text = StyledText::default();
        parts.iter().for_each(|(part, style)| part.chars().for_each(|character| text.push(character, *style)));
        text.to_webvtt()
    }

    const PLAIN: Style = Style { bold: false, italic: false, underline: false };
    const BOLD: Style = Style { bold: true, ..PLAIN };
    const BOTH: Style = Style { italic: true, ..BOLD };

    #[test]
    fn tags_are_nested_and_closed() {
        let text = styled(&[("a ", PLAIN), ("b ", BOLD), ("c\nd", BOTH), (" e", PLAIN)]);
        assert_eq!(text.as_deref(), Some("a <b>b </b><b><i>c\nd</i></b> e"));
    }

    #[test]
    fn what_could_be_markup_is_escaped() {
        assert_eq!(styled(&[("1 < 2 & --> <b>", PLAIN)]).as_deref(), Some("1 &lt; 2 &amp; --&gt; &lt;b&gt;"));
    }

    #[test]
    fn lines_without_text_and_control_characters_are_left_out() {
        assert_eq!(styled(&[("\n a \r\n \n\0b\u{7}\t\n", PLAIN)]).as_deref(), Some("a\nb"));
        assert_eq!(styled(&[(" \n\t\n", BOLD)]), None);
    }
}
