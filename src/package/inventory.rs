//! The files of an existing package, whatever version of this crate wrote it.

use serde::Deserialize;

use crate::layout::{Key, is_rendition_id};
use crate::media::Build;
use crate::plan::{MAX_RENDITIONS, Media, Plan, is_language_tag};

/// Bytes that a plan has at least for each segment of a rendition, whose window or tiles it states. A `plan.json` is
/// untrusted and could claim 2^32 segments in a line.
const MIN_BYTES_PER_SEGMENT: usize = 16;

/// The part of a plan that determines the package's files, in any schema version.
#[derive(Default, Deserialize)]
struct AnyPlan {
    #[serde(default)]
    build: serde_json::Value,
    /// `tracks` before schema 3.
    #[serde(default, alias = "tracks")]
    renditions: Vec<serde_json::Value>,
    #[serde(default)]
    captions: Vec<serde_json::Value>,
    #[serde(default)]
    chapters: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct AnyRendition {
    id: String,
    segments: u32,
    #[serde(default, rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct AnyCaptions {
    language: String,
}

/// The files of a package.
#[derive(Default)]
pub(super) struct Inventory {
    build: serde_json::Value,
    renditions: Vec<AnyRendition>,
    captions: Vec<String>,
    has_chapters: bool,
}

impl Inventory {
    /// The files of the package with this `plan.json`. Lists only names that can be part of a package, whatever it
    /// says.
    pub(super) fn read(json: &[u8]) -> Self {
        fn valid<T: for<'de> Deserialize<'de>>(values: Vec<serde_json::Value>) -> impl Iterator<Item = T> {
            values.into_iter().filter_map(|value| serde_json::from_value(value).ok())
        }
        let plan: AnyPlan = serde_json::from_slice(json).unwrap_or_default();
        let renditions = valid::<AnyRendition>(plan.renditions).filter(|rendition| is_rendition_id(&rendition.id));
        let most = u32::try_from(json.len() / MIN_BYTES_PER_SEGMENT).unwrap_or(u32::MAX);
        let bounded = |rendition: AnyRendition| AnyRendition { segments: rendition.segments.min(most), ..rendition };
        let captions = valid::<AnyCaptions>(plan.captions).map(|captions| captions.language);
        Self {
            build: plan.build,
            renditions: renditions.take(MAX_RENDITIONS).map(bounded).collect(),
            captions: captions.filter(|language| is_language_tag(language)).collect(),
            has_chapters: !plan.chapters.is_empty(),
        }
    }

    /// The files of the package that a plan makes.
    pub(super) fn of(plan: &Plan) -> Self {
        let renditions = plan.renditions().iter().map(|rendition| AnyRendition {
            id: rendition.id.clone(),
            segments: rendition.segment_count,
            kind: match rendition.media {
                Media::Storyboard(..) => "storyboard".into(),
                Media::Text(_) => "text".into(),
                _ => String::new(),
            },
        });
        let captions = plan.captions().iter().map(|captions| captions.language.clone());
        Self {
            build: serde_json::Value::Null,
            renditions: renditions.collect(),
            captions: captions.collect(),
            has_chapters: !plan.chapters().is_empty(),
        }
    }

    /// Whether another build wrote it.
    pub(super) fn is_of_other_build(&self, build: &Build) -> bool {
        self.build.is_object() && serde_json::to_value(build).is_ok_and(|build| build != self.build)
    }

    /// All files but the plan, manifests first: removed in this order, no manifest ever refers to a missing file.
    pub(super) fn keys(&self) -> impl Iterator<Item = String> {
        let chapters = [Key::Chapters, Key::HlsChapters].into_iter().filter(|_| self.has_chapters);
        let top =
            [Key::Hls, Key::Dash, Key::Thumbnail, Key::Damage].into_iter().chain(chapters).map(|key| key.to_string());
        let captions =
            self.captions.iter().flat_map(|language| [Key::CaptionsPlaylist(language), Key::Captions(language)]);
        top.chain(captions.map(|key| key.to_string())).chain(self.renditions.iter().flat_map(keys))
    }
}

fn keys(rendition: &AnyRendition) -> impl Iterator<Item = String> {
    let AnyRendition { id, segments, kind } = rendition;
    type Segment<'id> = fn(&'id str, u32) -> Key<'id>;
    let (first, segment): (Option<Key<'_>>, Segment<'_>) = match kind.as_str() {
        "storyboard" | "images" => (Some(Key::Cues(id)), Key::Sheet),
        "text" => (None, Key::Text),
        _ => (Some(Key::Init(id)), Key::Segment),
    };
    let segment = move |index| segment(id, index);
    std::iter::once(Key::Playlist(id)).chain(first).chain((0..*segments).map(segment)).map(|key| key.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_has_no_more_segments_than_it_has_room_to_state() {
        let renditions = |id| format!(r#"{{"id": "{id}p", "segments": 4294967295}}"#);
        let json =
            format!(r#"{{"renditions": [{}]}}"#, (0..MAX_RENDITIONS).map(renditions).collect::<Vec<_>>().join(","));
        let count = Inventory::read(json.as_bytes()).keys().count();
        assert!(count < json.len() * MAX_RENDITIONS / MIN_BYTES_PER_SEGMENT + 1000, "{count} of {} bytes", json.len());
        assert!(count > MAX_RENDITIONS);
    }
}
