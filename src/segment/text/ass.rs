//! ASS and SSA: events as Matroska has them, and the styles of their header.

use super::styled::{Style, StyledText};

/// The styles of a script.
#[derive(Debug, Default)]
pub(super) struct Styles {
    named: Vec<(String, Style, Option<u8>)>,
    /// Lines of the picture that places are given in, if the script says so.
    height: Option<f64>,
}

/// Lines of the picture where a script says nothing of them.
const USUAL_HEIGHT: f64 = 288.0;
/// Styles that are read at most.
const MAX_STYLES: usize = 1000;

impl Styles {
    /// Reads the styles from a script's header.
    pub(super) fn read(header: &str) -> Self {
        let (mut styles, mut height, mut fields, mut legacy) = (Vec::new(), None, Vec::new(), false);
        for line in header.lines().map(str::trim) {
            if line.starts_with('[') {
                legacy = line.eq_ignore_ascii_case("[V4 Styles]");
                fields.clear();
            } else if let Some(lines) = line.strip_prefix("PlayResY:") {
                height = lines.trim().parse().ok();
            } else if let Some(format) = line.strip_prefix("Format:") {
                fields = format.split(',').map(|field| field.trim().to_ascii_lowercase()).collect();
            } else if let Some(values) = line.strip_prefix("Style:").filter(|_| styles.len() < MAX_STYLES) {
                let values: Vec<_> = values.split(',').map(str::trim).collect();
                let value = |name: &str| values.get(fields.iter().position(|field| field == name)?).copied();
                let is_set = |name| value(name).is_some_and(|value| value != "0");
                let style = Style { bold: is_set("bold"), italic: is_set("italic"), underline: is_set("underline") };
                let place = value("alignment").and_then(|value| value.parse().ok());
                let place = place.and_then(|number| if legacy { from_legacy(number) } else { valid(number) });
                styles.push((value("name").unwrap_or_default().to_owned(), style, place));
            }
        }
        Self { named: styles, height }
    }

    /// A style by its name, or the default one.
    fn find(&self, name: &str) -> (Style, Option<u8>) {
        let named = |name: &str| self.named.iter().find(|(other, ..)| other == name);
        let found = named(name.trim_start_matches('*')).or_else(|| named("Default"));
        found.map_or((Style::default(), None), |(_, style, place)| (*style, *place))
    }
}

/// The text of an event as a packet of Matroska has it: nine fields, of which the text is the last.
pub(super) fn parse(event: &str, styles: &Styles) -> Option<StyledText> {
    let mut fields = event.splitn(9, ',');
    let (base, place) = styles.find(fields.nth(2)?.trim());
    let mut styled = StyledText::at(place);
    let (mut style, mut is_drawing, mut third) = (base, false, None);
    let mut rest = fields.nth(5)?;
    while let Some(character) = rest.chars().next() {
        let escaped = |escape| rest.strip_prefix(escape);
        if let Some((content, after)) = rest.strip_prefix('{').and_then(|after| after.split_once('}')) {
            for tag in tags(content) {
                apply(tag, (base, styles), &mut style, &mut is_drawing);
            }
            styled.place = self::place(content).or(styled.place);
            third = self::third(content, styles.height.unwrap_or(USUAL_HEIGHT)).or(third);
            rest = after;
            continue;
        }
        let (character, after) = match (escaped("\\N"), escaped("\\n"), escaped("\\h")) {
            (Some(after), ..) => ('\n', after),
            (_, Some(after), _) => (' ', after),
            (.., Some(after)) => ('\u{a0}', after),
            _ => (character, rest.get(character.len_utf8()..).unwrap_or_default()),
        };
        if !is_drawing {
            styled.push(character, style);
        }
        rest = after;
    }
    if let Some(third) = third {
        styled.place = Some(third * 3 + (styled.place.unwrap_or(2).saturating_sub(1)) % 3 + 1);
    }
    Some(styled)
}

/// The tags of an override block. What is in parentheses are their arguments, animations among them.
pub(super) fn tags(content: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    let pieces = content.split(move |character| {
        match character {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == '\\' && depth == 0
    });
    pieces.skip(1).map(str::trim)
}

fn apply(tag: &str, (base, styles): (Style, &Styles), style: &mut Style, is_drawing: &mut bool) {
    let digits = tag.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tag.len());
    let (name, number) = tag.split_at(digits);
    let on = |base: bool| if number.is_empty() { base } else { number != "0" };
    match name {
        "b" => style.bold = on(base.bold),
        "i" => style.italic = on(base.italic),
        "u" => style.underline = on(base.underline),
        "p" => *is_drawing = on(false),
        "r" => *style = base,
        _ => {
            if let Some(named) = tag.strip_prefix('r') {
                *style = styles.find(named).0;
            }
        }
    }
}

/// Where override tags put the text, by the keys of a number pad.
pub(super) fn place(content: &str) -> Option<u8> {
    tags(content).find_map(|tag| {
        let new = tag.strip_prefix("an").and_then(|number| valid(number.parse().ok()?));
        new.or_else(|| tag.strip_prefix('a').and_then(|number| from_legacy(number.parse().ok()?)))
    })
}

/// In which third of the picture an override tag puts the text, from below, if one does: signs stand where they are seen.
fn third(content: &str, height: f64) -> Option<u8> {
    let arguments = tags(content).find_map(|tag| tag.strip_prefix("pos(").or_else(|| tag.strip_prefix("move(")))?;
    let line: f64 = arguments.split([',', ')']).nth(1)?.trim().parse().ok()?;
    Some(match line / height {
        above if above < 1.0 / 3.0 => 2,
        middle if middle < 2.0 / 3.0 => 1,
        _ => 0,
    })
}

fn valid(number: u8) -> Option<u8> {
    (1..=9).contains(&number).then_some(number)
}

/// SSA counts from 1 to 3 below, and adds 4 above and 8 in the middle.
fn from_legacy(number: u8) -> Option<u8> {
    match number {
        1..=3 => Some(number),
        5..=7 => Some(number + 2),
        9..=11 => Some(number - 5),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "[Script Info]\nPlayResX: 640\nPlayResY: 360\n\n[V4+ Styles]\n\
        Format: Name, Fontname, Fontsize, Bold, Italic, Underline, Alignment\n\
        Style: Default,Arial,16,0,0,0,2\nStyle: Sign,Arial,16,-1,0,0,8\n\n[Events]\nFormat: Layer, Start\n";

    fn webvtt(style: &str, text: &str) -> String {
        let styled = parse(&format!("0,0,{style},,0,0,0,,{text}"), &Styles::read(HEADER)).unwrap();
        format!("{}|{}", styled.to_webvtt().unwrap_or_default(), styled.settings())
    }

    #[test]
    fn override_tags_become_tags() {
        assert_eq!(webvtt("Default", "Hello {\\i1}there{\\i0}, you"), "Hello <i>there</i>, you|");
        assert_eq!(webvtt("Default", "{\\b700\\u1}a{\\b0}b{\\r}c"), "<b><u>a</u></b><u>b</u>c|");
        assert_eq!(webvtt("Default", "{\\bord2\\blur1\\be1\\iclip(1,2,3,4)\\fnUbuntu\\t(0,100,\\i1)}a"), "a|");
        assert_eq!(webvtt("Default", "a\\Nb\\nc\\hd {comment}e"), "a\nb c&nbsp;d e|");
        assert_eq!(webvtt("Default", "{\\p1}m 0 0 l 1 1{\\p0}a{ b"), "a{ b|");
    }

    #[test]
    fn styles_are_those_of_the_header() {
        assert_eq!(webvtt("Sign", "Exit {\\b0}here"), "<b>Exit </b>here| line:0");
        assert_eq!(webvtt("*Sign", "{\\an1}Exit"), "<b>Exit</b>| position:0% align:left");
        assert_eq!(webvtt("Default", "a{\\rSign}b"), "a<b>b</b>|");
        assert_eq!(webvtt("Nothing", "a, b"), "a, b|");
    }

    #[test]
    fn signs_are_in_the_third_where_they_stand() {
        for (tags, settings) in [
            ("\\pos(320,20)", " line:0"),
            ("\\an5\\pos( 320.5 , 180 )", " line:50%"),
            ("\\an7\\pos(0,340)", " position:0% align:left"),
            ("\\an9\\move(600,10,600,350,0,100)", " line:0 position:100% align:right"),
            ("\\an8\\pos(x)", " line:0"),
        ] {
            assert_eq!(webvtt("Default", &format!("{{{tags}}}a")), format!("a|{settings}"));
        }
    }

    #[test]
    fn ssa_counts_places_differently() {
        let styles = Styles::read("[V4 Styles]\nFormat: Name, Bold, Alignment\nStyle: Default,0,6\n");
        assert_eq!(parse("0,0,Default,,0,0,0,,a", &styles).unwrap().place, Some(8));
        assert_eq!([2, 4, 5, 9, 11, 12].map(from_legacy), [Some(2), None, Some(7), Some(4), Some(6), None]);
    }

    #[test]
    fn what_is_no_event_is_nothing() {
        assert_eq!(parse("0,0,Default,,0,0,0", &Styles::default()), None);
        assert_eq!(parse("", &Styles::default()), None);
    }
}
