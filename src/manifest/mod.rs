//! HLS and DASH manifests of a plan. Final when the plan is, but for the bit rates: estimated until the
//! segments are there to be measured.

mod bandwidth;
mod captions;
mod dash;
mod hls;
mod media_type;
mod storyboard;

pub use bandwidth::{Bandwidth, Rate};
pub use captions::captions_playlist;
pub use dash::dash_manifest;
pub use hls::{media_playlist, multivariant_playlist, starting_at};
pub use media_type::media_type;
pub use storyboard::storyboard_vtt;

use crate::plan::Plan;

/// The place of the HLS multivariant playlist in a package.
pub const HLS_KEY: &str = "master.m3u8";
/// The place of the DASH manifest in a package.
pub const DASH_KEY: &str = "manifest.mpd";

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
