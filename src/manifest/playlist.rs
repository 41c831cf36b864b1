//! What all HLS playlists share.

use m3u8_rs::{MediaPlaylist, MediaPlaylistType, MediaSegment};

use super::bandwidth::target_duration;
use crate::plan::Rendition;

/// Version 7: fragmented MP4 with EXT-X-MAP, and independent segments in the multivariant playlist.
pub(super) const VERSION: usize = 7;
/// Segment `index` of a media playlist.
pub(super) fn segment(rendition: &Rendition, index: u32, ticks: u64) -> MediaSegment {
    MediaSegment {
        uri: file_name(&rendition.segment_key(index)),
        // The only place where a duration becomes a floating-point number: the library has it so.
        duration: (ticks as f64 / f64::from(rendition.timescale)) as f32,
        ..MediaSegment::empty()
    }
}

/// A media playlist to which nothing will be added.
pub(super) fn whole_playlist(durations: &[u64], timescale: u32, segments: Vec<MediaSegment>) -> MediaPlaylist {
    MediaPlaylist {
        version: Some(VERSION),
        target_duration: target_duration(durations, timescale),
        playlist_type: Some(MediaPlaylistType::Vod),
        segments,
        end_list: true,
        ..Default::default()
    }
}

pub(super) fn file_name(key: &str) -> String {
    key.rsplit('/').next().unwrap_or(key).to_owned()
}

/// Writing to memory cannot fail, and the library writes UTF-8.
pub(super) fn text(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut bytes = Vec::new();
    match write(&mut bytes) {
        Ok(()) => String::from_utf8(bytes).unwrap_or_default(),
        Err(_) => String::new(),
    }
}
