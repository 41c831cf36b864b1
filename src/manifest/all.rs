//! The texts of a package that follow from its plan.

use super::bandwidth::Bandwidth;
use super::captions::captions_playlist;
use super::dash::dash_manifest;
use super::hls::{media_playlist, multivariant_playlist};
use super::storyboard::storyboard_vtt;
use crate::layout::Key;
use crate::plan::{Captions, Plan};

/// All texts of a package but the plan, in the order in which they are written: what others name comes first.
pub(crate) fn keys(plan: &Plan) -> impl Iterator<Item = Key<'_>> {
    let cues = plan.storyboard().map(|(rendition, _)| Key::Cues(&rendition.id));
    let captions = plan.captions().iter().map(|captions| captions.language.as_str());
    let captions = captions.flat_map(|language| [Key::Captions(language), Key::CaptionsPlaylist(language)]);
    let playlists = plan.renditions().iter().map(|rendition| Key::Playlist(&rendition.id));
    cues.into_iter().chain(captions).chain(playlists).chain([Key::Dash, Key::Hls])
}

/// The text at `key`; `None` where the plan has none there.
pub(crate) fn text(plan: &Plan, key: Key<'_>, bandwidth: &Bandwidth) -> Option<String> {
    Some(match key {
        Key::Hls => multivariant_playlist(plan, bandwidth),
        Key::Dash => dash_manifest(plan, bandwidth),
        Key::Playlist(id) => media_playlist(plan.rendition(id).ok()?),
        Key::Cues(id) => storyboard_vtt(plan.rendition(id).ok()?)?,
        Key::Captions(language) => captions(plan, language)?.webvtt.clone(),
        Key::CaptionsPlaylist(language) => captions_playlist(plan, captions(plan, language)?),
        _ => return None,
    })
}

/// The captions whose files have this name.
fn captions<'plan>(plan: &'plan Plan, language: &str) -> Option<&'plan Captions> {
    plan.captions().iter().find(|captions| captions.language == language)
}
