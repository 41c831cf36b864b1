//! Rules of HLS media playlists, RFC 8216; those of the multivariant playlist are in `multivariant`.

use std::collections::BTreeMap;

use m3u8_rs::{ExtTag, MasterPlaylist, MediaPlaylist, MediaPlaylistType, Playlist};

use super::files::Reference;
use super::folder::{Folder, resolve};
use super::report::{Finding, Notes};
use super::track::TrackReading;
use super::{LAYOUT, MASTER, captions, guarded, multivariant, storyboard};
use crate::plan::Plan;

const SYNTAX: &str = "RFC 8216 4.1";
const DURATION: &str = "RFC 8216 4.3.2.1";
const MAP: &str = "RFC 8216 4.3.2.5";
/// What fragmented MP4 with EXT-X-MAP is written with.
const VERSION: usize = 7;

/// The playlists of a package, as far as they could be read.
pub(super) struct Hls {
    master: Option<MasterPlaylist>,
    media: BTreeMap<String, MediaPlaylist>,
}

impl Hls {
    /// Reads the multivariant playlist and all those that it names, and checks each for itself.
    pub(super) fn read(folder: &Folder, findings: &mut Vec<Finding>) -> Self {
        let master = read_master(folder, &mut Notes::new(MASTER, findings));
        let mut media = BTreeMap::new();
        for uri in master.iter().flat_map(multivariant::uris) {
            // What is missing or leads elsewhere is found among the references.
            let Some(key) = resolve(MASTER, uri).filter(|key| folder.size(key).is_some() && !media.contains_key(key))
            else {
                continue;
            };
            let mut notes = Notes::new(&key, findings);
            if let Some(playlist) = read_media(folder, &key, &mut notes) {
                let independent = master.as_ref().is_some_and(|master| master.independent_segments);
                check_media(&playlist, independent, &mut notes);
                media.insert(key, playlist);
            }
        }
        Self { master, media }
    }

    pub(super) fn master(&self) -> Option<&MasterPlaylist> {
        self.master.as_ref()
    }

    /// The media playlist that lies at `key`.
    pub(super) fn media(&self, key: &str) -> Option<&MediaPlaylist> {
        self.media.get(key)
    }

    /// All files that the playlists name.
    pub(super) fn references(&self) -> Vec<Reference> {
        let reference =
            |by: &str, uri: &str| Reference { by: by.to_owned(), uri: uri.to_owned(), key: resolve(by, uri) };
        let mut references: Vec<_> =
            self.master.iter().flat_map(multivariant::uris).map(|uri| reference(MASTER, uri)).collect();
        for (key, playlist) in &self.media {
            let maps = playlist.segments.iter().filter_map(|segment| segment.map.as_ref()).map(|map| &map.uri);
            let segments = playlist.segments.iter().map(|segment| &segment.uri);
            references.extend(maps.chain(segments).map(|uri| reference(key, uri)));
        }
        references
    }

    /// Compares the playlists with the plan and with what was read of its tracks.
    pub(super) fn compare(&self, plan: &Plan, tracks: &[TrackReading], findings: &mut Vec<Finding>) {
        if let Some(master) = &self.master {
            multivariant::compare(master, plan, tracks, &mut Notes::new(MASTER, findings));
        }
        for reading in tracks {
            let key = reading.track.playlist_key();
            if let Some(playlist) = self.media.get(&key) {
                compare_media(playlist, reading, &key, &mut Notes::new(&key, findings));
            }
        }
    }
}

/// Tags that are there once at most (RFC 8216 4.3.1.2 and 4.3.3), and the others that are written.
const ONCE: [&str; 7] = [
    "#EXTM3U",
    "#EXT-X-VERSION",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    "#EXT-X-TARGETDURATION",
    "#EXT-X-MEDIA-SEQUENCE",
    "#EXT-X-PLAYLIST-TYPE",
    "#EXT-X-ENDLIST",
];
const OFTEN: [&str; 5] = ["#EXTINF", "#EXT-X-MAP", "#EXT-X-MEDIA", "#EXT-X-STREAM-INF", "#EXT-X-DISCONTINUITY"];
/// Those of images, which the parser leaves to us.
const IMAGES: [&str; 3] = ["#EXT-X-IMAGE-STREAM-INF", "#EXT-X-IMAGES-ONLY", "#EXT-X-TILES"];

/// Checks what the parser lets pass: repeated and misspelt tags, and control characters.
fn check_text(text: &str, notes: &mut Notes) {
    let control = text.chars().any(|char| char.is_control() && !matches!(char, '\r' | '\n'));
    notes.check(!control, SYNTAX, || "it has control characters".into());
    let tags = text.lines().filter(|line| line.starts_with("#EXT")).map(|line| line.split(':').next().unwrap_or(line));
    let tags: Vec<_> = tags.map(str::trim_end).collect();
    let repeated = ONCE.iter().filter(|once| tags.iter().filter(|tag| tag == once).count() > 1);
    notes.add_first("RFC 8216 4.3.3", &repeated.map(|tag| format!("it has {tag} twice")).collect::<Vec<_>>());
    let unknown = tags.iter().filter(|tag| !ONCE.contains(tag) && !OFTEN.contains(tag) && !IMAGES.contains(tag));
    notes.add_first(
        SYNTAX,
        &unknown.map(|tag| format!("it has the tag {tag}, which is never written")).collect::<Vec<_>>(),
    );
}

/// Reads a playlist of either kind; all of its text has to be understood.
fn parse(text: &str) -> Result<Playlist, String> {
    guarded(|| match m3u8_rs::parse_playlist(text.as_bytes()) {
        Ok((rest, playlist)) if rest.trim_ascii().is_empty() => Ok(playlist),
        Ok((rest, _)) => {
            let understood = text.get(..text.len().saturating_sub(rest.len())).unwrap_or(text);
            Err(format!("line {} is not understood", understood.lines().count() + 1))
        }
        Err(_) => Err("it is not a playlist".to_owned()),
    })
}

fn read(folder: &Folder, key: &str, notes: &mut Notes) -> Option<Playlist> {
    let text = folder.text(key).map_err(|message| notes.add(LAYOUT, message)).ok()?;
    check_text(&text, notes);
    parse(&text).map_err(|message| notes.add(SYNTAX, message)).ok()
}

fn read_master(folder: &Folder, notes: &mut Notes) -> Option<MasterPlaylist> {
    match read(folder, MASTER, notes)? {
        Playlist::MasterPlaylist(master) => {
            multivariant::check(&master, notes);
            check_understood(&master.unknown_tags, notes);
            Some(master)
        }
        Playlist::MediaPlaylist(_) => {
            notes.add(SYNTAX, "it is not a multivariant playlist: it names no variant");
            None
        }
    }
}

fn read_media(folder: &Folder, key: &str, notes: &mut Notes) -> Option<MediaPlaylist> {
    match read(folder, key, notes)? {
        Playlist::MediaPlaylist(playlist) => Some(playlist),
        Playlist::MasterPlaylist(_) => {
            notes.add(SYNTAX, "it is a multivariant playlist where one of segments is needed");
            None
        }
    }
}

/// A tag that the parser does not know although it is one that is written has a value that cannot be.
fn check_understood<'a>(unknown: impl IntoIterator<Item = &'a ExtTag>, notes: &mut Notes) {
    let names = unknown.into_iter().map(|tag| format!("#EXT-{}", tag.tag));
    let known = names.filter(|name| ONCE.contains(&name.as_str()) || OFTEN.contains(&name.as_str()));
    notes.add_first(SYNTAX, &known.map(|name| format!("its {name} cannot be understood")).collect::<Vec<_>>());
}

/// Checks a media playlist for itself. `independent` is what the multivariant playlist says.
fn check_media(playlist: &MediaPlaylist, independent: bool, notes: &mut Notes) {
    let version = playlist.version.unwrap_or(1);
    notes.check(version >= VERSION, "RFC 8216 4.3.1.2", || {
        format!("its version is {version} instead of at least {VERSION}")
    });
    notes.check(playlist.playlist_type == Some(MediaPlaylistType::Vod), "RFC 8216 4.3.3.5", || {
        "its EXT-X-PLAYLIST-TYPE is not VOD".into()
    });
    notes.check(playlist.end_list, "RFC 8216 4.3.3.4", || {
        "it has no EXT-X-ENDLIST, so that players take it for live".into()
    });
    let whole = storyboard::is_images(playlist) || captions::is_captions(playlist);
    notes.check(whole || independent || playlist.independent_segments, "RFC 8216 4.3.5.1", || {
        "neither it nor the multivariant playlist has EXT-X-INDEPENDENT-SEGMENTS".into()
    });
    notes.check(playlist.media_sequence == 0, "RFC 8216 4.3.3.2", || {
        format!("its first segment has the number {} instead of 0", playlist.media_sequence)
    });
    notes.check(!playlist.segments.is_empty(), SYNTAX, || "it has no segments".into());
    check_understood(playlist.segments.iter().flat_map(|segment| &segment.unknown_tags), notes);
    if !whole {
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

/// The init segment comes with the first segment, and is the same for all.
fn check_map(playlist: &MediaPlaylist, notes: &mut Notes) {
    let Some(first) = playlist.segments.first() else { return };
    notes.check(first.map.is_some(), MAP, || "its first segment has no EXT-X-MAP".into());
    let others = playlist.segments.iter().filter_map(|segment| segment.map.as_ref());
    let same = others.filter(|map| Some(*map) != first.map.as_ref()).count() == 0;
    notes.check(same, MAP, || "its EXT-X-MAP changes on the way".into());
    let whole = first.map.as_ref().is_none_or(|map| map.byte_range.is_none());
    notes.check(whole, MAP, || "its EXT-X-MAP names a part of a file".into());
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

/// Compares a media playlist with the track that it is of.
fn compare_media(playlist: &MediaPlaylist, reading: &TrackReading, key: &str, notes: &mut Notes) {
    let track = reading.track;
    notes.check(playlist.segments.len() == track.segments as usize, LAYOUT, || {
        format!("it has {} segments, but the plan has {}", playlist.segments.len(), track.segments)
    });
    let map = playlist.segments.first().and_then(|segment| segment.map.as_ref());
    if let Some(map) = map.filter(|map| resolve(key, &map.uri) != track.init_key()) {
        notes.add(MAP, format!("its EXT-X-MAP names {}, which is not its init segment", map.uri));
    }
    let names = playlist.segments.iter().zip(0..).filter_map(|(segment, index)| {
        let other = resolve(key, &segment.uri) != Some(track.segment_key(index));
        other.then(|| format!("segment {index} is {} instead of {}", segment.uri, track.segment_key(index)))
    });
    notes.add_first(LAYOUT, &names.collect::<Vec<_>>());
    let durations =
        playlist.segments.iter().zip(reading.spans()).zip(0_u32..).filter_map(|((segment, span), index)| {
            let seconds = reading.seconds(span?.ticks).to_f64();
            let far = (f64::from(segment.duration) - seconds).abs() > 0.001;
            far.then(|| format!("EXTINF of segment {index} is {}, but it presents {seconds:.6} s", segment.duration))
        });
    notes.add_first(DURATION, &durations.collect::<Vec<_>>());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::report::tests::noted;
    use crate::verify::track::tests::{audio_reading, audio_track};

    const GOOD: &str = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-TARGETDURATION:1\n\
        #EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:0.042667,\n00000.m4s\n#EXTINF:0.021333,\n00001.m4s\n\
        #EXT-X-ENDLIST\n";

    fn found(text: &str) -> Vec<String> {
        let track = audio_track();
        noted(|notes| match parse(text) {
            Ok(Playlist::MediaPlaylist(playlist)) => {
                check_media(&playlist, false, notes);
                compare_media(&playlist, &audio_reading(&track), "audio/playlist.m3u8", notes);
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
    fn what_is_no_playlist_is_found() {
        assert_eq!(found("hello"), ["RFC 8216 4.1: it is not a playlist"]);
        assert!(parse("").is_err());
    }

    #[test]
    fn text_is_plain_and_tags_are_known() {
        assert!(noted(|notes| check_text(GOOD, notes)).is_empty());
        let twice = GOOD.replace("#EXT-X-VERSION:7", "#EXT-X-VERSION:7\n#EXT-X-VERSION:7");
        assert_eq!(noted(|notes| check_text(&twice, notes)), ["RFC 8216 4.3.3: it has #EXT-X-VERSION twice"]);
        let misspelt = GOOD.replace("INDEPENDENT", "INDEPENDEMT");
        assert!(noted(|notes| check_text(&misspelt, notes))[0].contains("INDEPENDEMT"));
        assert!(noted(|notes| check_text("#EXTM3U\n\0", notes))[0].contains("control"));
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
