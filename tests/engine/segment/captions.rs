//! Closed captions in pictures become WebVTT: at their times, in each segment that shows them, told to players.

use std::path::Path;

use vodkit::Package;
use vodkit::plan::TextRole;

use super::text::{ladder, packaged};
use vodkit_tests::captioned::{
    Codec, ERASE, NEW_LINE, PAINT_ON, RATE, ROLL_UP_2, ROW_1, ROW_14, ROW_15, Script, captioned, captions_of, letters,
    say_languages, twice,
};
use vodkit_tests::{ffmpeg, folder, make, source};

/// A cue as SubRip has it: seconds from and to, and its text.
pub(super) type Cue = (f64, f64, String);

/// The cues of SubRip without markup, each once.
pub(super) fn cues(subrip: &str) -> Vec<Cue> {
    let seconds = |time: &str| {
        let parts = time.trim().replace(',', ".");
        parts.split(':').fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap())
    };
    let cue = |cue: &str| {
        let mut lines = cue.lines().skip(1);
        let (start, end) = lines.next()?.split_once("-->")?;
        let text = lines.collect::<Vec<_>>().join("\n").replace("\\h", " ");
        let plain = text.split(['<', '{']).map(|part| part.split_once(['>', '}']).map_or(part, |(_, after)| after));
        let plain = plain.collect::<String>().split('\n').map(str::trim).collect::<Vec<_>>().join("\n");
        Some((seconds(start), seconds(end), plain.trim().to_owned()))
    };
    let mut cues: Vec<Cue> = subrip.replace('\r', "").trim().split("\n\n").filter_map(cue).collect();
    cues.dedup();
    cues
}

/// What another program reads of a rendition through its playlist.
pub(super) fn played(out: &Path, id: &str) -> Vec<Cue> {
    let playlist = out.join(id).join("playlist.m3u8");
    cues(
        &String::from_utf8(ffmpeg(&["-v", "error", "-i", playlist.to_str().unwrap(), "-f", "srt", "-"]).stdout)
            .unwrap(),
    )
}

pub(super) fn near(found: &[Cue], expected: &[Cue], seconds: f64) {
    let is_near = |(one, other): (&Cue, &Cue)| {
        (one.0 - other.0).abs() <= seconds && (one.1 - other.1).abs() <= seconds && one.2 == other.2
    };
    assert!(found.len() == expected.len() && found.iter().zip(expected).all(is_near), "{found:?} for {expected:?}");
}

fn at(frame: usize) -> f64 {
    frame as f64 / RATE as f64
}

/// Two captions: one in a segment, one in two of them.
fn two() -> Script {
    Script::default()
        .pop_on(60, &[(ROW_15, "HELLO THERE")])
        .send(100, 0, twice(ERASE))
        .pop_on(165, &[(ROW_14, "AND HERE ARE"), (ROW_15, "TWO ROWS")])
        .send(200, 0, twice(ERASE))
}

#[test]
fn captions_of_h264_hevc_mpeg_2_and_av1_are_text_at_their_times() {
    let folder = folder();
    for (name, codec) in [
        ("a.ts", Codec::H264),
        ("a.mp4", Codec::H264),
        ("b.mkv", Codec::Hevc),
        ("c.ts", Codec::Mpeg2),
        ("d.mpg", Codec::Mpeg2),
        ("g.vob", Codec::Dvd),
        ("h.ts", Codec::Dvd),
        ("e.mkv", Codec::Av1),
        ("f.mp4", Codec::Av1),
    ] {
        let path = captioned(&folder.path().join(name), codec, 8, b"GA94", &two());
        let out = folder.path().join(format!("{name}.out"));
        let (plan, hls, dash) = packaged(&path, &out);
        assert_eq!(plan.warnings(), [], "{name}");
        let expected =
            [(at(60), at(100), "HELLO THERE".to_owned()), (at(165), at(200), "AND HERE ARE\nTWO ROWS".to_owned())];
        let found = played(&out, "text");
        near(&found, &expected, 0.0011);
        // Another decoder has the same; of DVDs it has all of a group of pictures at its beginning.
        near(&found, &cues(&captions_of(&path)), if codec == Codec::Dvd { 1.0 } else { 0.034 });
        let media = "#EXT-X-MEDIA:TYPE=SUBTITLES,URI=\"text/playlist.m3u8\",GROUP-ID=\"captions\",LANGUAGE=\"und\",NAME=\"CC1\"";
        assert!(hls.contains(media) && hls.contains("public.accessibility.transcribes-spoken-dialog"), "{hls}");
        let set = dash.split("<AdaptationSet").find(|set| set.contains("lang=\"und\"")).unwrap();
        assert!(set.contains("value=\"caption\"") && set.contains("<Label>CC1</Label>"), "{set}");
        let in_segments = (0..4).map(|index| {
            let segment = vodkit::segment(&source(&path), &plan, "text", index).unwrap();
            String::from_utf8(segment.to_vec()).unwrap().matches("-->").count()
        });
        assert_eq!(in_segments.collect::<Vec<_>>(), [0, 1, 1, 1], "{name}");
    }
}

#[test]
fn rows_that_roll_up_and_letters_that_come_one_by_one() {
    let folder = folder();
    let line = |text: &str| [twice(ROLL_UP_2), twice(NEW_LINE), twice(ROW_15), letters(text)].concat();
    let script = Script::default()
        .send(30, 0, line("FIRST LINE"))
        .send(90, 0, line("SECOND"))
        .send(150, 0, line("THIRD"))
        .send(200, 0, twice(ERASE))
        .send(210, 0, [twice(PAINT_ON), twice(ROW_1), letters("ABOVE")].concat())
        .send(270, 0, twice(ERASE));
    let path = captioned(&folder.path().join("a.ts"), Codec::H264, 10, b"GA94", &script);
    let out = folder.path().join("out");
    packaged(&path, &out);
    let text = |text: &str| text.to_owned();
    let expected = [
        (at(36), at(92), text("FIRST LINE")),
        (at(92), at(152), text("FIRST LINE\nSECOND")),
        (at(152), at(200), text("SECOND\nTHIRD")),
        (at(214), at(270), text("ABOVE")),
    ];
    near(&played(&out, "text"), &expected, 0.0011);
    let texts = |cues: &[Cue]| cues.iter().map(|cue| cue.2.clone()).collect::<Vec<_>>();
    assert_eq!(texts(&cues(&captions_of(&path))), texts(&expected));
    let last = std::fs::read_to_string(out.join("text/00003.vtt")).unwrap();
    assert!(last.contains(" line:0\nABOVE"), "{last}");
}

#[test]
fn each_channel_is_a_rendition_and_can_be_left_out() {
    let folder = folder();
    // The second channel's codes have another bit; data about the programme stands among those of the second field.
    let other = |field: u8, second: u8, text: &str| {
        let codes = [[0x14, 0x20], [0x14, 0x2e], [0x14, 0x70]].map(|[high, low]| twice([high | second, low])).concat();
        let show = twice([0x14 | second, 0x2f]);
        (field, [codes, letters(text), show].concat())
    };
    let mut script = two();
    for (frame, (field, pairs)) in [(10, other(0, 8, "ZWEI")), (10, other(1, 0, "TROIS"))] {
        script = script.send(frame, field, pairs);
    }
    let script = script.send(40, 1, [[0x01, 0x03], *b"XD", *b"S!", [0x0f, 0x2b]]);
    let path = captioned(&folder.path().join("a.ts"), Codec::H264, 8, b"GA94", &script);
    let out = folder.path().join("out");
    let (plan, ..) = packaged(&path, &out);
    let names: Vec<_> = plan.texts().map(|(each, text)| (each.id.as_str(), text.name.as_str(), text.role)).collect();
    let sdh = TextRole::HearingImpaired;
    assert_eq!(names, [("text-1", "CC1", sdh), ("text-2", "CC2", sdh), ("text-3", "CC3", sdh)]);
    assert_eq!(played(&out, "text-2").iter().map(|cue| cue.2.as_str()).collect::<Vec<_>>(), ["ZWEI"]);
    assert_eq!(played(&out, "text-3").iter().map(|cue| cue.2.as_str()).collect::<Vec<_>>(), ["TROIS"]);
    let plan = vodkit::plan(&source(&path), &ladder().text(false)).unwrap();
    assert_eq!(plan.texts().count(), 0);
    // Those that are given win over those of the same language.
    let mut package = Package::open(std::sync::Arc::new(vodkit::DirSink::open(&out).unwrap())).unwrap();
    let given = package.plan().unwrap().with_captions("und", "Mine", "WEBVTT\n\n00:01.000 --> 00:02.000\nA\n").unwrap();
    package.update(&given).unwrap();
    let hls = std::fs::read_to_string(out.join("master.m3u8")).unwrap();
    assert!(hls.contains("NAME=\"Mine\"") && !hls.contains("CC1"), "{hls}");
}

#[test]
fn captions_far_into_a_source_and_behind_a_jump_of_its_clock() {
    let folder = folder();
    // Long before the last segments, so that these begin to read in the middle; without anything that ends the last one.
    let mut script = Script::default();
    for number in 0..14_usize {
        script = script.pop_on(150 * number + 60, &[(ROW_15, &format!("NUMBER {number}"))]);
    }
    let path = captioned(&folder.path().join("a.ts"), Codec::H264, 70, b"GA94", &script);
    let out = folder.path().join("out");
    let plan = vodkit::plan(&source(&path), &ladder()).unwrap();
    packaged(&path, &out);
    let cue = |number: usize, end: usize| (at(150 * number + 60), at(end), format!("NUMBER {number}"));
    let expected: Vec<_> = (0..14).map(|number| cue(number, (150 * number + 210).min(2100))).collect();
    near(&played(&out, "text"), &expected, 0.0011);
    let (_, text) = plan.texts().next().unwrap();
    assert!(text.windows.iter().all(|window| window.runs.len() == 1 && window.runs[0].packets <= 103 * 30));
    // The same twice, one after the other: the clock begins anew.
    let bytes = std::fs::read(&path).unwrap();
    let joined = folder.path().join("joined.ts");
    std::fs::write(&joined, [&bytes[..], &bytes].concat()).unwrap();
    let out = folder.path().join("joined");
    packaged(&joined, &out);
    let found = played(&out, "text");
    assert_eq!(
        found.iter().filter(|cue| cue.2 == "NUMBER 3").map(|cue| cue.0.round()).collect::<Vec<_>>(),
        [17.0, 87.0]
    );
}

/// What loads a caption, and shows it, stands in pictures that the edit list hides.
#[test]
fn a_caption_that_a_cut_goes_through_is_shown_from_there_on() {
    let folder = folder();
    let script = Script::default().pop_on(100, &[(ROW_15, "HI")]).send(150, 0, twice(ERASE));
    let whole = captioned(&folder.path().join("a.mp4"), Codec::H264, 8, b"GA94", &script);
    near(&cues(&captions_of(&whole)), &[(at(100), at(150), "HI".to_owned())], 0.034);
    for flags in ["", "-movflags frag_keyframe+delay_moov"] {
        let cut = format!("-ss 3.5 -i {} -c copy {flags}", whole.display());
        let path = make(&folder.path().join("cut.mp4"), &cut);
        let out = tempfile::tempdir_in(folder.path()).unwrap();
        packaged(&path, out.path());
        near(&played(out.path(), "text"), &[(0.0, 1.5, "HI".to_owned())], 0.0011);
    }
}

#[test]
fn a_broadcast_says_in_which_languages_its_captions_are() {
    let folder = folder();
    let third =
        [twice([0x14, 0x20]), twice([0x14, 0x2e]), twice(ROW_15), letters("HOLA"), twice([0x14, 0x2f])].concat();
    let path = captioned(&folder.path().join("a.ts"), Codec::H264, 8, b"GA94", &two().send(10, 1, third));
    say_languages(&path, &[("spa", 1), ("eng", 0)]);
    // Another reader still finds the tables whole.
    assert!(captions_of(&path).contains("HELLO THERE"));
    let (_, hls, dash) = packaged(&path, &folder.path().join("out"));
    assert!(hls.contains("LANGUAGE=\"en\",NAME=\"CC1\"") && hls.contains("LANGUAGE=\"es\",NAME=\"CC3\""), "{hls}");
    assert!(dash.contains("lang=\"en\"") && dash.contains("lang=\"es\""), "{dash}");
}

/// It is several cues, one after the other, each the same in all segments that show it.
#[test]
fn a_caption_stays_until_it_is_erased() {
    let folder = folder();
    let script = Script::default().pop_on(45, &[(ROW_15, "STILL HERE")]).send(1320, 0, twice(ERASE));
    let path = captioned(&folder.path().join("a.ts"), Codec::H264, 50, b"GA94", &script);
    let out = folder.path().join("out");
    let (plan, ..) = packaged(&path, &out);
    let cue = |start, end| (start, end, "STILL HERE".to_owned());
    near(&played(&out, "text"), &[cue(1.5, 17.5), cue(17.5, 33.5), cue(33.5, 44.0)], 0.0011);
    // Another decoder has it as one.
    near(&cues(&captions_of(&path)), &[cue(1.5, 44.0)], 0.034);
    for index in (0..25).rev() {
        let alone = vodkit::segment(&source(&path), &plan, "text", index).unwrap();
        assert_eq!(alone, std::fs::read(out.join(format!("text/{index:05}.vtt"))).unwrap());
    }
}

#[test]
fn a_track_of_captions_in_quicktime_is_text_in_its_language() {
    let folder = folder();
    let scc = folder.path().join("a.scc");
    let text = "9420 9420 94ae 94ae 9470 9470 c845 4c4c 4f80";
    // The last one has no duration, and is left out.
    let erase = "942c 942c";
    let times = [("1:00", text), ("2:00", "942f 942f"), ("5:00", erase), ("6:00", erase)];
    let lines: String = times.iter().map(|(time, codes)| format!("00:00:0{time}\t{codes}\n\n")).collect();
    std::fs::write(&scc, format!("Scenarist_SCC V1.0\n\n{lines}")).unwrap();
    let pictures = format!("-f lavfi -i testsrc2=s=128x96:r={RATE}:d=8 -i {}", scc.display());
    let coding = "-map 0 -map 1 -c:v libx264 -preset ultrafast -g 30 -c:s copy -metadata:s:s:0 language=spa";
    let path = make(&folder.path().join("a.mov"), &format!("{pictures} {coding}"));
    let out = folder.path().join("out");
    let (plan, hls, _) = packaged(&path, &out);
    assert_eq!(plan.warnings(), []);
    assert!(hls.contains("LANGUAGE=\"es\",NAME=\"CC1\""), "{hls}");
    near(&played(&out, "text"), &[(2.0, 5.0, "HELLO".to_owned())], 0.0011);
    let alone = (0..4).map(|index| vodkit::segment(&source(&path), &plan, "text", index).unwrap());
    let made = (0..4).map(|index| std::fs::read(out.join(format!("text/{index:05}.vtt"))).unwrap());
    assert!(alone.zip(made).all(|(alone, made)| alone == made));
}

/// All letters that captions have, in rows of 16, each of the extended ones after a blank that it takes the place of.
#[test]
fn letters_are_those_that_another_decoder_finds() {
    let folder = folder();
    let plain = (0x20..0x80).map(|byte| [byte, 0]).collect::<Vec<_>>();
    let special = (0x30..0x40).map(|low| [0x11, low]).collect::<Vec<_>>();
    let extended = |high| (0x20..0x40).flat_map(move |low| [*b" \0", [high, low]]).collect::<Vec<_>>();
    let rows =
        [plain[..32].to_vec(), plain[32..64].to_vec(), plain[64..].to_vec(), special, extended(0x12), extended(0x13)];
    let mut script = Script::default();
    for (number, row) in rows.into_iter().enumerate() {
        let frame = 10 + 90 * number;
        script = script.send(frame, 0, [twice([0x14, 0x20]), twice([0x14, 0x2e]), twice(ROW_15), row].concat());
        script = script.send(frame + 80, 0, twice([0x14, 0x2f]));
    }
    let path = captioned(&folder.path().join("a.ts"), Codec::H264, 21, b"GA94", &script);
    let out = folder.path().join("out");
    packaged(&path, &out);
    // The other one has other quotes, dashes, dots and blanks, and braces are not for SubRip.
    let same = |letter: char| match letter {
        '’' | '´' | '‘' => '\'',
        '—' => '-',
        '·' => '•',
        '\u{a0}' => ' ',
        _ => letter,
    };
    let is_common = |letter: &char| !['{', '}', '\\', '\u{2060}'].contains(letter);
    let common = |cue: Cue| cue.2.chars().filter(is_common).map(same).collect::<String>();
    let texts = |cues: Vec<Cue>| cues.into_iter().map(common).collect::<Vec<_>>();
    assert_eq!(texts(played(&out, "text")), texts(cues(&captions_of(&path))));
}
