//! Closed captions in copied pictures, as manifests tell of them: those that are not there as text. Players offer what is
//! in the pictures beside the text renditions, and only where pictures are copied, so that captions would be listed twice and be
//! gone with a change to encoded pictures.

use dash_mpd::Accessibility;
use m3u8_rs::{AlternativeMedia, AlternativeMediaType, ClosedCaptionGroupId, InstreamId};

use crate::media::{CaptionChannel, offered as offered_of, three_letters};
use crate::plan::{Plan, Rendition, TextRendition};

/// The GROUP-ID of closed captions.
const GROUP: &str = "cc";
/// The schemes of CEA-608 and of CEA-708 in pictures (SCTE 214-1, DASH-IF IOP 6.4.3.3).
const CEA_608: &str = "urn:scte:dash:cc:cea-608:2015";
const CEA_708: &str = "urn:scte:dash:cc:cea-708:2015";

/// The channels that are offered from the pictures, with their languages where the source says them.
fn offered(plan: &Plan) -> Vec<(CaptionChannel, Option<&str>)> {
    let Some(source) = plan.source_video() else { return Vec::new() };
    let language = |channel| source.caption_languages.get(&channel).map(String::as_str);
    let is_own = |text: &TextRendition| text.source_track == source.track;
    let texts: Vec<_> =
        plan.texts().filter(|(_, text)| is_own(text)).filter_map(|(_, text)| text.caption_channel).collect();
    let all = offered_of(&source.closed_captions, language);
    all.into_iter().filter(|channel| !texts.contains(channel)).map(|channel| (channel, language(channel))).collect()
}

/// The EXT-X-MEDIA tags.
pub(super) fn renditions(plan: &Plan) -> impl Iterator<Item = AlternativeMedia> {
    offered(plan).into_iter().map(|(channel, language)| AlternativeMedia {
        media_type: AlternativeMediaType::ClosedCaptions,
        group_id: GROUP.into(),
        language: language.map(str::to_owned),
        name: channel.to_string(),
        autoselect: true,
        instream_id: Some(match channel {
            CaptionChannel::Cc1 => InstreamId::CC(1),
            CaptionChannel::Cc2 => InstreamId::CC(2),
            CaptionChannel::Cc3 => InstreamId::CC(3),
            CaptionChannel::Cc4 => InstreamId::CC(4),
            CaptionChannel::Service(number) => InstreamId::Service(number),
        }),
        ..Default::default()
    })
}

/// CLOSED-CAPTIONS of a variant. NONE has to be said of all of them or of none (RFC 8216 4.3.4.2).
pub(super) fn group(plan: &Plan, rendition: &Rendition) -> Option<ClosedCaptionGroupId> {
    match offered(plan).is_empty() {
        true => Some(ClosedCaptionGroupId::None),
        false => rendition.is_passthrough().then(|| ClosedCaptionGroupId::GroupId(GROUP.into())),
    }
}

/// What DASH says of the set of pictures that has copied ones.
pub(super) fn accessibility(plan: &Plan) -> Vec<Accessibility> {
    let (mut analog, mut digital) = (Vec::new(), Vec::new());
    for (channel, language) in offered(plan) {
        let language = language.and_then(three_letters).unwrap_or(*b"und");
        let language = String::from_utf8_lossy(&language);
        match channel {
            CaptionChannel::Service(number) => digital.push(format!("{number}=lang:{language}")),
            _ => analog.push(format!("{channel}={language}")),
        }
    }
    let schemes = [(CEA_608, analog), (CEA_708, digital)].into_iter().filter(|(_, channels)| !channels.is_empty());
    let told = |(scheme, channels): (&str, Vec<String>)| Accessibility {
        schemeIdUri: scheme.into(),
        value: Some(channels.join(";")),
        ..Default::default()
    };
    schemes.map(told).collect()
}
