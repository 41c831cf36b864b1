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
        // Written exactly by `media_text`.
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

/// The text of a media playlist whose segments last so many ticks each. EXTINF has microseconds, rounded so that sums of
/// any length are exact to one: the library's 32-bit floats would be 1.8 ms off after ten hours.
pub(super) fn media_text(playlist: &MediaPlaylist, durations: &[u64], timescale: u32) -> String {
    let written = text(|bytes| playlist.write_to(bytes));
    let mut exact = microseconds(durations, timescale).into_iter();
    let lines = written.lines().map(|line| match line.strip_prefix("#EXTINF:").and_then(|_| exact.next()) {
        Some(duration) => format!("#EXTINF:{},\n", decimal(duration)),
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// Durations in microseconds: differences of rounded ends.
fn microseconds(durations: &[u64], timescale: u32) -> Vec<u64> {
    let (mut ticks, mut end) = (0_u128, 0_u64);
    let scale = u128::from(timescale.max(1));
    durations
        .iter()
        .map(|duration| {
            ticks += u128::from(*duration);
            let start = std::mem::replace(&mut end, ((ticks * 1_000_000 + scale / 2) / scale) as u64);
            end - start
        })
        .collect()
}

/// Microseconds as seconds, without zeros at the end.
fn decimal(microseconds: u64) -> String {
    let (seconds, rest) = (microseconds / 1_000_000, microseconds % 1_000_000);
    format!("{seconds}.{rest:06}").trim_end_matches('0').trim_end_matches('.').to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_exact_however_many_there_are() {
        // Ten hours of segments of 96 frames at 30000/1001, in ticks of a 30000th.
        let durations = vec![96 * 1001; 11_239];
        let segments = durations.iter().map(|_| MediaSegment { duration: 3.2032, ..MediaSegment::empty() });
        let text = media_text(&vod_playlist(&durations, 30_000, segments.collect()), &durations, 30_000);
        let stated = text.lines().filter_map(|line| line.strip_prefix("#EXTINF:")?.strip_suffix(','));
        let sum: f64 = stated.map(|duration| duration.parse::<f64>().unwrap()).sum();
        let exact = 11_239.0 * 96.0 * 1001.0 / 30_000.0;
        assert!((sum - exact).abs() < 0.000_002, "{sum}, not {exact}");
        assert_eq!(text.matches("#EXTINF:3.2032,").count(), 11_239);
    }

    #[test]
    fn decimals_have_no_more_digits_than_they_need() {
        assert_eq!([4_000_000, 3_203_200, 42_667, 10_000_001].map(decimal), ["4", "3.2032", "0.042667", "10.000001"]);
        assert_eq!(microseconds(&[1, 1, 1], 3), [333_333, 333_334, 333_333]);
    }
}
