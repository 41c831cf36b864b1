//! All texts of a package that follow from its plan.

use super::bandwidth::Bandwidth;
use super::captions::captions_playlist;
use super::dash::dash_manifest;
use super::hls::{media_playlist, multivariant_playlist};
use super::storyboard::storyboard_vtt;
use crate::layout::{DASH_KEY, HLS_KEY};
use crate::plan::Plan;

/// All manifests of a package with their places, in the order in which they are to be written: those that
/// others name come first.
pub(crate) fn all(plan: &Plan, bandwidth: &Bandwidth) -> Vec<(String, String)> {
    let cues = plan.storyboard().and_then(|(track, _)| track.cues_key()).zip(storyboard_vtt(plan));
    let playlists = plan.tracks.iter().map(|track| (track.playlist_key(), media_playlist(plan, track)));
    let captions = plan.captions.iter().flat_map(|captions| {
        [(captions.key(), captions.webvtt.clone()), (captions.playlist_key(), captions_playlist(plan, captions))]
    });
    cues.into_iter()
        .chain(captions)
        .chain(playlists)
        .chain([
            (DASH_KEY.to_owned(), dash_manifest(plan, bandwidth)),
            (HLS_KEY.to_owned(), multivariant_playlist(plan, bandwidth)),
        ])
        .collect()
}
