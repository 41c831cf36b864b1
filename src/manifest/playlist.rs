//! What the HLS media playlists share.

use m3u8_rs::{MediaPlaylist, MediaPlaylistType, MediaSegment};

use super::bandwidth::target_duration;
use crate::plan::Rendition;

/// EXT-X-VERSION. EXT-X-MAP needs at least 6 (RFC 8216 7); FFmpeg and others write 7 with fragmented MP4.
pub(super) const VERSION: usize = 7;

/// Segment `index` of a media playlist, which lasts `ticks`.
pub(super) fn segment(rendition: &Rendition, index: u32, ticks: u64) -> MediaSegment {
    MediaSegment {
        uri: file_name(&rendition.segment_key(index)),
        // The library's type for EXTINF.
        duration: (ticks as f64 / f64::from(rendition.timescale)) as f32,
        ..MediaSegment::empty()
    }
}

/// A complete media playlist: EXT-X-PLAYLIST-TYPE is VOD, and EXT-X-ENDLIST is set.
pub(super) fn vod_playlist(durations: &[u64], timescale: u32, segments: Vec<MediaSegment>) -> MediaPlaylist {
    MediaPlaylist {
        version: Some(VERSION),
        target_duration: target_duration(durations, timescale),
        playlist_type: Some(MediaPlaylistType::Vod),
        segments,
        end_list: true,
        ..Default::default()
    }
}

/// The last part of a key: the URI from a playlist in the same folder.
pub(super) fn file_name(key: &str) -> String {
    key.rsplit('/').next().unwrap_or(key).to_owned()
}

/// What `write` writes, as text. Writing to memory cannot fail, and the library writes UTF-8.
pub(super) fn text(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut bytes = Vec::new();
    match write(&mut bytes) {
        Ok(()) => String::from_utf8(bytes).unwrap_or_default(),
        Err(_) => String::new(),
    }
}
