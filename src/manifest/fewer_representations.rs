//! DASH manifests (ISO/IEC 23009-1) of fewer representations. Elements are cut out of the text, so that all else stays as
//! it is, whoever wrote it and whatever extensions it has: read into types and written back, those would be lost.

use std::collections::BTreeSet;
use std::ops::Range;

use roxmltree::{Document, Node};

use super::rungs::{codecs, staying};
use crate::base::{Error, Rational, Result};

/// Video that shows keyframes alone, for seeking (DASH-IF IOP 4.3, 3.2.9).
const TRICK_MODE: &str = "http://dashif.org/guidelines/trickmode";
/// What tells adaptation sets of other content or another use apart.
const DESCRIPTORS: [&str; 4] = ["Accessibility", "EssentialProperty", "Role", "Viewpoint"];
/// Mono and stereo, as AudioChannelConfiguration says it in the schemes of MPEG and of Dolby.
const STEREO: [&str; 4] = ["1", "2", "4000", "A000"];
/// What an adaptation set states of its representations: attribute, theirs, whether it is the largest.
const BOUNDS: [(&str, &str, bool); 8] = [
    ("maxBandwidth", "bandwidth", true),
    ("maxFrameRate", "frameRate", true),
    ("maxHeight", "height", true),
    ("maxWidth", "width", true),
    ("minBandwidth", "bandwidth", false),
    ("minFrameRate", "frameRate", false),
    ("minHeight", "height", false),
    ("minWidth", "width", false),
];

/// Attributes of an element, and namespaces of all.
const MAX_COUNT: usize = 1000;

type Element<'mpd> = Node<'mpd, 'mpd>;
/// A part of the text, and what takes its place.
type Edit<'mpd> = (Range<usize>, &'mpd str);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Content {
    Audio,
    Video,
    TrickMode,
}

/// An adaptation set, by the place of its element in the text.
struct Set<'mpd> {
    element: Element<'mpd>,
    place: usize,
    /// Its language, and what it is for.
    usage: Vec<&'mpd str>,
    is_trick_mode: bool,
    is_stereo: bool,
}

/// A representation that players choose by its rate.
struct Choice<'set> {
    element: Element<'set>,
    set: &'set Set<'set>,
    content: Content,
    bandwidth: u64,
    is_stereo: bool,
}

/// What representations have to share so that one can take the place of another: content, use and codecs, and of audio the
/// set, by its place in the text.
type Kind<'set> = (Content, &'set [&'set str], BTreeSet<&'set str>, usize);

/// What `mpd` is without the representations that are above `bandwidth`, each with what is played beside it.
pub(super) fn within(mpd: &str, bandwidth: u64) -> Result<String> {
    let document = parse(mpd)?;
    let root = document.root_element();
    let name = root.tag_name().name();
    if name != "MPD" {
        return Err(Error::invalid(format!("manifest: its XML is a {name}, but that of a DASH manifest is an MPD")));
    }
    let mut edits = Vec::new();
    for period in children(root, "Period") {
        edits.extend(edits_of(mpd, period, bandwidth)?);
    }
    Ok(edited(mpd, edits))
}

/// Time and memory of the parser go with the squares of what is counted here.
fn parse(mpd: &str) -> Result<Document<'_>> {
    let attributes = mpd.split('<').map(|tag| tag.matches('=').count()).max().unwrap_or(0);
    if attributes.max(mpd.matches("xmlns").count()) > MAX_COUNT {
        return Err(Error::invalid(format!(
            "manifest: an element has more than {MAX_COUNT} attributes, or more namespaces are declared, so it is no MPD"
        )));
    }
    Document::parse(mpd).map_err(|error| {
        // It quotes what it found, line ends too.
        let said = error.to_string().replace(char::is_control, " ");
        Error::invalid(format!("manifest: it is no XML that can be read: {said}"))
    })
}

fn edits_of<'mpd>(mpd: &str, period: Element<'mpd>, bandwidth: u64) -> Result<Vec<Edit<'mpd>>> {
    let sets: Vec<Set<'_>> = children(period, "AdaptationSet").map(Set::new).collect();
    let choices = choices(&sets)?;
    let (audio, video) = (audio_rate(&choices), video_rate(&choices));
    let stereo: BTreeSet<_> =
        audios(&choices).filter(|choice| choice.is_stereo).map(|choice| &*choice.set.usage).collect();
    let rated = choices.iter().map(|choice| {
        let beside = match choice.content {
            Content::Audio => video,
            Content::Video => audio,
            // It is played without sound.
            Content::TrickMode => 0,
        };
        (kind(choice, &stereo), choice.bandwidth.saturating_add(beside))
    });
    let stay = staying(&rated.collect::<Vec<_>>(), bandwidth);
    let gone = choices.iter().zip(stay).filter(|(_, stays)| !stays).map(|(choice, _)| choice.element.range().start);
    let gone: BTreeSet<usize> = gone.collect();
    let mut edits = Vec::new();
    for set in sets.iter().map(|set| set.element) {
        let elements = children(set, "Representation");
        let (gone, left): (Vec<_>, Vec<_>) = elements.partition(|element| gone.contains(&element.range().start));
        match (gone.is_empty(), left.is_empty()) {
            (true, _) => {}
            (_, true) => edits.push((with_indent(mpd, set.range()), "")),
            _ => {
                edits.extend(gone.iter().map(|element| (with_indent(mpd, element.range()), "")));
                edits.extend(bounds(set, &left));
            }
        }
    }
    Ok(edits)
}

fn children<'mpd>(parent: Element<'mpd>, name: &'static str) -> impl Iterator<Item = Element<'mpd>> {
    parent.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

impl<'mpd> Set<'mpd> {
    fn new(element: Element<'mpd>) -> Self {
        let descriptors = element.children().filter(|child| DESCRIPTORS.contains(&child.tag_name().name()));
        let told = descriptors.flat_map(|descriptor| {
            let told = |name| descriptor.attribute(name).unwrap_or_default();
            [descriptor.tag_name().name(), told("schemeIdUri"), told("value")]
        });
        let usage: Vec<_> = std::iter::once(element.attribute("lang").unwrap_or_default()).chain(told).collect();
        Self {
            element,
            place: element.range().start,
            is_trick_mode: usage.contains(&TRICK_MODE),
            is_stereo: is_stereo(element).unwrap_or(true),
            usage,
        }
    }

    fn content(&self, element: Element<'_>) -> Option<Content> {
        let stated = self.element.attribute("contentType").or_else(|| inherited(self.element, element, "mimeType"))?;
        match stated.split('/').next()? {
            "audio" => Some(Content::Audio),
            "video" if self.is_trick_mode => Some(Content::TrickMode),
            "video" => Some(Content::Video),
            _ => None,
        }
    }
}

/// Whether an element says that its audio has two channels at most.
fn is_stereo(element: Element<'_>) -> Option<bool> {
    let value = children(element, "AudioChannelConfiguration").next()?.attribute("value")?;
    Some(STEREO.contains(&value))
}

/// An attribute that a set may state for all of its representations.
fn inherited<'mpd>(set: Element<'mpd>, element: Element<'mpd>, name: &str) -> Option<&'mpd str> {
    element.attribute(name).or_else(|| set.attribute(name))
}

/// The audio and video of a period.
fn choices<'set>(sets: &'set [Set<'set>]) -> Result<Vec<Choice<'set>>> {
    let elements =
        sets.iter().flat_map(|set| children(set.element, "Representation").map(move |element| (set, element)));
    let choices = elements.filter_map(|(set, element)| {
        let content = set.content(element)?;
        let bandwidth = element.attribute("bandwidth").unwrap_or_default().trim().parse().map_err(|_| {
            let id = element.attribute("id").unwrap_or_default().replace(char::is_control, " ");
            Error::invalid(format!(
                "manifest: Representation \"{id}\" states no bandwidth that is a number (ISO/IEC 23009-1 5.3.5)"
            ))
        });
        let is_stereo = is_stereo(element).unwrap_or(set.is_stereo);
        Some(bandwidth.map(|bandwidth| Choice { element, set, content, bandwidth, is_stereo }))
    });
    choices.collect()
}

/// `None` of audio with more channels, if `stereo` has the same.
fn kind<'set>(choice: &Choice<'set>, stereo: &BTreeSet<&[&str]>) -> Option<Kind<'set>> {
    let (usage, is_audio) = (&*choice.set.usage, choice.content == Content::Audio);
    if is_audio && !choice.is_stereo && stereo.contains(usage) {
        return None;
    }
    let codecs = codecs(inherited(choice.set.element, choice.element, "codecs").unwrap_or_default());
    // Video of one codec may be in several sets, audio of several tracks cannot be told apart otherwise.
    Some((choice.content, usage, codecs, if is_audio { choice.set.place } else { 0 }))
}

fn audios<'choices, 'set>(choices: &'choices [Choice<'set>]) -> impl Iterator<Item = &'choices Choice<'set>> {
    choices.iter().filter(|choice| choice.content == Content::Audio)
}

/// The rate of the audio that video is played with: the largest, as in the BANDWIDTH of HLS. Where some has two channels at
/// most, of that alone; and of each set the smallest, which players can choose.
fn audio_rate(choices: &[Choice<'_>]) -> u64 {
    let has_stereo = audios(choices).any(|choice| choice.is_stereo);
    let played: Vec<_> = audios(choices).filter(|choice| !has_stereo || choice.is_stereo).collect();
    let smallest = played.chunk_by(|one, other| one.set.place == other.set.place).filter_map(|set| {
        let rates = set.iter().map(|choice| choice.bandwidth);
        rates.min()
    });
    smallest.max().unwrap_or(0)
}

/// The rate of the smallest video.
fn video_rate(choices: &[Choice<'_>]) -> u64 {
    let videos = choices.iter().filter(|choice| choice.content == Content::Video);
    videos.map(|choice| choice.bandwidth).min().unwrap_or(0)
}

/// The largest and smallest values that a set states, as those that are left have them.
fn bounds<'mpd>(set: Element<'mpd>, left: &[Element<'mpd>]) -> Vec<Edit<'mpd>> {
    let bound = |(stated, name, is_largest): &(&str, &str, bool)| {
        let place = set.attribute_node(*stated)?.range_value();
        let values = left.iter().filter_map(|element| inherited(set, *element, name));
        let numbers = values.filter_map(|value| Some((value.parse::<Rational>().ok()?, value)));
        let (_, value) = if *is_largest { numbers.max() } else { numbers.min() }?;
        Some((place, value))
    };
    BOUNDS.iter().filter_map(bound).collect()
}

/// An element with the white space before it, if it begins its line.
fn with_indent(text: &str, element: Range<usize>) -> Range<usize> {
    let before = text.get(..element.start).unwrap_or_default().trim_end_matches([' ', '\t']);
    let line = before.strip_suffix('\n').map(|before| before.strip_suffix('\r').unwrap_or(before).len());
    line.unwrap_or(element.start)..element.end
}

fn edited(text: &str, mut edits: Vec<Edit<'_>>) -> String {
    edits.sort_by_key(|(place, _)| place.start);
    let (mut edited, mut end) = (String::with_capacity(text.len()), 0);
    for (place, with) in edits {
        edited.push_str(text.get(end..place.start).unwrap_or_default());
        edited.push_str(with);
        end = place.end;
    }
    edited + text.get(end..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mpd(periods: &[&[String]]) -> String {
        let periods = periods.iter().map(|sets| format!("  <Period>\n{}  </Period>\n", sets.concat()));
        format!(
            "<?xml version=\"1.0\"?>\n<!-- by somebody -->\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" xmlns:x=\"x\">\n{}</MPD>\n",
            periods.collect::<String>()
        )
    }

    /// A set with what describes it, and representations with these rates, as wide as their rates.
    fn set(kind: &str, attributes: &str, descriptors: &str, rates: &[u64]) -> String {
        let representation = |rate: &u64| {
            let inner =
                "<BaseURL>a.mp4</BaseURL><SegmentBase indexRange=\"1-2\"><Initialization range=\"0-0\"/></SegmentBase>";
            format!(
                "      <Representation id=\"{kind}{rate}\" bandwidth=\"{rate}\" width=\"{rate}\">{inner}</Representation>\n"
            )
        };
        let representations: String = rates.iter().map(representation).collect();
        format!(
            "    <AdaptationSet mimeType=\"{kind}/mp4\" {attributes}>{descriptors}<x:own/>\n{representations}    </AdaptationSet>\n"
        )
    }

    fn left(mpd: &str, bandwidth: u64) -> Vec<String> {
        let left = within(mpd, bandwidth).unwrap();
        assert_eq!(within(&left, bandwidth).unwrap(), left);
        let document = Document::parse(&left).unwrap();
        let elements = document.descendants().filter(|element| element.tag_name().name() == "Representation");
        elements.filter_map(|element| Some(element.attribute("id")?.to_owned())).collect()
    }

    #[test]
    fn each_period_keeps_what_its_own_audio_leaves_room_for() {
        let video = || set("video", "codecs=\"avc1.4d401e\"", "", &[900, 400]);
        let one = mpd(&[&[video(), set("audio", "", "", &[64])], &[video()], &[set("audio", "", "", &[128, 64])]]);
        assert_eq!(within(&one, 964).unwrap(), one);
        assert_eq!(left(&one, 963), ["video400", "audio64", "video900", "video400", "audio128", "audio64"]);
        assert_eq!(left(&one, 0), ["video400", "audio64", "video400", "audio64"]);
    }

    #[test]
    fn all_else_stays_as_it_is_and_sizes_are_put_right() {
        let bounds = |[most, least]: [u64; 2]| {
            format!(
                "maxWidth='{most}' minWidth = \"{least}\" maxBandwidth=\"{most}\" minBandwidth=\"{least}\" width=\"1\""
            )
        };
        let protection = "<ContentProtection schemeIdUri=\"urn:mpeg:dash:mp4protection:2011\" x:key=\"&lt;1&gt;\"/>";
        let text = set("text", "lang=\"en\"", "", &[5000]);
        let of = |edges, rates: &[u64]| mpd(&[&[set("video", &bounds(edges), protection, rates), text.clone()]]);
        assert_eq!(within(&of([900, 100], &[900, 400, 100]), 500).unwrap(), of([400, 100], &[400, 100]));
        assert_eq!(within(&of([900, 100], &[100, 400, 900]), 99).unwrap(), of([100, 100], &[100]));
    }

    #[test]
    fn each_codec_and_each_use_of_video_keeps_its_lowest() {
        let codec = |name: &str, rates: &[u64]| set("video", &format!("codecs=\"{name}\""), "", rates);
        let trick = format!("<EssentialProperty schemeIdUri=\"{TRICK_MODE}\" value=\"1\"/>");
        let sign = "<Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"sign\"/>";
        let all = mpd(&[&[
            codec("avc1.4d401e", &[900]),
            codec("avc1.42c00b", &[400]),
            codec("hvc1.1.6.L93.B0", &[801, 301]),
            set("video", "codecs=\"avc1.42c00b\"", &trick, &[402, 102]),
            set("video", "codecs=\"avc1.42c00b\"", sign, &[403, 103]),
            set("audio", "", "", &[100]),
        ]]);
        // Keyframes are shown without sound.
        assert_eq!(left(&all, 402), ["video400", "video301", "video402", "video102", "video103", "audio100"]);
        assert_eq!(left(&all, 1), ["video400", "video301", "video102", "video103", "audio100"]);
        assert!(!within(&all, 1).unwrap().contains("avc1.4d401e"), "no set is empty");
    }

    #[test]
    fn audio_counts_by_its_fewest_channels_and_most_expensive_language() {
        let audio = |lang: &str, channels: &str, rates: &[u64]| {
            let channels = format!(
                "<AudioChannelConfiguration schemeIdUri=\"urn:mpeg:mpegB:cicp:ChannelConfiguration\" value=\"{channels}\"/>"
            );
            set("audio", &format!("lang=\"{lang}\""), &channels, rates)
        };
        let video = set("video", "", "", &[900, 400]);
        let languages = [
            video.clone(),
            audio("en", "2", &[64]),
            audio("fr", "2", &[96]),
            audio("en", "6", &[384]),
            audio("de", "6", &[385]),
        ];
        let all = mpd(&[&languages]);
        assert_eq!(left(&all, 996), ["video900", "video400", "audio64", "audio96", "audio384", "audio385"]);
        // German has no other audio.
        assert_eq!(left(&all, 783), ["video400", "audio64", "audio96", "audio385"]);
        let surround = mpd(&[&[video, audio("en", "F801", &[384])]]);
        assert_eq!(left(&surround, 1283), ["video400", "audio384"]);
    }

    #[test]
    fn prefixes_and_elements_far_down_are_no_trouble() {
        let inner = "<m:Representation id=\"a\" bandwidth=\"9\"/><m:Representation id=\"b\" bandwidth=\"1\"/>";
        let of = |inner| {
            format!(
                "\u{feff}<m:MPD xmlns:m=\"a\"><m:Period><m:AdaptationSet contentType=\"video\">{inner}</m:AdaptationSet></m:Period></m:MPD>"
            )
        };
        assert_eq!(within(&of(inner), 5).unwrap(), of("<m:Representation id=\"b\" bandwidth=\"1\"/>"));
        let deep = format!("<MPD>{}{}</MPD>", "<a>".repeat(200_000), "</a>".repeat(200_000));
        assert_eq!(within(&deep, 5).unwrap(), deep);
    }
}
