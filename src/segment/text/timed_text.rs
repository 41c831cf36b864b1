//! Timed text of MP4 and QuickTime (3GPP TS 26.245).

use super::styled::{Style, StyledText};

/// How text looks that has no style of its own, as a sample description says from its display flags on (5.16).
pub(super) fn usual_style(description: &[u8]) -> Style {
    // Flags, justification, a colour and a box come before the style, whose flags are its seventh byte. QuickTime's older descriptions
    // have zeros there.
    description.get(24).copied().map(style_of).unwrap_or_default()
}

/// The text of a sample; `None` if it has none.
pub(super) fn parse(sample: &[u8], usual: Style) -> Option<StyledText> {
    let (length, rest) = sample.split_first_chunk::<2>()?;
    let (text, boxes) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    let text = decode(text);
    let styles = styles(boxes);
    let mut styled = StyledText::default();
    for (character, number) in text.chars().zip(0_u16..) {
        let style = styles.iter().find(|(start, end, _)| (*start..*end).contains(&number));
        styled.push(character, style.map_or(usual, |(.., style)| *style));
    }
    Some(styled)
}

/// UTF-8, or UTF-16 with a byte order mark (5.17.1.1).
fn decode(bytes: &[u8]) -> String {
    let units = |bytes: &[u8], from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).filter_map(|unit| Some(from(unit.try_into().ok()?))).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The style records: first and last character, and how these look (5.17.1.2).
fn styles(mut boxes: &[u8]) -> Vec<(u16, u16, Style)> {
    while let Some((size, rest)) = boxes.split_first_chunk::<4>() {
        let content = (u32::from_be_bytes(*size) as usize).checked_sub(4).and_then(|size| rest.split_at_checked(size));
        let Some((content, next)) = content.filter(|(content, _)| content.len() >= 4) else { break };
        if let Some(records) = content.strip_prefix(b"styl").and_then(|content| content.get(2..)) {
            return records.chunks_exact(12).filter_map(style).collect();
        }
        boxes = next;
    }
    Vec::new()
}

fn style(record: &[u8]) -> Option<(u16, u16, Style)> {
    let number = |place: usize| Some(u16::from_be_bytes(record.get(place..place + 2)?.try_into().ok()?));
    Some((number(0)?, number(2)?, style_of(*record.get(6)?)))
}

fn style_of(flags: u8) -> Style {
    Style { bold: flags & 1 != 0, italic: flags & 2 != 0, underline: flags & 4 != 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(text: &[u8], records: &[(u16, u16, u8)]) -> Vec<u8> {
        let mut boxed = b"hlit\0\0\0\0styl".to_vec();
        boxed.extend((records.len() as u16).to_be_bytes());
        for (start, end, flags) in records {
            boxed.extend([start.to_be_bytes(), end.to_be_bytes(), [0, 1], [*flags, 16], [255; 2], [255; 2]].concat());
        }
        let styl = boxed.split_off(8);
        let sizes = [12_u32, styl.len() as u32 + 4].map(u32::to_be_bytes);
        [&(text.len() as u16).to_be_bytes(), text, &sizes[0], &boxed, &sizes[1], &styl].concat()
    }

    fn webvtt(sample: &[u8]) -> Option<String> {
        parse(sample, Style::default())?.to_webvtt()
    }

    #[test]
    fn what_has_no_style_of_its_own_has_that_of_the_description() {
        let description = [&[0; 24][..], &[2, 16, 255, 255, 255, 255]].concat();
        let sample = sample(b"all of it", &[(0, 3, 1)]);
        let text = parse(&sample, usual_style(&description)).unwrap();
        assert_eq!(text.to_webvtt().as_deref(), Some("<b>all</b><i> of it</i>"));
        assert_eq!(usual_style(&description[..24]), Style::default());
    }

    #[test]
    fn styles_are_counted_in_characters() {
        let sample = sample("Grüße\rdort".as_bytes(), &[(0, 3, 1), (6, 10, 6)]);
        assert_eq!(webvtt(&sample).as_deref(), Some("<b>Grü</b>ße\n<i><u>dort</u></i>"));
    }

    #[test]
    fn utf_16_is_read_in_both_orders() {
        assert_eq!(webvtt(&sample(&[0xfe, 0xff, 0x20, 0xac], &[])).as_deref(), Some("€"));
        assert_eq!(webvtt(&sample(&[0xff, 0xfe, 0xac, 0x20], &[])).as_deref(), Some("€"));
    }

    #[test]
    fn damaged_samples_do_no_harm() {
        let whole = sample(b"Hello", &[(0, 5, 1)]);
        for cut in 0..whole.len() {
            parse(&whole[..cut], Style::default());
        }
        assert_eq!(webvtt(&[0, 0]), None);
        assert_eq!(parse(&[0, 9, b'a'], Style::default()), None);
        assert_eq!(webvtt(b"\0\x01a\0\0\0\0styl").as_deref(), Some("a"));
        assert_eq!(webvtt(b"\0\x01a\xff\xff\xff\xffstyl").as_deref(), Some("a"));
    }
}
