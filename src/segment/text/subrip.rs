//! SubRip, whose markup nobody ever specified: players read some of HTML's tags, and of ASS the places and the styles.

use super::ass;
use super::styled::{Style, StyledText};

/// Bytes that a tag has at most, `<font>` with its attributes.
const MAX_TAG: usize = 200;

/// The text of one cue.
pub(super) fn parse(text: &str) -> StyledText {
    let (mut styled, mut open) = (StyledText::default(), [0_u32; 3]);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let block = rest.strip_prefix('{').and_then(|after| after.split_once('}'));
        if let Some((content, after)) = block.filter(|(content, _)| content.starts_with('\\')) {
            styled.place = ass::place(content).or(styled.place);
            for (place, is_on) in ass::tags(content).filter_map(switch) {
                open.get_mut(place).into_iter().for_each(|count| *count = is_on.into());
            }
            rest = after;
        } else if let Some((tag, after)) = tag(rest) {
            apply(tag, &mut open);
            rest = after;
        } else {
            let [bold, italic, underline] = open.map(|count| count > 0);
            styled.push(character, Style { bold, italic, underline });
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    styled
}

/// Which style a tag of ASS switches, in the order of `open`, and whether on.
fn switch(tag: &str) -> Option<(usize, bool)> {
    let (name, number) = tag.split_at_checked(1)?;
    let place = ["b", "i", "u"].iter().position(|known| *known == name)?;
    matches!(number, "0" | "1").then_some((place, number == "1"))
}

/// The tag that the text begins with, and what follows it. Other words between angle brackets are text.
fn tag(text: &str) -> Option<(&str, &str)> {
    const KNOWN: [&str; 8] = ["b", "i", "u", "s", "strong", "em", "font", "span"];
    let (tag, after) = text.strip_prefix('<')?.split_once('>')?;
    let name = tag.trim_start_matches('/').split([' ', '=']).next()?;
    (tag.len() <= MAX_TAG && KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name))).then_some((tag, after))
}

/// Opens or closes a style; `open` counts bold, italic and underline.
fn apply(tag: &str, open: &mut [u32; 3]) {
    let (name, closes) = tag.strip_prefix('/').map_or((tag, false), |name| (name, true));
    let [bold, italic, underline] = open;
    let count = match name.split([' ', '=']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "b" | "strong" => bold,
        "i" | "em" => italic,
        "u" => underline,
        _ => return,
    };
    *count = if closes { count.saturating_sub(1) } else { count.saturating_add(1) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webvtt(text: &str) -> String {
        let styled = parse(text);
        format!("{}|{}", styled.to_webvtt().unwrap_or_default(), styled.settings())
    }

    #[test]
    fn tags_of_html_are_kept_as_far_as_webvtt_has_them() {
        assert_eq!(webvtt("Hello <i>there</i>"), "Hello <i>there</i>|");
        assert_eq!(webvtt("<B>a<I>b</B>c</I> <font color=\"#ff0000\">d</font>"), "<b>a</b><b><i>b</i></b><i>c</i> d|");
        assert_eq!(webvtt("<i>open"), "<i>open</i>|");
        assert_eq!(webvtt("</i>x</i><i>y"), "x<i>y</i>|");
    }

    #[test]
    fn what_is_no_tag_stays() {
        assert_eq!(webvtt("I <3 you > me <script>"), "I &lt;3 you &gt; me &lt;script&gt;|");
        assert_eq!(webvtt("a < b"), "a &lt; b|");
        assert_eq!(webvtt("<"), "&lt;|");
    }

    #[test]
    fn places_are_those_of_ass() {
        assert_eq!(webvtt("{\\an8}Above"), "Above| line:0");
        assert_eq!(webvtt("{\\a6}Above"), "Above| line:0");
        assert_eq!(webvtt("{sic}"), "{sic}|");
        assert_eq!(webvtt("{\\i1}a{\\i0\\b1}b{\\b0} {\\bord2}c"), "<i>a</i><b>b</b> c|");
    }
}
