//! All text files of a package that follow from its plan.

use super::bandwidth::Bandwidth;
use super::captions::captions_playlist;
use super::chapters::{apple_json, chapters_json};
use super::dash::dash_manifest;
use super::hls::{media_playlist, multivariant_playlist};
use super::storyboard::storyboard_vtt;
use crate::layout::Key;
use crate::plan::{Captions, Plan};

/// The package's text files except the plan, in writing order: files come before those that refer to them.
pub(crate) fn keys(plan: &Plan) -> impl Iterator<Item = Key<'_>> {
    let cues = plan.storyboard().map(|(rendition, _)| Key::Cues(&rendition.id));
    let captions = plan.captions().iter().map(|captions| captions.language.as_str());
    let captions = captions.flat_map(|language| [Key::Captions(language), Key::CaptionsPlaylist(language)]);
    let playlists = plan.renditions().iter().map(|rendition| Key::Playlist(&rendition.id));
    let chapters = [Key::Chapters, Key::HlsChapters].into_iter().filter(|_| !plan.chapters().is_empty());
    cues.into_iter().chain(captions).chain(chapters).chain(playlists).chain([Key::Dash, Key::Hls])
}

/// The content of the text file `key`; `None` if the plan has no such file.
pub(crate) fn text(plan: &Plan, key: Key<'_>, bandwidth: &Bandwidth) -> Option<String> {
    Some(match key {
        Key::Hls => multivariant_playlist(plan, bandwidth),
        Key::Dash => dash_manifest(plan, bandwidth),
        Key::Chapters => chapters_json(plan)?,
        Key::HlsChapters => apple_json(plan)?,
        Key::Playlist(id) => media_playlist(plan.rendition(id).ok()?),
        Key::Cues(id) => storyboard_vtt(plan.rendition(id).ok()?)?,
        Key::Captions(language) => captions(plan, language)?.webvtt.clone(),
        Key::CaptionsPlaylist(language) => captions_playlist(plan, captions(plan, language)?),
        _ => return None,
    })
}

/// The captions in this language.
fn captions<'plan>(plan: &'plan Plan, language: &str) -> Option<&'plan Captions> {
    plan.captions().iter().find(|captions| captions.language == language)
}
