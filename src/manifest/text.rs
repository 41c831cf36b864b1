//! Text renditions in manifests.

use dash_mpd::{AdaptationSet, Label, Representation, Role, SegmentTemplate, SegmentTimeline};
use m3u8_rs::{AlternativeMedia, AlternativeMediaType};

use super::bandwidth::Bandwidth;
use super::captions::GROUP;
use super::playlist::{media_text, segment, vod_playlist};
use super::sets::{ROLES, timeline};
use crate::plan::{Plan, Rendition, TextRendition, TextRole};

/// The text renditions that players are told of: captions that the caller gave take the place of those in their language.
fn shown(plan: &Plan) -> impl Iterator<Item = (&Rendition, &TextRendition)> {
    let is_replaced = |text: &TextRendition| {
        let given = plan.captions().iter().map(|captions| captions.language.as_str());
        !text.forced
            && text.language.as_ref().is_some_and(|tag| given.into_iter().any(|given| given.eq_ignore_ascii_case(tag)))
    };
    plan.texts().filter(move |(_, text)| !is_replaced(text))
}

/// The HLS media playlist of text.
pub(super) fn text_playlist(rendition: &Rendition) -> String {
    let durations = rendition.segment_durations();
    let segments = durations.iter().zip(0..).map(|(ticks, index)| segment(rendition, index, *ticks));
    let playlist = vod_playlist(&durations, rendition.timescale, segments.collect());
    media_text(&playlist, &durations, rendition.timescale)
}

/// The EXT-X-MEDIA tags for the multivariant playlist, in the group of captions.
pub(super) fn renditions(plan: &Plan) -> impl Iterator<Item = AlternativeMedia> {
    // Names in a group have to differ (RFC 8216 4.3.4.1.1); those of a source's tracks may not.
    let names: Vec<&str> = plan
        .captions()
        .iter()
        .map(|captions| captions.name.as_str())
        .chain(shown(plan).map(|(_, text)| text.name.as_str()))
        .collect();
    shown(plan).map(move |(rendition, text)| {
        let is_ambiguous = names.iter().filter(|name| **name == text.name).count() > 1;
        AlternativeMedia {
            media_type: AlternativeMediaType::Subtitles,
            uri: Some(rendition.playlist_key()),
            group_id: GROUP.into(),
            language: text.language.clone(),
            name: if is_ambiguous { format!("{} ({})", text.name, rendition.id) } else { text.name.clone() },
            // Remarks are read by who chooses them, and by nobody else.
            autoselect: text.role != TextRole::Commentary,
            forced: text.forced,
            // RFC 8216 4.3.4.1.
            characteristics: (text.role == TextRole::HearingImpaired).then(|| {
                "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound".into()
            }),
            ..Default::default()
        }
    })
}

/// The adaptation sets, in segments as all other media.
pub(super) fn text_sets<'plan>(
    plan: &'plan Plan,
    first_id: usize,
    bandwidth: &'plan Bandwidth,
) -> impl Iterator<Item = AdaptationSet> + 'plan {
    shown(plan).zip(first_id..).map(|((rendition, text), id)| {
        // ISO/IEC 23009-1 table 34.
        let role = match text.role {
            _ if text.forced => "forced-subtitle",
            TextRole::Subtitles => "subtitle",
            TextRole::HearingImpaired => "caption",
            TextRole::Commentary => "commentary",
        };
        AdaptationSet {
            id: Some(id.to_string()),
            contentType: Some("text".into()),
            mimeType: Some("text/vtt".into()),
            segmentAlignment: Some(true),
            lang: text.language.clone(),
            Label: vec![Label { content: text.name.clone(), ..Default::default() }],
            Role: vec![Role { schemeIdUri: ROLES.into(), value: Some(role.into()), ..Default::default() }],
            SegmentTemplate: Some(SegmentTemplate {
                timescale: Some(rendition.timescale.into()),
                media: Some("$RepresentationID$/$Number%05d$.vtt".into()),
                startNumber: Some(0),
                SegmentTimeline: Some(SegmentTimeline { segments: timeline(&rendition.segment_durations()) }),
                ..Default::default()
            }),
            representations: vec![Representation {
                id: Some(rendition.id.clone()),
                bandwidth: Some(bandwidth.of(plan, &rendition.id).peak),
                ..Default::default()
            }],
            ..Default::default()
        }
    })
}
