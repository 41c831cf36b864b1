//! HLS multivariant playlists (RFC 8216 4.3.4) of fewer variants. Lines are taken out of the text, so that all else stays as
//! it is, whoever wrote it and whatever tags it has.

use std::collections::{BTreeMap, BTreeSet};

use super::rungs::{codecs, staying};
use crate::base::{Error, Result};

const VARIANT: &str = "#EXT-X-STREAM-INF:";
const I_FRAMES: &str = "#EXT-X-I-FRAME-STREAM-INF:";
const RENDITION: &str = "#EXT-X-MEDIA:";
/// The types of renditions, which are the attributes too by which variants name groups of them.
const TYPES: [&str; 4] = ["AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"];

struct Variant<'text> {
    attributes: BTreeMap<&'text str, &'text str>,
    bandwidth: u64,
    is_i_frames: bool,
    /// The lines of its tag and of its URI.
    lines: Vec<usize>,
}

/// What `playlist` is without the variants above `bandwidth`, and without the renditions that only those name.
pub(super) fn within(playlist: &str, bandwidth: u64) -> Result<String> {
    let lines: Vec<&str> = playlist.split_inclusive('\n').collect();
    let variants = variants(&lines)?;
    let choices: Vec<_> = variants.iter().map(|variant| (Some(kind(variant)), variant.bandwidth)).collect();
    let stay = staying(&choices, bandwidth);
    let (left, gone): (Vec<_>, Vec<_>) = variants.iter().zip(stay).partition(|(_, stays)| *stays);
    let lines_gone: BTreeSet<usize> = gone.iter().flat_map(|(variant, _)| &variant.lines).copied().collect();
    let (named, named_by_gone) = (groups(&left), groups(&gone));
    let stays = |(number, line): &(usize, &&str)| {
        let is_orphan = line.strip_prefix(RENDITION).map(attributes).is_some_and(|rendition| {
            let group = (attribute(&rendition, "TYPE"), attribute(&rendition, "GROUP-ID"));
            named_by_gone.contains(&group) && !named.contains(&group)
        });
        !lines_gone.contains(number) && !is_orphan
    };
    Ok(lines.iter().enumerate().filter(stays).map(|(_, line)| *line).collect())
}

fn variants<'text>(lines: &[&'text str]) -> Result<Vec<Variant<'text>>> {
    let mut variants = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let (list, is_i_frames) = match (line.strip_prefix(VARIANT), line.strip_prefix(I_FRAMES)) {
            (Some(list), _) => (list, false),
            (_, Some(list)) => (list, true),
            _ => continue,
        };
        let attributes = attributes(list);
        let bandwidth = attribute(&attributes, "BANDWIDTH").parse().map_err(|_| {
            Error::invalid(format!(
                "manifest: line {} states no BANDWIDTH that is a number (RFC 8216 4.3.4.2)",
                number + 1
            ))
        })?;
        // An I-frame playlist's URI is an attribute.
        let following = lines.iter().enumerate().skip(number + 1).take_while(|(_, line)| !line.starts_with(VARIANT));
        let uri = following.filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty()).map(|(uri, _)| uri);
        let lines = std::iter::once(number).chain(uri.take(usize::from(!is_i_frames))).collect();
        variants.push(Variant { attributes, bandwidth, is_i_frames, lines });
    }
    if variants.iter().all(|variant| variant.is_i_frames) {
        return Err(Error::invalid(
            "manifest: it has no variants (EXT-X-STREAM-INF), so it is no HLS multivariant playlist (RFC 8216 4.3.4)",
        ));
    }
    Ok(variants)
}

/// What a player that knows one kind alone cannot replace by another. Between pathways players change when one fails
/// (RFC 8216bis 7.1).
fn kind<'text>(variant: &Variant<'text>) -> (bool, &'text str, BTreeSet<&'text str>) {
    let list = attribute(&variant.attributes, "CODECS");
    (variant.is_i_frames, attribute(&variant.attributes, "PATHWAY-ID"), codecs(list))
}

/// The groups of renditions that variants name.
fn groups<'text>(variants: &[(&Variant<'text>, bool)]) -> BTreeSet<(&'text str, &'text str)> {
    let of = |variant: &Variant<'text>| TYPES.map(|kind| (kind, attribute(&variant.attributes, kind)));
    variants.iter().flat_map(|(variant, _)| of(variant)).collect()
}

fn attribute<'text>(attributes: &BTreeMap<&str, &'text str>, name: &str) -> &'text str {
    attributes.get(name).copied().unwrap_or_default()
}

/// An attribute list (RFC 8216 4.2), values without their quotes.
fn attributes(mut list: &str) -> BTreeMap<&str, &str> {
    let mut attributes = BTreeMap::new();
    while let Some((name, rest)) = list.split_once('=') {
        let (value, rest) = match rest.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
            Some((value, rest)) => (value, rest.split_once(',').map_or("", |(_, rest)| rest)),
            None => rest.split_once(',').unwrap_or((rest, "")),
        };
        attributes.insert(name.trim(), value.trim());
        list = rest;
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_may_have_commas_and_equals_signs_in_quotes() {
        let list = "BANDWIDTH=1280000,CODECS=\"avc1.4d401e,mp4a.40.2\", NAME=\"a=b,c\",RESOLUTION=1x2\r\n";
        let expected =
            [("BANDWIDTH", "1280000"), ("CODECS", "avc1.4d401e,mp4a.40.2"), ("NAME", "a=b,c"), ("RESOLUTION", "1x2")];
        assert_eq!(attributes(list), expected.into());
        for odd in ["", "A", "=", "=\"", "A=\"b", ",,=,=", "A=\"\"\"B=\"\""] {
            attributes(odd);
        }
    }

    /// As Shaka Packager and others write them: with two audio codecs, I-frames, a key, and lines of other ends.
    const OTHERS: &str = concat!(
        "#EXTM3U\r\n## by somebody\r\n\r\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"\r\n",
        "#EXT-X-MEDIA:TYPE=AUDIO,URI=\"aac.m3u8\",GROUP-ID=\"aac\",LANGUAGE=\"en\",NAME=\"English, or so\"\r\n",
        "#EXT-X-MEDIA:TYPE=AUDIO,URI=\"ac3.m3u8\",GROUP-ID=\"ac3\",LANGUAGE=\"en\",NAME=\"English\"\r\n",
        "#EXT-X-MEDIA:TYPE=SUBTITLES,URI=\"en.m3u8\",GROUP-ID=\"aac\",LANGUAGE=\"en\",NAME=\"English\"\r\n",
        "#EXT-X-MEDIA:TYPE=AUDIO,URI=\"x.m3u8\",GROUP-ID=\"named by nobody\",NAME=\"X\"\r\n",
        "#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI=\"skd://1\",KEYFORMAT=\"com.apple.streamingkeydelivery\"\r\n",
        "#EXT-X-STREAM-INF:BANDWIDTH=900,CODECS=\"avc1.64001f,mp4a.40.2\",AUDIO=\"aac\",SUBTITLES=\"aac\"\r\n{$a}/900.m3u8\r\n",
        "#EXT-X-STREAM-INF:BANDWIDTH=400,CODECS=\"mp4a.40.5, avc1.42c00b\",AUDIO=\"aac\"\r\n# low\r\n\r\n400.m3u8\r\n",
        "#EXT-X-STREAM-INF:BANDWIDTH=1200,CODECS=\"avc1.64001f,ac-3\",AUDIO=\"ac3\"\r\n1200.m3u8\r\n",
        "#EXT-X-STREAM-INF:BANDWIDTH=700,CODECS=\"avc1.42c00b,ac-3\",AUDIO=\"ac3\"\r\n700.m3u8\r\n",
        "#EXT-X-STREAM-INF:BANDWIDTH=400,CODECS=\"avc1.42c00b,mp4a.40.2\",AUDIO=\"aac\"\r\nhttps://other/400.m3u8\r\n",
        "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=300,CODECS=\"avc1.64001f\",URI=\"300.m3u8\"\r\n",
        "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=100,CODECS=\"avc1.42c00b\",URI=\"100.m3u8\"",
    );

    /// What is no line of `OTHERS` any more.
    fn gone(bandwidth: u64) -> Vec<&'static str> {
        let left = within(OTHERS, bandwidth).unwrap();
        let mut left = left.split_inclusive('\n').peekable();
        OTHERS.split_inclusive('\n').filter(|line| left.next_if_eq(line).is_none()).map(str::trim_end).collect()
    }

    fn gone_uris(bandwidth: u64) -> Vec<&'static str> {
        let uri =
            |line: &'static str| if line.starts_with('#') { attributes(line).get("URI").copied() } else { Some(line) };
        gone(bandwidth).into_iter().filter_map(uri).collect()
    }

    #[test]
    fn lines_of_variants_and_of_what_they_alone_name_are_taken_out() {
        assert!(gone(1200).is_empty());
        assert_eq!(gone_uris(1199), ["1200.m3u8"]);
        assert_eq!(gone_uris(899), ["en.m3u8", "{$a}/900.m3u8", "1200.m3u8"]);
        // Who knows AC-3 alone has it, and both places of the lowest stay.
        let lowest = ["en.m3u8", "{$a}/900.m3u8", "1200.m3u8", "300.m3u8"];
        assert_eq!([gone_uris(299), gone_uris(0)], [lowest, lowest]);
        assert_eq!(gone(0).len(), 6, "{:?}", gone(0));
    }

    #[test]
    fn each_pathway_keeps_its_lowest() {
        let variant = |rate, path| format!("#EXT-X-STREAM-INF:BANDWIDTH={rate},PATHWAY-ID=\"{path}\"\n{path}{rate}\n");
        let steering = "#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI=\"s\",PATHWAY-ID=\"a\"\n";
        let [a, b, high] = [variant(4, "a"), variant(5, "b"), variant(6, "a")];
        assert_eq!(within(&format!("{steering}{high}{a}{b}"), 1).unwrap(), format!("{steering}{a}{b}"));
    }

    #[test]
    fn a_tag_without_its_uri_takes_no_other_line_away() {
        let cut =
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9\n#EXT-X-STREAM-INF:BANDWIDTH=1\na\n#EXT-X-STREAM-INF:BANDWIDTH=9";
        assert_eq!(within(cut, 1).unwrap(), "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na\n");
    }
}
