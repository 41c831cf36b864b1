//! The plan's JSON. It states the source video once; reading links each rendition made from it to that one copy.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::captions::Captions;
use super::parts::{Parts, SCHEMA, SourceId};
use super::rendition::{AudioRendition, Media, Rendition, VideoRendition};
use super::source_video::SourceVideo;
use super::storyboard::Storyboard;
use super::text::TextRendition;
use super::warning::Warning;
use crate::base::{Error, ErrorKind, Rational, Result};
use crate::media::{Build, Chapter, Pids};

#[derive(Serialize)]
struct PlanOut<'a> {
    schema: u32,
    hash: &'a str,
    build: &'a Build,
    source: &'a SourceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_pids: Option<&'a Pids>,
    origin: Rational,
    duration: Rational,
    renditions: Vec<RenditionOut<'a>>,
    source_video: Option<&'a SourceVideo>,
    #[serde(skip_serializing_if = "<[Captions]>::is_empty")]
    captions: &'a [Captions],
    #[serde(skip_serializing_if = "<[Warning]>::is_empty")]
    warnings: &'a [Warning],
    #[serde(skip_serializing_if = "<[Chapter]>::is_empty")]
    chapters: &'a [Chapter],
}

#[derive(Serialize)]
struct RenditionOut<'a> {
    id: &'a str,
    segments: u32,
    codecs: &'a str,
    timescale: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoded_because: Option<&'a str>,
    #[serde(flatten)]
    media: MediaOut<'a>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum MediaOut<'a> {
    Video(&'a VideoRendition),
    Audio(&'a AudioRendition),
    Text(&'a TextRendition),
    Storyboard(&'a Storyboard),
}

#[derive(Deserialize)]
struct SchemaOnly {
    schema: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanIn {
    #[serde(rename = "schema")]
    _schema: u32,
    hash: String,
    build: Build,
    source: SourceId,
    #[serde(default)]
    source_pids: Option<Pids>,
    origin: Rational,
    duration: Rational,
    renditions: Vec<RenditionIn>,
    source_video: Option<SourceVideo>,
    #[serde(default)]
    captions: Vec<Captions>,
    #[serde(default)]
    warnings: Vec<Warning>,
    #[serde(default)]
    chapters: Vec<Chapter>,
}

#[derive(Deserialize)]
struct RenditionIn {
    id: String,
    segments: u32,
    codecs: String,
    timescale: u32,
    #[serde(default)]
    encoded_because: Option<String>,
    #[serde(flatten)]
    media: MediaIn,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum MediaIn {
    Video(VideoRendition),
    Audio(AudioRendition),
    Text(TextRendition),
    Storyboard(Storyboard),
}

fn serializable<'a>(parts: &'a Parts, hash: &'a str) -> PlanOut<'a> {
    let rendition = |rendition: &'a Rendition| RenditionOut {
        id: &rendition.id,
        segments: rendition.segment_count,
        codecs: &rendition.codecs,
        timescale: rendition.timescale,
        encoded_because: rendition.encoded_because.as_deref(),
        media: match &rendition.media {
            Media::Video(_, video) => MediaOut::Video(video),
            Media::Audio(audio) => MediaOut::Audio(audio),
            Media::Text(text) => MediaOut::Text(text),
            Media::Storyboard(_, storyboard) => MediaOut::Storyboard(storyboard),
        },
    };
    PlanOut {
        schema: SCHEMA,
        hash,
        build: &parts.build,
        source: &parts.source,
        source_pids: parts.pids.as_ref(),
        origin: parts.origin,
        duration: parts.duration,
        renditions: parts.renditions.iter().map(rendition).collect(),
        source_video: parts.video.as_deref(),
        captions: &parts.captions,
        warnings: &parts.warnings,
        chapters: &parts.chapters,
    }
}

/// Compact JSON, which the plan's hash is computed over.
pub(super) fn compact(parts: &Parts, hash: &str) -> std::result::Result<Vec<u8>, String> {
    serde_json::to_vec(&serializable(parts, hash)).map_err(|cause| format!("it cannot be written as JSON: {cause}"))
}

/// Indented JSON, which is what hosts store.
pub(super) fn pretty(parts: &Parts, hash: &str) -> String {
    // Cannot fail: the plan was serialised for its hash when it was created.
    serde_json::to_string_pretty(&serializable(parts, hash)).unwrap_or_default() + "\n"
}

/// Parses a plan into its parts and the hash that it states.
pub(super) fn read(text: &str) -> Result<(Parts, String)> {
    let invalid = |message: String| Error::new(ErrorKind::InvalidPlan, message);
    let SchemaOnly { schema } =
        serde_json::from_str(text).map_err(|cause| invalid("this is not a vodkit plan".into()).with_cause(cause))?;
    if schema != SCHEMA {
        let message =
            format!("the plan has schema version {schema}, but this build reads {SCHEMA}: plan the source again");
        return Err(invalid(message));
    }
    let plan: PlanIn =
        serde_json::from_str(text).map_err(|cause| invalid("the plan cannot be read".into()).with_cause(cause))?;
    let video = plan.source_video.map(Arc::new);
    let renditions = plan.renditions.into_iter().map(|rendition| link_source(rendition, video.as_ref()));
    let parts = Parts {
        build: plan.build,
        source: plan.source,
        pids: plan.source_pids,
        origin: plan.origin,
        duration: plan.duration,
        renditions: renditions.collect::<Result<_>>()?,
        video,
        captions: plan.captions,
        warnings: plan.warnings,
        chapters: plan.chapters,
    };
    Ok((parts, plan.hash))
}

/// A rendition together with the source video that it is made from.
fn link_source(rendition: RenditionIn, video: Option<&Arc<SourceVideo>>) -> Result<Rendition> {
    let RenditionIn { id, segments, codecs, timescale, encoded_because, media } = rendition;
    let source = || {
        let message =
            format!("rendition \"{id}\" is made from video, but the plan has no source video; plan the source again");
        video.cloned().ok_or_else(|| Error::new(ErrorKind::InvalidPlan, message))
    };
    let media = match media {
        MediaIn::Video(video) => Media::Video(source()?, video),
        MediaIn::Audio(audio) => Media::Audio(audio),
        MediaIn::Text(text) => Media::Text(text),
        MediaIn::Storyboard(storyboard) => Media::Storyboard(source()?, storyboard),
    };
    Ok(Rendition { id, segment_count: segments, codecs, timescale, encoded_because, media })
}
