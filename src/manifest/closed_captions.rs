//! Closed captions in copied pictures, as manifests tell of them: those that are not there as text. Players offer what is
//! in the pictures beside the text renditions, and only where pictures are copied, so that captions would be listed twice and be
//! gone with a change to encoded pictures.

use dash_mpd::Accessibility;
use m3u8_rs::{AlternativeMedia, AlternativeMediaType, ClosedCaptionGroupId, InstreamId};

use crate::media::CaptionChannel;
use crate::plan::{Plan, Rendition, TextRendition};

/// The GROUP-ID of closed captions.
const GROUP: &str = "cc";
/// The scheme of CEA-608 in pictures (DASH-IF IOP 6.4.3.3).
const CEA_608: &str = "urn:scte:dash:cc:cea-608:2015";

/// The channels that are offered from the pictures. CEA-708 has the same as CEA-608, for later receivers.
fn offered(plan: &Plan) -> impl Iterator<Item = CaptionChannel> {
    let source = plan.source_video();
    let is_own = |text: &TextRendition| source.is_some_and(|source| source.track == text.source_track);
    let texts = plan.texts().filter(|(_, text)| is_own(text)).filter_map(|(_, text)| text.caption_channel);
    let texts: Vec<_> = texts.collect();
    let carried = source.into_iter().flat_map(|source| source.closed_captions.iter().copied());
    carried.filter(move |channel| match channel {
        CaptionChannel::Service1 => texts.is_empty(),
        _ => !texts.contains(channel),
    })
}

/// The same with the names of HLS.
fn channels(plan: &Plan) -> impl Iterator<Item = (InstreamId, &'static str)> {
    offered(plan).map(|channel| {
        let id = match channel {
            CaptionChannel::Cc1 => InstreamId::CC(1),
            CaptionChannel::Cc2 => InstreamId::CC(2),
            CaptionChannel::Cc3 => InstreamId::CC(3),
            CaptionChannel::Cc4 => InstreamId::CC(4),
            CaptionChannel::Service1 => InstreamId::Service(1),
        };
        (id, channel.name())
    })
}

/// The EXT-X-MEDIA tags. Nothing says in which language they are.
pub(super) fn renditions(plan: &Plan) -> impl Iterator<Item = AlternativeMedia> {
    channels(plan).map(|(instream_id, name)| AlternativeMedia {
        media_type: AlternativeMediaType::ClosedCaptions,
        group_id: GROUP.into(),
        name: name.into(),
        autoselect: true,
        instream_id: Some(instream_id),
        ..Default::default()
    })
}

/// CLOSED-CAPTIONS of a variant. NONE has to be said of all of them or of none (RFC 8216 4.3.4.2).
pub(super) fn group(plan: &Plan, rendition: &Rendition) -> Option<ClosedCaptionGroupId> {
    match channels(plan).next() {
        None => Some(ClosedCaptionGroupId::None),
        Some(_) => rendition.is_passthrough().then(|| ClosedCaptionGroupId::GroupId(GROUP.into())),
    }
}

/// What DASH says of the set of pictures that has copied ones.
pub(super) fn accessibility(plan: &Plan) -> Option<Accessibility> {
    let analog = offered(plan).filter(|channel| *channel != CaptionChannel::Service1);
    let names: Vec<_> = analog.map(|channel| format!("{}=und", channel.name())).collect();
    (!names.is_empty()).then(|| Accessibility {
        schemeIdUri: CEA_608.into(),
        value: Some(names.join(";")),
        ..Default::default()
    })
}
