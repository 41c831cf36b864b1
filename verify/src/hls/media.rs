//! Rules of HLS media playlists, RFC 8216.

use m3u8_rs::{MediaPlaylist, MediaPlaylistType};

use crate::folder::resolve;
use crate::hls::image_tags::is_images;
use crate::hls::syntax::{SYNTAX, check_understood};
use crate::layout::LAYOUT;
use crate::notes::Notes;
use crate::rational::to_f64;
use crate::rendition::RenditionReading;

const DURATION: &str = "RFC 8216 4.3.2.1";
const MAP: &str = "RFC 8216 4.3.2.5";
/// The version that vodkit writes; EXT-X-MAP needs 6.
const MIN_VERSION: usize = 7;

/// Checks a media playlist on its own. `independent` is whether the multivariant playlist has
/// EXT-X-INDEPENDENT-SEGMENTS.
pub(crate) fn check(playlist: &MediaPlaylist, independent: bool, notes: &mut Notes) {
    let version = playlist.version.unwrap_or(1);
    notes.check(version >= MIN_VERSION, "RFC 8216 4.3.1.2", || {
        format!("its version is {version} instead of at least {MIN_VERSION}")
    });
    notes.check(playlist.playlist_type == Some(MediaPlaylistType::Vod), "RFC 8216 4.3.3.5", || {
        "its EXT-X-PLAYLIST-TYPE is not VOD".into()
    });
    notes.check(playlist.end_list, "RFC 8216 4.3.3.4", || {
        "it has no EXT-X-ENDLIST, so that players treat it as live".into()
    });
    let no_media = is_images(playlist) || is_captions(playlist);
    notes.check(no_media || independent || playlist.independent_segments, "RFC 8216 4.3.5.1", || {
        "neither it nor the multivariant playlist has EXT-X-INDEPENDENT-SEGMENTS".into()
    });
    notes.check(playlist.media_sequence == 0, "RFC 8216 4.3.3.2", || {
        format!("its first segment has the number {} instead of 0", playlist.media_sequence)
    });
    notes.check(!playlist.segments.is_empty(), SYNTAX, || "it has no segments".into());
    check_understood(playlist.segments.iter().flat_map(|segment| &segment.unknown_tags), notes);
    if !no_media {
        check_map(playlist, notes);
    }
    check_durations(playlist, notes);
    let plain = playlist
        .segments
        .iter()
        .all(|segment| !segment.discontinuity && segment.byte_range.is_none() && segment.key.is_none());
    notes.check(plain && !playlist.i_frames_only, LAYOUT, || {
        "it has discontinuities, byte ranges, keys or I-frames only, which are never written".into()
    });
}

/// Whether it is a playlist of captions: their text needs neither an init segment nor other segments.
fn is_captions(playlist: &MediaPlaylist) -> bool {
    playlist.segments.first().is_some_and(|segment| segment.uri.ends_with(".vtt"))
}

/// The first segment has the init segment, which is the same for all.
fn check_map(playlist: &MediaPlaylist, notes: &mut Notes) {
    let Some(first) = playlist.segments.first() else { return };
    notes.check(first.map.is_some(), MAP, || "its first segment has no EXT-X-MAP".into());
    let others = playlist.segments.iter().filter_map(|segment| segment.map.as_ref());
    let same = others.filter(|map| Some(*map) != first.map.as_ref()).count() == 0;
    notes.check(same, MAP, || "its EXT-X-MAP changes".into());
    let whole = first.map.as_ref().is_none_or(|map| map.byte_range.is_none());
    notes.check(whole, MAP, || "its EXT-X-MAP names a byte range".into());
}

fn check_durations(playlist: &MediaPlaylist, notes: &mut Notes) {
    let (target, mut long, mut empty) = (playlist.target_duration, Vec::new(), Vec::new());
    for (segment, index) in playlist.segments.iter().zip(0_u32..) {
        let rounded = f64::from(segment.duration).round() as u64;
        if rounded > target {
            long.push(format!(
                "segment {index} lasts {} s, longer than EXT-X-TARGETDURATION {target}",
                segment.duration
            ));
        }
        if segment.duration <= 0.0 {
            empty.push(format!("segment {index} has no EXTINF or one of 0"));
        }
    }
    notes.check(target > 0, "RFC 8216 4.3.3.1", || "it has no EXT-X-TARGETDURATION".into());
    notes.add_first("RFC 8216 4.3.3.1", &long);
    notes.add_first(DURATION, &empty);
}

/// Compares a media playlist with its rendition.
pub(crate) fn compare(playlist: &MediaPlaylist, reading: &RenditionReading, key: &str, notes: &mut Notes) {
    let rendition = reading.rendition;
    notes.check(playlist.segments.len() == rendition.segments as usize, LAYOUT, || {
        format!("it has {} segments, but the plan has {}", playlist.segments.len(), rendition.segments)
    });
    let map = playlist.segments.first().and_then(|segment| segment.map.as_ref());
    if let Some(map) = map.filter(|map| resolve(key, &map.uri) != Some(rendition.init_key())) {
        notes.add(MAP, format!("its EXT-X-MAP names {}, which is not its init segment", map.uri));
    }
    let names = playlist.segments.iter().zip(0..).filter_map(|(segment, index)| {
        let other = resolve(key, &segment.uri) != Some(rendition.segment_key(index));
        other.then(|| format!("segment {index} is {} instead of {}", segment.uri, rendition.segment_key(index)))
    });
    notes.add_first(LAYOUT, &names.collect::<Vec<_>>());
    compare_durations(playlist, reading, notes);
}

/// EXTINF is how long a segment's samples last, and the sum of those before it is its decode time: some players place
/// segments by the one, others by the other.
fn compare_durations(playlist: &MediaPlaylist, reading: &RenditionReading, notes: &mut Notes) {
    let (mut sum, mut durations, mut starts) = (0.0, Vec::new(), Vec::new());
    for ((segment, span), index) in playlist.segments.iter().zip(reading.sample_spans()).zip(0_u32..) {
        let stated = f64::from(segment.duration);
        if let Some(span) = span {
            let (start, seconds) = (to_f64(reading.seconds(span.start)), to_f64(reading.seconds(span.ticks)));
            if (stated - seconds).abs() > 0.001 {
                durations.push(format!("EXTINF of segment {index} is {stated}, but its samples last {seconds:.6} s"));
            }
            // The parser's numbers have 24 bits, so that each may be off by two microseconds.
            if (sum - start).abs() > 0.001 + f64::from(index) * 2e-6 {
                starts.push(format!("EXTINF puts segment {index} at {sum:.6} s, but its decode time is {start:.6} s"));
            }
        }
        sum += stated;
    }
    notes.add_first(DURATION, &durations);
    notes.add_first(DURATION, &starts);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hls::syntax::parse;
    use crate::notes::tests::noted;
    use crate::rendition::tests::{audio_reading, audio_rendition};
    use m3u8_rs::Playlist;

    const GOOD: &str = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-TARGETDURATION:1\n\
        #EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:0.042667,\n00000.m4s\n#EXTINF:0.021333,\n00001.m4s\n\
        #EXT-X-ENDLIST\n";

    fn found(text: &str) -> Vec<String> {
        let rendition = audio_rendition();
        noted(|notes| match parse(text) {
            Ok(Playlist::MediaPlaylist(playlist)) => {
                check(&playlist, false, notes);
                compare(&playlist, &audio_reading(&rendition), "audio/playlist.m3u8", notes);
            }
            Ok(Playlist::MasterPlaylist(_)) => notes.add(SYNTAX, "another kind"),
            Err(message) => notes.add(SYNTAX, message),
        })
    }

    /// What is found where `part` of a good playlist is replaced.
    fn found_with(part: &str, by: &str) -> String {
        assert!(GOOD.contains(part));
        found(&GOOD.replace(part, by)).join("\n")
    }

    #[test]
    fn a_good_playlist_is_clean() {
        assert_eq!(found(GOOD), Vec::<String>::new());
    }

    #[test]
    fn each_tag_is_missed() {
        for (tag, rule) in [
            ("#EXT-X-VERSION:7\n", "RFC 8216 4.3.1.2"),
            ("#EXT-X-INDEPENDENT-SEGMENTS\n", "RFC 8216 4.3.5.1"),
            ("#EXT-X-TARGETDURATION:1\n", "RFC 8216 4.3.3.1"),
            ("#EXT-X-PLAYLIST-TYPE:VOD\n", "RFC 8216 4.3.3.5"),
            ("#EXT-X-MAP:URI=\"init.mp4\"\n", "RFC 8216 4.3.2.5"),
            ("#EXTINF:0.021333,\n", "RFC 8216 4.3.2.1"),
            ("#EXT-X-ENDLIST\n", "RFC 8216 4.3.3.4"),
        ] {
            let lines = found_with(tag, "");
            assert!(lines.contains(rule), "{tag}{lines}");
        }
    }

    #[test]
    fn durations_are_those_of_the_boxes_and_within_the_target() {
        assert!(found_with("0.042667", "0.044").contains("RFC 8216 4.3.2.1: EXTINF of segment 0"));
        assert!(found_with("TARGETDURATION:1", "TARGETDURATION:x").contains("its #EXT-X-TARGETDURATION cannot"));
        let moved = found_with("0.042667", "0.0432");
        assert_eq!(moved, "", "a millisecond is rounding");
        let moved = found_with("0.042667", "0.05");
        assert!(moved.contains("EXTINF puts segment 1 at 0.050000 s, but its decode time is 0.042667 s"), "{moved}");
        assert!(found_with("0.042667", "1.6").contains("RFC 8216 4.3.3.1: segment 0 lasts 1.6 s"));
    }

    #[test]
    fn names_are_those_of_the_plan() {
        assert!(found_with("00001.m4s", "00007.m4s").contains("segment 1 is 00007.m4s"));
        assert!(found_with("init.mp4", "other.mp4").contains("names other.mp4"));
        assert!(found_with("#EXTINF:0.021333,\n00001.m4s\n", "").contains("it has 1 segments, but the plan has 2"));
    }

    #[test]
    fn what_is_never_written_is_found() {
        assert!(found_with("#EXTINF:0.02", "#EXT-X-DISCONTINUITY\n#EXTINF:0.02").contains("discontinuities"));
        assert!(found_with("#EXT-X-VERSION", "#EXT-X-MEDIA-SEQUENCE:3\n#EXT-X-VERSION").contains("the number 3"));
    }
}
