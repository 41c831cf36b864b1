//! Where the files of a package lie.

/// The plan.
pub const PLAN_KEY: &str = "plan.json";
/// The thumbnail.
pub const THUMBNAIL_KEY: &str = "thumbnail.jpg";
/// The HLS multivariant playlist.
pub const HLS_KEY: &str = "master.m3u8";
/// The DASH manifest.
pub const DASH_KEY: &str = "manifest.mpd";
/// The folder of all captions; no track can be called so.
pub(crate) const CAPTIONS: &str = "captions";

/// Whether `id` can name a track, and the folder that it is in.
pub(crate) fn is_track_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

pub(crate) fn init_key(track: &str) -> String {
    format!("{track}/init.mp4")
}

pub(crate) fn segment_key(track: &str, index: u32) -> String {
    format!("{track}/{index:05}.m4s")
}

pub(crate) fn sheet_key(track: &str, index: u32) -> String {
    format!("{track}/{index:05}.jpg")
}

pub(crate) fn cues_key(track: &str) -> String {
    format!("{track}/storyboard.vtt")
}

pub(crate) fn playlist_key(track: &str) -> String {
    format!("{track}/playlist.m3u8")
}
