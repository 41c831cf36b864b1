//! Closed captions in the pictures: told of where pictures are copied, and in a warning where they do not become text.

use std::path::{Path, PathBuf};

use vodkit::{CopyTop, Plan, WarningKind};

use vodkit_tests::captioned::{Codec, RESET, ROW_15, SHOWN_WINDOW, Script, captioned, captions_of};
use vodkit_tests::{folder, joined, package, quick};

/// Four seconds of H.264 with a caption from the second second on.
fn with_captions(path: &Path, mark: &[u8; 4]) -> PathBuf {
    captioned(path, Codec::H264, 4, mark, &Script::default().pop_on(45, &[(ROW_15, "HELLO")]))
}

fn warned(plan: &Plan) -> Vec<(WarningKind, Option<u32>, bool)> {
    plan.warnings().iter().map(|each| (each.kind, each.track, each.message.contains("copied pictures alone"))).collect()
}

#[test]
fn copied_pictures_have_theirs_and_players_are_offered_them_once() {
    let folder = folder();
    for name in ["a.ts", "a.mkv", "a.mp4"] {
        let path = with_captions(&folder.path().join(name), b"GA94");
        assert!(captions_of(&path).contains("HELLO"), "{name}");
        let out = folder.path().join(format!("{name}.out"));
        let (plan, _) = package(&path, &quick(&[64]).copy_top(CopyTop::Always), &out);
        assert!(plan.renditions()[0].is_passthrough() && !plan.renditions()[1].is_passthrough());
        assert_eq!((warned(&plan), plan.texts().count()), (vec![], 1), "{name}");
        let texts = plan.renditions()[..2].iter().map(|rendition| captions_of(&joined(&out, rendition)));
        assert_eq!(texts.map(|text| text.contains("HELLO")).collect::<Vec<_>>(), [true, false], "{name}");
        // They are offered once, as text, which all variants have.
        let hls = std::fs::read_to_string(out.join("master.m3u8")).unwrap();
        assert_eq!((hls.matches("NAME=\"CC1\"").count(), hls.matches("CLOSED-CAPTIONS=NONE").count()), (1, 2), "{hls}");
        let dash = std::fs::read_to_string(out.join("manifest.mpd")).unwrap();
        assert!(!dash.contains("cea-608") && dash.contains("<Label>CC1</Label>"), "{dash}");
        // What was written by the test above goes with it.
        for rendition in &plan.renditions()[..2] {
            std::fs::remove_file(out.join(format!("{}.joined.mp4", rendition.id))).unwrap();
        }
        let report = vodkit_verify::verify(&out).unwrap();
        assert!(report.is_clean(), "{:#?}", report.findings);
    }
}

#[test]
fn without_text_players_are_told_of_those_in_copied_pictures() {
    let folder = folder();
    let path = with_captions(&folder.path().join("a.ts"), b"GA94");
    let out = folder.path().join("out");
    package(&path, &quick(&[64]).copy_top(CopyTop::Always).text(false), &out);
    let hls = std::fs::read_to_string(out.join("master.m3u8")).unwrap();
    let media = "#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"cc\",NAME=\"CC1\",AUTOSELECT=YES,INSTREAM-ID=\"CC1\"\n";
    assert!(hls.contains(media), "{hls}");
    let variant = |id: &str| hls.lines().rev().skip_while(|line| !line.contains(id)).nth(1).unwrap();
    assert!(variant("96p/").contains("CLOSED-CAPTIONS=\"cc\""), "{hls}");
    // NONE would deny them everywhere.
    assert!(!variant("64p/").contains("CLOSED-CAPTIONS"), "{hls}");
    let dash = std::fs::read_to_string(out.join("manifest.mpd")).unwrap();
    let accessibility = "<Accessibility schemeIdUri=\"urn:scte:dash:cc:cea-608:2015\" value=\"CC1=und\"";
    assert!(dash.contains(accessibility), "{dash}");
    let report = vodkit_verify::verify(&out).unwrap();
    assert!(report.is_clean(), "{:#?}", report.findings);
}

#[test]
fn where_all_is_encoded_the_pictures_have_none() {
    let folder = folder();
    let path = with_captions(&folder.path().join("a.ts"), b"GA94");
    let out = folder.path().join("out");
    package(&path, &quick(&[64]), &out);
    let hls = std::fs::read_to_string(out.join("master.m3u8")).unwrap();
    assert!(hls.contains("CLOSED-CAPTIONS=NONE") && !hls.contains("INSTREAM-ID"), "{hls}");
}

#[test]
fn codes_of_cea_708_without_letters_are_no_captions() {
    let folder = folder();
    let script = Script::default().serve(30, 1, &[SHOWN_WINDOW, b" \x88\xff"]).serve(40, 2, &[RESET]);
    let path = captioned(&folder.path().join("a.ts"), Codec::H264, 4, b"GA94", &script);
    let plan = vodkit::plan(&vodkit_tests::source(&path), &quick(&[64]).copy_top(CopyTop::Always)).unwrap();
    assert_eq!((warned(&plan), plan.source_video().unwrap().closed_captions.len()), (vec![], 0));
}

#[test]
fn other_messages_are_no_captions() {
    let folder = folder();
    let path = with_captions(&folder.path().join("a.ts"), b"DTG1");
    let plan = vodkit::plan(&vodkit_tests::source(&path), &quick(&[64]).copy_top(CopyTop::Always)).unwrap();
    assert_eq!((warned(&plan), plan.source_video().unwrap().closed_captions.len()), (vec![], 0));
}

#[test]
fn room_alone_is_no_captions() {
    let folder = folder();
    for name in ["a.ts", "a.mkv", "a.mp4"] {
        let path = captioned(&folder.path().join(name), Codec::H264, 2, b"GA94", &Script::default());
        let plan = vodkit::plan(&vodkit_tests::source(&path), &quick(&[64]).copy_top(CopyTop::Always)).unwrap();
        assert_eq!((warned(&plan), plan.source_video().unwrap().closed_captions.len()), (vec![], 0), "{name}");
    }
}

#[test]
fn captions_that_begin_late_are_found_or_it_is_said_that_none_were_looked_for() {
    let folder = folder();
    let script = Script::default().pop_on(360, &[(ROW_15, "LATE")]);
    for (name, found, warnings) in [("a.ts", 1, 0), ("a.mp4", 0, 1)] {
        let path = captioned(&folder.path().join(name), Codec::H264, 13, b"GA94", &script);
        let plan = vodkit::plan(&vodkit_tests::source(&path), &quick(&[64]).copy_top(CopyTop::Always)).unwrap();
        let said = plan.warnings().iter().filter(|each| each.message.contains("the first 10 seconds alone")).count();
        assert_eq!((plan.source_video().unwrap().closed_captions.len(), said), (found, warnings), "{name}");
    }
}
