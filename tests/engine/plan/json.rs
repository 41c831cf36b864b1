//! Plans as JSON: the same plan each way.

use std::io::Cursor;

use image::{ImageFormat, RgbaImage};
use vodkit::plan::Media;
use vodkit::{CopyTop, ErrorKind, Plan, Rational, StoryboardOptions, Watermark};

use vodkit_tests as common;
use vodkit_tests::edited::Json;

use crate::job::{plan, video};

#[test]
fn plans_survive_json_and_refuse_to_be_changed() {
    let folder = common::folder();
    let plan = plan(&common::source(&video(folder.path(), 3)));
    let json = plan.to_json();
    assert_eq!(Plan::from_json(&json).unwrap(), plan);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let renditions: Vec<_> = value["renditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rendition| (rendition["id"].as_str().unwrap(), rendition["segments"].as_u64().unwrap()))
        .collect();
    assert_eq!(renditions, [("240p", 1), ("144p", 1), ("audio", 1)]);
    for changed in [
        json.replace("\"240p\"", "\"../x\""),
        json.replace("\"frames\": 75", "\"frames\": 76"),
        json[..json.len() / 2].to_owned(),
        "{}".into(),
        String::new(),
    ] {
        assert_eq!(Plan::from_json(&changed).unwrap_err().kind(), ErrorKind::InvalidPlan);
    }
}

/// Plans with all that a plan may have.
fn various() -> Vec<Plan> {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 5));
    let silent = "-f lavfi -i testsrc2=s=64x64:r=30000/1001:d=2 -c:v libx264 -preset ultrafast";
    let silent = common::source(&common::make(&folder.path().join("silent.mp4"), silent));
    let sound = common::source(&common::make(&folder.path().join("sound.wav"), "-f lavfi -i sine=r=22050:d=3"));
    let mut logo = Vec::new();
    RgbaImage::new(8, 8).write_to(&mut Cursor::new(&mut logo), ImageFormat::Png).unwrap();
    let quick = || common::quick(&[240, 64]).segment_seconds(1).keyframe_seconds(1);
    let captions = "WEBVTT\n\n00:00.000 --> 00:01.000\n\u{201c}Hello\u{201d}\n";
    let plan = |source, ladder| vodkit::plan(source, &ladder).unwrap();
    vec![
        plan(&source, quick()),
        plan(&source, quick().copy_top(CopyTop::Always)),
        plan(&source, quick().storyboard(StoryboardOptions::default().interval(1)).crf(17.25)),
        plan(&source, quick().watermark(Watermark::new(logo).opacity(0.3)).copy_top(CopyTop::Auto)),
        plan(&source, quick()).with_captions("de", "Deutsch", captions).unwrap(),
        plan(&silent, quick()),
        plan(&sound, quick()),
    ]
}

#[test]
fn a_plan_read_again_is_the_same_plan_with_the_same_text() {
    for plan in various() {
        let text = plan.to_json();
        let again = Plan::from_json(&text).unwrap();
        assert_eq!((&again, again.hash(), again.to_json()), (&plan, plan.hash(), text.clone()));
        // However it was laid out meanwhile.
        assert_eq!(Plan::from_json(&Json::of(&plan).text()).unwrap().to_json(), text);
        // Each rendition has the one video that the plan has.
        for rendition in again.renditions() {
            if let Media::Video(source, _) | Media::Storyboard(source, _) = &rendition.media {
                assert_eq!(Some(&**source), again.source_video());
            }
        }
    }
}

#[test]
fn the_hash_is_that_of_the_compact_text_with_an_empty_hash() {
    for plan in various() {
        assert_eq!(Json::of(&plan).sealed(), Json::of(&plan).text());
    }
}

#[test]
fn each_field_that_is_changed_makes_the_hash_wrong() {
    for plan in various() {
        let json = Json::of(&plan);
        for (path, value) in json.leaves() {
            let mut other = json.clone();
            match value {
                serde_json::Value::Bool(value) => other.set(&path, !value),
                // A fraction may be written in several ways, and is the same.
                serde_json::Value::String(text) => match text.parse::<Rational>() {
                    Ok(number) => other.set(&path, (number + Rational::from(1)).to_string()),
                    Err(_) => other.set(&path, format!("{text}0")),
                },
                serde_json::Value::Number(number) => other.set(&path, number.as_f64().unwrap() as i64 + 1),
                _ => continue,
            }
            let error = Plan::from_json(&other.text()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{path}: {}", error.full_message());
        }
    }
}

#[test]
fn a_field_that_nobody_knows_is_refused() {
    let plan = various().remove(0);
    for path in ["", "build", "source", "source_video", "source_video/windows/0", "source_video/windows/0/seek"] {
        let mut json = Json::of(&plan);
        let at = if path.is_empty() { &mut json } else { json.at(path) };
        let Json::Object(fields) = at else { panic!("{path} is no object") };
        fields.push(("extra".into(), Json::Other(1.into())));
        let error = Plan::from_json(&json.sealed()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{path}");
    }
}

#[test]
fn a_plan_of_video_without_its_source_video_is_refused_by_a_sentence() {
    let plan = various().remove(0);
    for change in [(|json: &mut Json| json.set("source_video", serde_json::Value::Null)) as fn(&mut Json), |json| {
        json.remove("source_video");
    }] {
        let mut json = Json::of(&plan);
        change(&mut json);
        let error = Plan::from_json(&json.sealed()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPlan);
        let sentence = "rendition \"240p\" is made from video, but the plan has no source video; plan the source again";
        assert_eq!(error.to_string(), sentence);
    }
}

#[test]
fn a_field_that_nobody_knows_is_refused_wherever_it_stands() {
    let mut places = std::collections::BTreeSet::new();
    for plan in various() {
        for (path, changed) in Json::of(&plan).with_one_more("extra") {
            let Err(error) = Plan::from_json(&changed.text()) else { panic!("in \"{path}\" it is let pass") };
            assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{path}");
            assert!(error.to_string().contains("the plan cannot be read"), "{path}: {}", error.full_message());
            places.insert(path);
        }
    }
    for place in ["", "build", "source", "renditions/0", "renditions/0/coding/encode", "source_video/windows/0/seek"] {
        assert!(places.contains(place), "{place} was not tried: {places:?}");
    }
}
