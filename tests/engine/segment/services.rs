//! Services of CEA-708 in pictures become WebVTT, where CEA-608 does not have the same text.

use vodkit::plan::TextRole;
use vodkit::{CopyTop, WarningKind};

use super::captions::{Cue, near, played};
use super::text::{ladder, packaged};
use vodkit_tests::captioned::{
    Codec, DISPLAY, HIGH_WINDOW, RATE, RESET, ROW_15, SHOWN_WINDOW, Script, WINDOW, captioned, say_languages,
};
use vodkit_tests::{folder, package, source};

fn at(frame: usize) -> f64 {
    frame as f64 / RATE as f64
}

fn cue(from: usize, to: usize, text: &str) -> Cue {
    (at(from), at(to), text.to_owned())
}

/// Two captions: one that is loaded before it is shown, in a packet that goes on over four pictures, and one that is above at once.
fn two(service: u8) -> Script {
    let long = [b"HELLO \x90\x05\x80THERE\x90\x05\x00, \x18\x26\x6a".as_slice(), b"\r\x7f\xe9\x10\x25\x10\x76"];
    let loading = [WINDOW, long[0], long[1], &[0; 30], &[0; 30]];
    let script = Script::default().serve(50, service, &loading).serve(60, service, &[DISPLAY]);
    script.serve(100, service, &[b"\x8a\x01"]).serve(165, service, &[HIGH_WINDOW, b"\x0cABOVE"]).serve(
        200,
        service,
        &[RESET],
    )
}

#[test]
fn services_alone_are_text_at_their_times() {
    let folder = folder();
    for (name, codec) in [("a.ts", Codec::H264), ("a.mp4", Codec::H264), ("b.mkv", Codec::Hevc), ("c.ts", Codec::Mpeg2)]
    {
        let path = captioned(&folder.path().join(name), codec, 8, b"GA94", &two(1));
        let out = folder.path().join(format!("{name}.out"));
        let (plan, hls, dash) = packaged(&path, &out);
        assert_eq!(plan.warnings(), [], "{name}");
        let expected = [cue(60, 100, "HELLO THERE, ♪\n♪é…⅛"), cue(165, 200, "ABOVE")];
        near(&played(&out, "text"), &expected, 0.0011);
        let media = "GROUP-ID=\"captions\",LANGUAGE=\"und\",NAME=\"SERVICE1\"";
        assert!(hls.contains(media) && hls.contains("public.accessibility.transcribes-spoken-dialog"), "{hls}");
        assert!(dash.contains("value=\"caption\"") && dash.contains("<Label>SERVICE1</Label>"), "{dash}");
        let segments = (0..4).map(|index| vodkit::segment(&source(&path), &plan, "text", index).unwrap());
        let segments: Vec<_> = segments.map(|segment| String::from_utf8(segment.to_vec()).unwrap()).collect();
        let counts = segments.iter().map(|segment| segment.matches("-->").count());
        assert_eq!(counts.collect::<Vec<_>>(), [0, 1, 1, 1], "{name}");
        assert!(segments[1].contains("<i>THERE</i>") && segments[3].contains(" line:0\nABOVE"), "{segments:?}");
    }
}

#[test]
fn rows_of_a_service_roll_up() {
    let folder = folder();
    let lines = [(30, "FIRST LINE"), (90, "SECOND"), (150, "THIRD")];
    let script = lines.into_iter().fold(Script::default().serve(20, 1, &[SHOWN_WINDOW]), |script, (frame, text)| {
        script.serve(frame, 1, &[SHOWN_WINDOW, &[b"\r", text.as_bytes()].concat()])
    });
    let path = captioned(&folder.path().join("a.ts"), Codec::H264, 8, b"GA94", &script.serve(200, 1, &[b"\x88\xff"]));
    let out = folder.path().join("out");
    packaged(&path, &out);
    let expected = [cue(30, 90, "FIRST LINE"), cue(90, 150, "FIRST LINE\nSECOND"), cue(150, 200, "SECOND\nTHIRD")];
    near(&played(&out, "text"), &expected, 0.0011);
}

#[test]
fn a_service_that_cea_608_has_too_is_offered_once() {
    let folder = folder();
    let services = [(70, 1, "FIRST"), (75, 2, "SECOND"), (80, 3, "THIRD"), (85, 9, "NINTH")];
    let words = |script: Script, (frame, service, text): (usize, u8, &str)| {
        script.serve(frame, service, &[SHOWN_WINDOW, text.as_bytes()])
    };
    let script = services.into_iter().fold(Script::default().pop_on(60, &[(ROW_15, "FIRST")]), words);
    let path = captioned(&folder.path().join("a.ts"), Codec::H264, 4, b"GA94", &script);
    say_languages(&path, &[("eng", 128 | 1), ("spa", 128 | 2), ("fra", 128 | 9)]);
    let out = folder.path().join("out");
    let (plan, hls, _) = packaged(&path, &out);
    let names: Vec<_> = plan.texts().map(|(_, text)| (text.name.as_str(), text.language.as_deref().unwrap())).collect();
    assert_eq!(names, [("CC1", "en"), ("SERVICE2", "es"), ("SERVICE3", "und"), ("SERVICE9", "fr")]);
    assert!(plan.texts().all(|(_, text)| text.role == TextRole::HearingImpaired));
    let read = ["text-1", "text-2", "text-3", "text-4"].map(|id| played(&out, id).remove(0).2);
    assert_eq!(read, ["FIRST", "SECOND", "THIRD", "NINTH"]);
    assert!(hls.contains("LANGUAGE=\"es\",NAME=\"SERVICE2\""), "{hls}");
    // Another language is another text.
    let other = captioned(&folder.path().join("b.ts"), Codec::H264, 4, b"GA94", &script);
    say_languages(&other, &[("eng", 0), ("spa", 128 | 1)]);
    let plan = vodkit::plan(&source(&other), &ladder()).unwrap();
    let names: Vec<_> = plan.texts().map(|(_, text)| text.name.as_str()).collect();
    assert_eq!(names, ["CC1", "SERVICE1", "SERVICE2", "SERVICE3", "SERVICE9"]);
}

#[test]
fn without_text_players_are_told_of_services_in_copied_pictures() {
    let folder = folder();
    let script = Script::default().pop_on(60, &[(ROW_15, "FIRST")]);
    let script = (1..=3).fold(script, |script, service| {
        script.serve(70 + 5 * usize::from(service), service, &[SHOWN_WINDOW, b"WORDS"])
    });
    let path = captioned(&folder.path().join("a.ts"), Codec::H264, 4, b"GA94", &script);
    say_languages(&path, &[("eng", 0), ("spa", 128 | 2)]);
    let out = folder.path().join("out");
    let (plan, _) = package(&path, &ladder().copy_top(CopyTop::Always).text(false), &out);
    assert!(plan.warnings().iter().all(|each| each.kind != WarningKind::ClosedCaptionsLeftOut));
    let hls = std::fs::read_to_string(out.join("master.m3u8")).unwrap();
    let media = |language: &str, name: &str| {
        format!(
            "TYPE=CLOSED-CAPTIONS,GROUP-ID=\"cc\",{language}NAME=\"{name}\",AUTOSELECT=YES,INSTREAM-ID=\"{name}\"\n"
        )
    };
    for (language, name) in [("LANGUAGE=\"en\",", "CC1"), ("LANGUAGE=\"es\",", "SERVICE2"), ("", "SERVICE3")] {
        assert!(hls.contains(&media(language, name)), "{name}: {hls}");
    }
    assert!(!hls.contains("SERVICE1"), "{hls}");
    let dash = std::fs::read_to_string(out.join("manifest.mpd")).unwrap();
    for told in ["cea-608:2015\" value=\"CC1=eng\"", "cea-708:2015\" value=\"2=lang:spa;3=lang:und\""] {
        assert!(dash.contains(&format!("<Accessibility schemeIdUri=\"urn:scte:dash:cc:{told}")), "{dash}");
    }
    let report = vodkit_verify::verify(&out).unwrap();
    assert!(report.is_clean(), "{:#?}", report.findings);
}
