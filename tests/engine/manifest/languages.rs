//! Several tracks of audio: their languages, what they are for, and which one plays.

use std::path::{Path, PathBuf};

use vodkit::plan::AudioRole;
use vodkit::{Plan, probe};

use vodkit_tests::{ffprobe, folder, make, package, quick, source};

const PICTURES: &str = "-f lavfi -i testsrc2=s=64x64:r=10:d=2 -c:v libx264 -preset ultrafast";

/// Tones of 440 and 880 Hz and onwards.
fn tones(count: u32) -> String {
    (1..=count).map(|number| format!("-f lavfi -i sine=f={}:d=2 ", 440 * number)).collect()
}

fn packaged(path: &Path, out: &Path) -> (Plan, String, String) {
    let (plan, _) = package(path, &quick(&[64]), out);
    let text = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    let report = vodkit_verify::verify(out).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
    (plan, text("master.m3u8"), text("manifest.mpd"))
}

/// The EXT-X-MEDIA line of a rendition.
fn media<'a>(playlist: &'a str, id: &str) -> &'a str {
    let uri = format!("URI=\"{id}/playlist.m3u8\"");
    playlist.lines().find(|line| line.starts_with("#EXT-X-MEDIA") && line.contains(&uri)).unwrap()
}

/// The adaptation set of a rendition.
fn adaptation_set<'a>(manifest: &'a str, id: &str) -> &'a str {
    let mut sets = manifest.split("<AdaptationSet").skip(1);
    sets.find(|set| set.contains(&format!("Representation id=\"{id}\""))).unwrap()
}

#[test]
fn sound_alone_in_two_languages_is_one_variant() {
    let folder = folder();
    let tags = "-map 0 -map 1 -c:a aac -metadata:s:a:0 language=eng -metadata:s:a:1 language=ger";
    let path = make(&folder.path().join("a.m4a"), &format!("{}{tags}", tones(2)));
    let out = folder.path().join("out");
    let (_, hls, dash) = packaged(&path, &out);
    assert_eq!(hls.matches("#EXT-X-STREAM-INF").count(), 1, "{hls}");
    for (id, language, name, default) in [("audio-1", "en", "English", true), ("audio-2", "de", "Deutsch", false)] {
        let line = media(&hls, id);
        assert!(line.contains(&format!("LANGUAGE=\"{language}\",NAME=\"{name}\"")), "{line}");
        assert_eq!(line.contains("DEFAULT=YES"), default, "{line}");
        let set = adaptation_set(&dash, id);
        assert!(set.contains(&format!("lang=\"{language}\"")) && set.contains(&format!("<Label>{name}<")), "{set}");
        // In the file itself by the three letters that it has room for.
        let letters = if language == "de" { "deu" } else { "eng" };
        assert_eq!(ffprobe(&out.join(id).join("init.mp4"), "a:0", "stream_tags=language"), letters);
    }
    // What plays it finds both.
    for manifest in ["master.m3u8", "manifest.mpd"] {
        let streams = ffprobe(&out.join(manifest), "a", "stream_tags=language");
        let mut languages: Vec<&str> = streams.split_whitespace().collect();
        languages.dedup();
        assert!(languages.contains(&"en") && languages.contains(&"de"), "{manifest}: {languages:?}");
    }
}

/// In MP4 and QuickTime too, of whose names of tracks FFmpeg tells nothing.
#[test]
fn the_names_of_tracks_are_told_in_one_line() {
    let folder = folder();
    for extension in ["mkv", "mp4", "mov"] {
        let tags = "-map 0 -map 1 -c:a aac -metadata:s:a:0 title=Main_mix -metadata:s:a:1 title=\u{c4}rger";
        let path = make(&folder.path().join(format!("a.{extension}")), &format!("{}{tags}", tones(2)));
        let mut bytes = std::fs::read(&path).unwrap();
        let place = bytes.windows(8).rposition(|found| found == b"Main_mix").unwrap();
        bytes[place + 4] = b'\n';
        std::fs::write(&path, bytes).unwrap();
        let (plan, hls, _) = packaged(&path, &folder.path().join(extension));
        let names: Vec<_> = plan.audios().map(|(_, audio)| audio.name.as_str()).collect();
        assert_eq!(names, ["Main mix", "\u{c4}rger"], "{extension}");
        assert!(media(&hls, "audio-1").contains("NAME=\"Main mix\""), "{hls}");
    }
}

/// Sound with a use each.
fn with_uses(path: &Path, uses: &[&str]) -> PathBuf {
    let count = uses.len() as u32;
    let maps: String = (0..=count).map(|number| format!("-map {number} ")).collect();
    let marks = uses.iter().enumerate().map(|(number, mark)| format!("-disposition:a:{number} {mark} "));
    let inputs = PICTURES.replacen(" -c:v", &format!(" {}-c:v", tones(count)), 1);
    make(path, &format!("{inputs} {maps}-c:a aac {}", marks.collect::<String>()))
}

#[test]
fn a_commentary_is_never_what_plays_by_itself() {
    let folder = folder();
    for extension in ["mkv", "mp4"] {
        // Even if its author, or a muxer, marks the first track as the default.
        let path = folder.path().join(format!("a.{extension}"));
        let path = with_uses(&path, &["default+comment", "0"]);
        let marked = &probe(&source(&path)).unwrap().tracks[1];
        assert!(marked.disposition.commentary, "{extension}: {marked:?}");
        let (plan, hls, dash) = packaged(&path, &folder.path().join(extension));
        let audios: Vec<_> = plan.audios().map(|(_, audio)| (audio.source_track, audio.role, audio.default)).collect();
        assert_eq!(audios, [(2, AudioRole::Programme, true), (1, AudioRole::Commentary, false)], "{extension}");
        assert!(media(&hls, "audio-1").contains("DEFAULT=YES"));
        let commentary = media(&hls, "audio-2");
        assert!(commentary.contains("NAME=\"Audio (commentary)\"") && !commentary.contains("=YES"), "{commentary}");
        assert!(adaptation_set(&dash, "audio-1").contains("value=\"main\""));
        assert!(adaptation_set(&dash, "audio-2").contains("value=\"commentary\""));
    }
}

#[test]
fn what_a_track_is_for_is_told_to_players() {
    let folder = folder();
    let path =
        with_uses(&folder.path().join("a.mkv"), &["default+original", "dub", "visual_impaired", "hearing_impaired"]);
    let (plan, hls, dash) = packaged(&path, &folder.path().join("out"));
    let roles: Vec<_> = plan.audios().map(|(_, audio)| audio.role).collect();
    let expected = [AudioRole::Programme, AudioRole::Dub, AudioRole::Description, AudioRole::HearingImpaired];
    assert_eq!(roles, expected);
    assert!(media(&hls, "audio-3").contains("CHARACTERISTICS=\"public.accessibility.describes-video\""));
    assert_eq!(hls.matches("CHARACTERISTICS").count(), 1);
    for (id, role, accessibility) in [
        ("audio-1", "main", None),
        ("audio-2", "dub", None),
        ("audio-3", "description", Some("description")),
        ("audio-4", "alternate", Some("enhanced-audio-intelligibility")),
    ] {
        let set = adaptation_set(&dash, id);
        let tag =
            |name: &str, value: &str| format!("<{name} schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"{value}\"");
        assert!(set.contains(&tag("Role", role)), "{set}");
        assert_eq!(set.contains("<Accessibility"), accessibility.is_some(), "{set}");
        assert!(accessibility.is_none_or(|value| set.contains(&tag("Accessibility", value))), "{set}");
    }
}

/// Six channels in English, two in French, of which players without surround find stereo of both.
#[test]
fn six_channels_are_offered_beside_stereo() {
    let folder = folder();
    let surround = "-f lavfi -i anoisesrc=d=2:a=0.1:r=48000,pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0";
    let tags = "-map 0 -map 1 -map 2 -metadata:s:a:0 language=eng -metadata:s:a:1 language=fre -ac:a:1 2 -c:a flac";
    let inputs = PICTURES.replacen(" -c:v", &format!(" {surround} -f lavfi -i sine=d=2 {tags} -c:v"), 1);
    let path = make(&folder.path().join("a.mkv"), &inputs);
    let out = folder.path().join("out");
    let ladder = quick(&[64, 128]).audio_channels(6).audio_bit_rate(64_000);
    package(&path, &ladder, &out);
    let report = vodkit_verify::verify(&out).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    let (hls, dash) = (read("master.m3u8"), read("manifest.mpd"));
    let members: Vec<&str> = hls.lines().filter(|line| line.starts_with("#EXT-X-MEDIA")).collect();
    let expected =
        [("audio", "audio-1", 2), ("audio", "audio-2", 2), ("surround", "audio-1-6ch", 6), ("surround", "audio-2", 2)];
    assert_eq!(members.len(), 4, "{hls}");
    for (line, (group, id, channels)) in members.into_iter().zip(expected) {
        for part in [format!("GROUP-ID=\"{group}\""), format!("/{id}/playlist"), format!("CHANNELS=\"{channels}\"")] {
            assert!(line.replace("URI=\"", "URI=\"/").contains(&part), "{part}: {line}");
        }
    }
    let variants: Vec<&str> = hls.lines().filter(|line| line.starts_with("#EXT-X-STREAM-INF")).collect();
    let groups: Vec<bool> = variants.iter().map(|line| line.contains("AUDIO=\"surround\"")).collect();
    assert_eq!(groups, [false, true], "stereo first");
    for (id, channels, priority) in [("audio-1", 2, 2), ("audio-1-6ch", 6, 1)] {
        let set = adaptation_set(&dash, id);
        let channels = format!("audio_channel_configuration:2011\" value=\"{channels}\"");
        assert!(set.contains(&channels) && set.contains(&format!("selectionPriority=\"{priority}\"")), "{set}");
    }
    // What plays it finds both.
    for manifest in ["master.m3u8", "manifest.mpd"] {
        let channels = ffprobe(&out.join(manifest), "a", "stream=channels");
        assert!(channels.contains('6') && channels.contains('2'), "{manifest}: {channels}");
    }
}
