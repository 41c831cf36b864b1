//! What a plan says of text and of edit lists is checked like all else, and what passes does no harm.

use std::path::Path;

use vodkit::{ErrorKind, Plan};

use vodkit_tests::captioned::{Codec, ROW_15, Script, captioned};
use vodkit_tests::edited::{Json, edited};
use vodkit_tests::{folder, make, quick, source};

type Change = fn(&mut Json);

const TEXT: &str = "renditions/1";

/// Pictures that carry captions.
fn with_captions(folder: &Path) -> Plan {
    let path =
        captioned(&folder.join("a.ts"), Codec::H264, 3, b"GA94", &Script::default().pop_on(45, &[(ROW_15, "HELLO")]));
    vodkit::plan(&source(&path), &quick(&[64])).unwrap()
}

fn part(start: i64, end: i64) -> String {
    format!(r#"{{"start":{start},"end":{end},"shift":0}}"#)
}

fn refused(plan: &Plan, hostile: &[(&str, Change)]) {
    for (number, (words, change)) in hostile.iter().enumerate() {
        let error = edited(plan, change).expect_err(words);
        assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{number}: {error}");
        assert!(error.to_string().contains(words), "{number}: {error}");
    }
}

fn add_parts(plan: &mut Json, parts: &[String]) {
    let windows = plan.at(&format!("{TEXT}/windows")).clone();
    plan.at(TEXT).remove("windows");
    for (name, value) in
        [("source_parts", serde_json::from_str(&format!("[{}]", parts.join(","))).unwrap()), ("windows", windows)]
    {
        plan.at(TEXT).add(name, 0);
        *plan.at(&format!("{TEXT}/{name}")) = value;
    }
}

#[test]
fn what_a_hostile_plan_says_of_captions_is_refused() {
    let folder = folder();
    let plan = with_captions(folder.path());
    assert!(edited(&plan, |plan| add_parts(plan, &[part(0, 90_000)])).is_ok());
    refused(
        &plan,
        &[
            ("cannot be read", |plan| plan.set(&format!("{TEXT}/caption_channel"), "SERVICE64")),
            ("cannot be read", |plan| plan.set(&format!("{TEXT}/caption_channel"), "CC5")),
            ("too much text", |plan| plan.set(&format!("{TEXT}/windows/0/runs/0/packets"), (1 << 18) + 1)),
            ("too much text", |plan| plan.set(&format!("{TEXT}/windows/0/runs/0/packets"), 0)),
            ("too much text", |plan| {
                let run = plan.at(&format!("{TEXT}/windows/0/runs/0")).clone();
                *plan.items(&format!("{TEXT}/windows/0/runs")) = vec![run; 9];
            }),
            // As much as captions may have, of a track of text.
            ("too much text", |plan| {
                plan.set(&format!("{TEXT}/windows/0/runs/0/packets"), 1 << 18);
                plan.at(TEXT).remove("caption_channel");
            }),
            ("seek point is out of range", |plan| plan.set(&format!("{TEXT}/windows/0/runs/0/seek/pts"), i64::MIN)),
            ("too many parts", |plan| add_parts(plan, &[part(0, 1), part(1, 2)])),
            ("out of range", |plan| add_parts(plan, &[part(1, 1)])),
            ("out of range", |plan| add_parts(plan, &[part(0, i64::MAX)])),
        ],
    );
}

/// Captions of what has none, text of what is none, tracks that are not there.
#[test]
fn text_of_other_tracks_is_an_error_or_nothing() {
    let folder = folder();
    let plan = with_captions(folder.path());
    let path = folder.path().join("a.ts");
    let changes: [Change; 5] = [
        |plan| plan.set(&format!("{TEXT}/source_track"), 99),
        |plan| plan.at(TEXT).remove("caption_channel"),
        |plan| plan.set(&format!("{TEXT}/caption_channel"), "CC4"),
        |plan| plan.set(&format!("{TEXT}/caption_channel"), "SERVICE1"),
        |plan| plan.set(&format!("{TEXT}/windows/0/runs/0/packets"), 1 << 18),
    ];
    let made = changes.map(|change| {
        let plan = edited(&plan, change).unwrap();
        let cues = |bytes: vodkit::Bytes| String::from_utf8(bytes.to_vec()).unwrap().matches("-->").count();
        vodkit::segment(&source(&path), &plan, "text", 0).map(cues).map_err(|error| error.kind())
    });
    assert_eq!(made, [Err(ErrorKind::SourceChanged), Err(ErrorKind::SourceChanged), Ok(0), Ok(0), Ok(1)]);
}

#[test]
fn what_a_hostile_plan_says_of_parts_of_sound_is_refused() {
    let folder = folder();
    let path = folder.path().join("cut.m4a");
    let whole = make(&folder.path().join("a.m4a"), "-f lavfi -i sine=r=48000:d=3 -c:a aac");
    vodkit_tests::with_edits(&whole, &path, &[(500, 0), (500, 60_000)]);
    let plan = vodkit::plan(&source(&path), &quick(&[64])).unwrap();
    refused(
        &plan,
        &[
            ("out of range", |plan| plan.set("renditions/0/windows/0/parts/1/from", i64::MIN)),
            ("out of range", |plan| plan.set("renditions/0/windows/0/parts/1/to", 0)),
            ("out of range", |plan| plan.set("renditions/0/windows/0/parts/1/start/time", i64::MAX)),
            ("out of range", |plan| {
                let start = plan.at("renditions/0/windows/0/parts/0/start").clone();
                *plan.at("renditions/0/windows/0/start") = start;
            }),
            ("out of range", |plan| {
                let part = plan.at("renditions/0/windows/0/parts/0").clone();
                *plan.items("renditions/0/windows/0/parts") = vec![part; 10_000];
            }),
        ],
    );
}
