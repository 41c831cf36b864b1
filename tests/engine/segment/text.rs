//! Text of the source becomes WebVTT: cues at their times, in each segment that shows them, told to players.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vodkit::plan::{Plan, TextRole};
use vodkit::{Job, JobOptions, Ladder, MemorySink, Source, WarningKind};

use vodkit_tests::{ffmpeg, folder, make, package, quick, source};

const PICTURES: &str = "-f lavfi -i testsrc2=s=64x64:r=10:d=10";
const H264: &str = "-c:v libx264 -preset ultrafast -g 50";
const SRT: &str = "1\n00:00:01,000 --> 00:00:02,000\nHello <i>there</i>\n\n2\n00:00:03,500 --> 00:00:04,500\n{\\an8}Two\nlines & <3\n\n\
    3\n00:00:08,250 --> 00:00:09,000\nEnd\n";

pub(super) fn ladder() -> Ladder {
    quick(&[64]).segment_seconds(2).keyframe_seconds(1)
}

/// A video with tracks of text, each of this SubRip, and the arguments that say how they are coded and marked.
fn with_text(path: &Path, srt: &str, tracks: usize, arguments: &str) -> PathBuf {
    let text = path.with_extension("srt");
    std::fs::write(&text, srt).unwrap();
    let inputs = format!("-i {} ", text.display()).repeat(tracks);
    let maps: String = (0..=tracks).map(|number| format!("-map {number} ")).collect();
    make(path, &format!("{PICTURES} {inputs}{maps}{H264} {arguments}"))
}

/// The package's plan, and its two manifests; other people's parsers have verified it.
pub(super) fn packaged(path: &Path, out: &Path) -> (Plan, String, String) {
    let (plan, _) = package(path, &ladder(), out);
    let report = vodkit_verify::verify(out).unwrap();
    assert!(report.is_clean(), "{:#?}", report.findings);
    let text = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    (plan, text("master.m3u8"), text("manifest.mpd"))
}

/// What another program reads of a rendition through its playlist, as SubRip without numbers. It finds a cue of two
/// segments twice, as these have it.
fn read_back(out: &Path, id: &str) -> Vec<String> {
    let playlist = out.join(id).join("playlist.m3u8");
    let shown = ffmpeg(&["-v", "error", "-i", playlist.to_str().unwrap(), "-f", "srt", "-"]);
    let text = String::from_utf8(shown.stdout).unwrap();
    let cues = text.trim().split("\n\n").filter_map(|cue| Some(cue.split_once('\n')?.1.to_owned()));
    let mut cues: Vec<String> = cues.collect();
    cues.dedup();
    cues
}

fn segments(source: &Source, plan: &Plan, id: &str) -> Vec<String> {
    let rendition = plan.rendition(id).unwrap();
    let segment = |index| vodkit::segment(source, plan, id, index).unwrap();
    (0..rendition.segment_count).map(|index| String::from_utf8(segment(index).to_vec()).unwrap()).collect()
}

/// The cues of a segment, its header left out.
fn cues(segment: &str) -> Vec<&str> {
    segment.split("\n\n").skip(1).filter(|cue| !cue.is_empty()).collect()
}

#[test]
fn subrip_and_ass_in_mkv() {
    let folder = folder();
    let marks =
        "-c:s:0 srt -c:s:1 ass -metadata:s:s:0 language=eng -metadata:s:s:1 language=ger -disposition:s:1 forced";
    let path = with_text(&folder.path().join("a.mkv"), SRT, 2, marks);
    let out = folder.path().join("out");
    let (plan, hls, dash) = packaged(&path, &out);
    let texts: Vec<_> =
        plan.texts().map(|(each, text)| (each.id.as_str(), text.language.as_deref(), text.forced)).collect();
    assert_eq!(texts, [("text-1", Some("en"), false), ("text-2", Some("de"), true)]);
    for (id, words) in [
        ("text-1", "LANGUAGE=\"en\",NAME=\"English\",AUTOSELECT=YES"),
        ("text-2", "LANGUAGE=\"de\",NAME=\"Deutsch (forced)\",AUTOSELECT=YES,FORCED=YES"),
    ] {
        let line = format!("#EXT-X-MEDIA:TYPE=SUBTITLES,URI=\"{id}/playlist.m3u8\",GROUP-ID=\"captions\",{words}\n");
        assert!(hls.contains(&line), "{hls}");
        // Each cue at its time, to the millisecond.
        let found = read_back(&out, id);
        assert_eq!(found[0], "00:00:01,000 --> 00:00:02,000\nHello <i>there</i>", "{id}");
        assert!(
            found[1].starts_with("00:00:03,500 --> 00:00:04,500\n") && found[1].contains("Two\nlines & <3"),
            "{found:?}"
        );
        assert_eq!((found[2].as_str(), found.len()), ("00:00:08,250 --> 00:00:09,000\nEnd", 3), "{id}");
    }
    assert!(hls.contains("SUBTITLES=\"captions\""));
    for (language, role) in [("en", "subtitle"), ("de", "forced-subtitle")] {
        let set = dash.split("<AdaptationSet").find(|set| set.contains(&format!("lang=\"{language}\""))).unwrap();
        assert!(set.contains("mimeType=\"text/vtt\"") && set.contains(&format!("value=\"{role}\"")), "{set}");
    }
    // A cue is in each segment that shows it, with all of its time, and where the author put it.
    let all = segments(&source(&path), &plan, "text-1");
    let two = "00:00:03.500 --> 00:00:04.500 line:0\nTwo\nlines &amp; &lt;3";
    let expected = [vec!["00:00:01.000 --> 00:00:02.000\nHello <i>there</i>"], vec![two], vec![two], vec![]];
    assert_eq!(all.iter().take(4).map(|segment| cues(segment)).collect::<Vec<_>>(), expected);
    assert!(all.iter().all(|segment| segment.starts_with("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n")));
}

#[test]
fn timed_text_in_mp4() {
    let folder = folder();
    let path = with_text(&folder.path().join("a.mp4"), SRT, 1, "-c:s mov_text -metadata:s:s:0 language=fre");
    let out = folder.path().join("out");
    let (plan, hls, _) = packaged(&path, &out);
    assert!(hls.contains("LANGUAGE=\"fr\",NAME=\"Français\""), "{hls}");
    let found = read_back(&out, "text");
    assert_eq!(found[0], "00:00:01,000 --> 00:00:02,000\nHello <i>there</i>");
    assert_eq!((found[2].as_str(), found.len()), ("00:00:08,250 --> 00:00:09,000\nEnd", 3));
    // Of the samples between them, which have no text, none is read.
    let (_, text) = plan.texts().next().unwrap();
    let packets: Vec<u32> = text.windows.iter().map(|window| window.runs.iter().map(|run| run.packets).sum()).collect();
    assert_eq!(packets, [1, 1, 1, 0, 1]);
}

/// A sample that lasts no time lies where the next one does; the style of the description is that of all text without one.
#[test]
fn timed_text_of_no_time_is_not_shown_and_the_usual_style_is_kept() {
    let folder = folder();
    let srt = "1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n00:00:05,000 --> 00:00:05,000\nNone\n\n\
        3\n00:00:06,000 --> 00:00:07,000\n<b>Two</b> more\n";
    let path = with_text(&folder.path().join("a.mp4"), srt, 1, "-c:s mov_text");
    let mut bytes = std::fs::read(&path).unwrap();
    // Display flags, justification, colour and box, and of the style its two characters and its font come before its flags.
    let entry = bytes.windows(4).position(|name| name == b"tx3g").unwrap();
    bytes[entry + 4 + 8 + 24] = 2;
    std::fs::write(&path, bytes).unwrap();
    let out = folder.path().join("out");
    packaged(&path, &out);
    // Styles of a sample say all of how it looks.
    let expected =
        ["00:00:01,000 --> 00:00:02,000\n<i>One</i>", "00:00:06,000 --> 00:00:07,000\n<b>Two</b><i> more</i>"];
    assert_eq!(read_back(&out, "text"), expected);
}

#[test]
fn overlapping_right_to_left_and_late_cues_of_subrip() {
    let folder = folder();
    let srt = "1\n00:00:01,000 --> 00:00:03,000\n{\\i1}one{\\i0} <b>a <i>b</i></b>\n\n2\n00:00:02,000 --> 00:00:05,000\nover\n\n\
        3\n00:00:06,000 --> 00:00:07,000\n\u{5e9}\u{5dc}\u{5d5}\u{5dd} (x)!\n\u{200f}- \u{645}\u{631}\u{62d}\u{628}\u{627}\n\n\
        4\n00:00:09,000 --> 00:00:15,000\npast the end\n\n5\n00:00:20,000 --> 00:00:25,000\nnever\n";
    // Where all is late the text is as late as the pictures.
    for (name, offset) in [("a.mkv", ""), ("b.mkv", "-output_ts_offset 100")] {
        let path = with_text(&folder.path().join(name), srt, 1, &format!("-c:s copy {offset}"));
        let out = folder.path().join(format!("{name}.out"));
        packaged(&path, &out);
        let expected = [
            "00:00:01,000 --> 00:00:03,000\n<i>one</i> <b>a </b><b><i>b</i></b>",
            "00:00:02,000 --> 00:00:05,000\nover",
            "00:00:06,000 --> 00:00:07,000\n\u{5e9}\u{5dc}\u{5d5}\u{5dd} (x)!\n\u{200f}- \u{645}\u{631}\u{62d}\u{628}\u{627}",
            "00:00:09,000 --> 00:00:10,000\npast the end",
        ];
        let found = read_back(&out, "text");
        assert_eq!(found.iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>(), expected, "{name}");
    }
}

/// FFmpeg reads none of it, and writes none: here timed text of the same size has the place of the boxes.
#[test]
fn webvtt_in_mp4() {
    let folder = folder();
    let room = "@".repeat(14);
    let srt = format!(
        "1\n00:00:01,000 --> 00:00:03,000\n{room}Hello <i>there</i>\n\n2\n00:00:04,000 --> 00:00:05,500\n{room}Bye\n"
    );
    let path = with_text(&folder.path().join("a.mp4"), &srt, 1, "-c:s mov_text -metadata:s:s:0 language=eng");
    let mut bytes = std::fs::read(&path).unwrap();
    // Markup of SubRip is a style of timed text, beside it.
    for text in ["Hello there", "Bye"] {
        let place =
            bytes.windows(14 + text.len()).position(|found| found == format!("{room}{text}").as_bytes()).unwrap();
        let sizes = [text.len() + 16, text.len() + 8].map(|size| (size as u32).to_be_bytes());
        let boxes = [&sizes[0], &b"vttc"[..], &sizes[1], b"payl", text.as_bytes()].concat();
        bytes[place - 2..][..boxes.len()].copy_from_slice(&boxes);
    }
    let kind = bytes.windows(4).position(|name| name == b"tx3g").unwrap();
    bytes[kind..kind + 4].copy_from_slice(b"wvtt");
    std::fs::write(&path, bytes).unwrap();
    let out = folder.path().join("out");
    let (plan, ..) = packaged(&path, &out);
    assert_eq!((plan.warnings(), plan.texts().next().unwrap().1.language.as_deref()), (&[][..], Some("en")));
    let expected = ["00:00:01,000 --> 00:00:03,000\nHello there", "00:00:04,000 --> 00:00:05,500\nBye"];
    assert_eq!(read_back(&out, "text"), expected);
}

#[test]
fn webvtt_in_mkv() {
    let folder = folder();
    let text = folder.path().join("t.vtt");
    std::fs::write(&text, "WEBVTT\n\n00:01.000 --> 00:02.000 align:start line:10%\n<v Ann>A &amp; <00:01.500><c.yellow>b</c> <ruby>\u{6f22}<rt>kan</rt></ruby>\n")
        .unwrap();
    let arguments = format!("{PICTURES} -i {} -map 0 -map 1 {H264} -c:s copy", text.display());
    for name in ["a.mkv", "a.webm"] {
        let arguments = if name == "a.webm" {
            arguments.replace(H264, "-c:v libvpx -deadline realtime")
        } else {
            arguments.clone()
        };
        let path = make(&folder.path().join(name), &arguments);
        let plan = vodkit::plan(&source(&path), &ladder()).unwrap();
        let first = segments(&source(&path), &plan, "text").remove(0);
        assert!(
            first.contains("00:00:01.000 --> 00:00:02.000 align:start line:10%\n<v Ann>A &amp; <c.yellow>b</c> <ruby>\u{6f22}<rt>kan</rt></ruby>\n"),
            "{name}: {first}"
        );
    }
}

#[test]
fn cues_without_an_end_last_until_the_next() {
    let folder = folder();
    let path = with_text(&folder.path().join("a.mkv"), SRT, 1, "-c:s srt -bsf:s setts=duration=0");
    let plan = vodkit::plan(&source(&path), &ladder()).unwrap();
    let all = segments(&source(&path), &plan, "text").concat();
    let times: BTreeSet<_> =
        all.lines().filter(|line| line.contains("-->")).map(|line| line.get(..29).unwrap()).collect();
    let expected = ["00:00:01.000 --> 00:00:03.500", "00:00:03.500 --> 00:00:08.250", "00:00:08.250 --> 00:00:10.000"];
    assert_eq!(times.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn what_a_track_is_for_is_told_to_players() {
    let folder = folder();
    let marks = "-c:s srt -disposition:s:0 hearing_impaired -disposition:s:1 comment -disposition:s:2 0";
    let path = with_text(&folder.path().join("a.mkv"), SRT, 3, marks);
    let (plan, hls, dash) = packaged(&path, &folder.path().join("out"));
    let roles: Vec<_> = plan.texts().map(|(_, text)| text.role).collect();
    assert_eq!(roles, [TextRole::HearingImpaired, TextRole::Commentary, TextRole::Subtitles]);
    let line = |id: &str| hls.lines().find(|line| line.contains(&format!("URI=\"{id}/"))).unwrap();
    let sounds = "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound";
    assert!(
        line("text-1").contains(&format!("NAME=\"Subtitles (SDH)\",AUTOSELECT=YES,CHARACTERISTICS=\"{sounds}\"")),
        "{hls}"
    );
    assert!(line("text-2").contains("NAME=\"Subtitles (commentary)\"") && !line("text-2").contains("=YES"), "{hls}");
    assert!(
        line("text-3").contains("NAME=\"Subtitles\",AUTOSELECT=YES") && !line("text-3").contains("CHARACTERISTICS")
    );
    for role in ["caption", "commentary", "subtitle"] {
        assert!(dash.contains(&format!("<Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"{role}\"")), "{dash}");
    }
}

#[test]
fn captions_that_are_given_win_over_the_source_s_in_their_language() {
    let folder = folder();
    let marks = "-c:s srt -metadata:s:s:0 language=eng -metadata:s:s:1 language=ger -metadata:s:s:2 language=eng \
        -disposition:s:2 forced";
    let path = with_text(&folder.path().join("a.mkv"), SRT, 3, marks);
    let out = folder.path().join("out");
    let (plan, ..) = packaged(&path, &out);
    let given = plan.with_captions("EN", "English", "WEBVTT\n\n00:00.000 --> 00:01.000\nGiven\n").unwrap();
    vodkit_tests::opened(&out).update(&given).unwrap();
    let report = vodkit_verify::verify(&out).unwrap();
    assert!(report.is_clean(), "{:#?}", report.findings);
    for (manifest, names) in [
        ("master.m3u8", ["text-2/", "text-3/", "captions/EN"]),
        ("manifest.mpd", ["\"text-2\"", "\"text-3\"", "captions/EN"]),
    ] {
        let text = std::fs::read_to_string(out.join(manifest)).unwrap();
        assert!(names.iter().all(|name| text.contains(name)), "{text}");
        assert!(!text.contains("text-1"), "{text}");
    }
}

#[test]
fn what_is_not_wanted_is_left_out_without_a_word() {
    let folder = folder();
    let path = with_text(&folder.path().join("a.mkv"), SRT, 1, "-c:s srt");
    let plan = vodkit::plan(&source(&path), &ladder().text(false)).unwrap();
    assert_eq!((plan.texts().count(), plan.warnings().len()), (0, 0));
}

#[test]
fn subtitles_that_are_pictures_are_left_out_with_a_warning() {
    let folder = folder();
    let path = with_text(&folder.path().join("a.mkv"), SRT, 2, "-c:s srt -metadata:s:s:0 language=ger");
    let mut bytes = std::fs::read(&path).unwrap();
    // The first of the tracks becomes one of another codec.
    let place = bytes.windows(11).position(|found| found == b"S_TEXT/UTF8").unwrap();
    bytes[place..place + 11].copy_from_slice(b"S_HDMV/PGS\0");
    let plan = vodkit::plan(&Source::bytes(bytes), &ladder()).unwrap();
    let [warning] = plan.warnings() else { panic!("{:?}", plan.warnings()) };
    assert_eq!((warning.kind, warning.track), (WarningKind::TrackLeftOut, Some(1)));
    assert!(
        warning
            .message
            .contains("1 of the source (de) is left out: its subtitles are pictures (hdmv_pgs_subtitle), not text"),
        "{}",
        warning.message
    );
    assert_eq!(plan.texts().map(|(_, text)| text.source_track).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_clip_has_the_cues_of_its_time() {
    let folder = folder();
    let path = with_text(&folder.path().join("a.mkv"), SRT, 1, "-c:s srt");
    let clip = vodkit::Clip::new(4, Some(9.into()));
    let plan = vodkit::plan(&source(&path), &ladder().clip(clip)).unwrap();
    let all = segments(&source(&path), &plan, "text");
    assert_eq!(cues(&all[0]), ["00:00:00.000 --> 00:00:00.500 line:0\nTwo\nlines &amp; &lt;3"]);
    assert_eq!(cues(all.last().unwrap()), ["00:00:04.250 --> 00:00:05.000\nEnd"]);
}

#[test]
fn a_job_answers_for_text_before_it_is_made() {
    let folder = folder();
    let source = source(&with_text(&folder.path().join("a.mkv"), SRT, 1, "-c:s srt"));
    let plan = vodkit::plan(&source, &ladder()).unwrap();
    let job = Job::start(&source, &plan, Arc::new(MemorySink::new()), JobOptions::default().on_request(true)).unwrap();
    let answer = job.get("text/00002.vtt").unwrap().unwrap();
    assert_eq!(answer, vodkit::segment(&source, &plan, "text", 2).unwrap());
    assert_eq!((job.get("text/init.mp4").unwrap(), job.get("text/00005.vtt").unwrap()), (None, None));
}

/// Many languages, whose packets lie among those of the pictures, and cues that last long.
#[test]
fn segments_are_the_same_in_whatever_order_they_are_made() {
    let folder = folder();
    let cue = |number: u32| {
        let end = if number.is_multiple_of(9) { number + 17 } else { number };
        format!("{number}\n00:00:{number:02},100 --> 00:00:{end:02},900\nCue {number}\n\n")
    };
    let srt: String = (0..40).map(cue).collect();
    let long = PICTURES.replace("d=10", "d=60");
    let text = folder.path().join("t.srt");
    std::fs::write(&text, &srt).unwrap();
    let text = text.display();
    for (name, codec) in [("a.mkv", "srt"), ("b.mkv", "ass"), ("a.mp4", "mov_text")] {
        let arguments = format!("{long} -i {text} -i {text} -map 0 -map 1 -map 2 {H264} -g 100 -c:s {codec}");
        let source = source(&make(&folder.path().join(name), &arguments));
        let plan = vodkit::plan(&source, &ladder()).unwrap();
        let alone = [segments(&source, &plan, "text-1"), segments(&source, &plan, "text-2")];
        assert_eq!(alone[0], alone[1], "{name}");
        let mut maker = vodkit::SegmentMaker::new(&source, &plan).unwrap();
        let count = alone[0].len() as u32;
        for index in (0..count).chain((0..count).rev()) {
            for (id, alone) in ["text-1", "text-2"].iter().zip(&alone) {
                assert!(maker.segment(id, index).unwrap() == alone[index as usize].as_bytes(), "{name}: {id} {index}");
            }
        }
        // Of SubRip all cues, in each segment of their time; MP4 cannot have two at once.
        for (segment, index) in alone[0].iter().zip(0..).filter(|_| codec != "mov_text") {
            let shown = |number: &u32| {
                let end = if number.is_multiple_of(9) { number + 17 } else { *number };
                number * 1000 + 100 < (index + 1) * 2000 && end * 1000 + 900 > index * 2000
            };
            let expected: Vec<String> = (0..40).filter(shown).map(|number| format!("Cue {number}")).collect();
            let found: Vec<&str> = segment.lines().filter(|line| line.starts_with("Cue")).collect();
            assert_eq!(found, expected, "{name} {index}");
        }
    }
}
