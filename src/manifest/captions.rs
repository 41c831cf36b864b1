//! Captions in manifests.

use dash_mpd::{AdaptationSet, BaseURL, Label, Representation, Role};
use m3u8_rs::{AlternativeMedia, AlternativeMediaType, MediaSegment};

use super::playlist::{file_name, media_text, vod_playlist};
use crate::base::Rational;
use crate::plan::{Captions, Plan};

/// The GROUP-ID of all captions.
pub(super) const GROUP: &str = "captions";

/// Duration of the plan in milliseconds; captions last as long.
fn milliseconds(plan: &Plan) -> u64 {
    u64::try_from((plan.duration() * Rational::from(1000)).floor()).unwrap_or(0)
}

/// The HLS media playlist of captions, with all text in one segment (RFC 8216 3.5).
pub fn captions_playlist(plan: &Plan, captions: &Captions) -> String {
    let duration = milliseconds(plan);
    let segment = MediaSegment {
        uri: file_name(&captions.key()),
        duration: (duration as f64 / 1000.0) as f32,
        ..MediaSegment::empty()
    };
    media_text(&vod_playlist(&[duration], 1000, vec![segment]), &[duration], 1000)
}

/// The captions' EXT-X-MEDIA tags for the multivariant playlist.
pub(super) fn renditions(plan: &Plan) -> impl Iterator<Item = AlternativeMedia> {
    plan.captions().iter().map(|captions| AlternativeMedia {
        media_type: AlternativeMediaType::Subtitles,
        uri: Some(captions.playlist_key()),
        group_id: GROUP.into(),
        language: Some(captions.language.clone()),
        name: captions.name.clone(),
        autoselect: true,
        ..Default::default()
    })
}

/// The captions' adaptation sets, each of one file without segments.
pub(super) fn text_sets(plan: &Plan, first_id: usize) -> impl Iterator<Item = AdaptationSet> {
    let duration = milliseconds(plan).max(1);
    plan.captions().iter().zip(first_id..).map(move |(captions, id)| AdaptationSet {
        id: Some(id.to_string()),
        contentType: Some("text".into()),
        mimeType: Some("text/vtt".into()),
        lang: Some(captions.language.clone()),
        Label: vec![Label { content: captions.name.clone(), ..Default::default() }],
        Role: vec![Role {
            schemeIdUri: "urn:mpeg:dash:role:2011".into(),
            value: Some("subtitle".into()),
            ..Default::default()
        }],
        representations: vec![Representation {
            id: Some(format!("captions-{}", captions.language)),
            bandwidth: Some((captions.webvtt.len() as u64 * 8 * 1000).div_ceil(duration).max(1)),
            BaseURL: vec![BaseURL { base: captions.key(), ..Default::default() }],
            ..Default::default()
        }],
        ..Default::default()
    })
}
