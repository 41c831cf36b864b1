//! `vodkit bench`: its figures fit together, and what other tools read.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use vodkit_tests as common;

fn bench(input: &Path, options: &[&str]) -> Output {
    let ffmpeg = option_env!("VODKIT_FFMPEG").unwrap_or("ffmpeg");
    let mut command = Command::new(env!("CARGO_BIN_EXE_vodkit"));
    command.arg("bench").arg(input).args(["--ffmpeg", ffmpeg, "--quiet"]).args(options).output().unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// A ratio that was rounded to the last digit of a double.
fn assert_ratio(found: &Value, one: f64, other: f64) {
    assert!((number(found) * other / one - 1.0).abs() < 1e-9, "{found} is not {one} / {other}");
}

#[test]
fn figures_are_consistent_and_those_of_what_is_made() {
    let folder = common::folder();
    let input = common::make(
        &folder.path().join("a.mp4"),
        "-f lavfi -i testsrc2=size=320x180:rate=25:duration=6 -f lavfi -i sine=duration=6 -c:v libx264 -preset ultrafast -c:a aac",
    );
    let svg = folder.path().join("bench.svg");
    let options = ["--presets", "ultrafast,veryfast", "--rungs", "180,90", "--json", "--seconds", "60"];
    let output =
        bench(&input, &[&options[..], &["--price-per-core-hour", "0.5", "--svg", svg.to_str().unwrap()]].concat());
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let workers = report["workers"].as_array().unwrap();
    let single = number(&workers[0]["times_real_time"]);
    for each in workers {
        assert_ratio(&each["efficiency"], number(&each["times_real_time"]), single * number(&each["workers"]));
        assert!(number(&each["peak_memory"]) > 10e6);
    }
    let most = number(&workers.last().unwrap()["efficiency"]).min(1.0);
    for (preset, cost) in report["presets"].as_array().unwrap().iter().zip(report["costs"].as_array().unwrap()) {
        let name = preset["preset"].as_str().unwrap();
        let out = folder.path().join(name);
        let ladder = common::quick(&[180, 90]).preset(name).segment_seconds(2);
        let (plan, _) = common::package(&input, &ladder, &out);
        // Three segments of two seconds: the whole video was made.
        let all = 6.0 * 25.0;
        assert_eq!((&report["frame_rate"], &preset["ladder"]["frames"]), (&25.0.into(), &150.into()));
        assert_ratio(&preset["ladder"]["frames_per_second"], all, number(&preset["ladder"]["seconds"]));
        assert_ratio(&cost["core_hours"], 25.0, number(&preset["ladder"]["frames_per_second"]) * most);
        assert_ratio(&cost["price"], number(&cost["core_hours"]), 2.0);
        for (rung, (rendition, video)) in preset["rungs"].as_array().unwrap().iter().zip(plan.videos()) {
            assert_eq!((&rung["id"], &rung["height"]), (&rendition.id.clone().into(), &video.height.into()));
            let counted = common::ffprobe(&common::joined(&out, rendition), "v:0", "stream=nb_read_frames");
            assert_eq!(rung["frames"].to_string(), counted.trim_matches(','));
            assert_ratio(&rung["frames_per_second"], all, number(&rung["seconds"]));
            // Of three segments the first and the second or third are kept.
            let size = |index: u32| std::fs::metadata(out.join(rendition.segment_key(index))).unwrap().len() * 8 / 4;
            let rates = [size(0) + size(1), size(0) + size(2)];
            let found = rung["bit_rate"].as_u64().unwrap();
            assert!(rates.iter().any(|rate| rate.abs_diff(found) < 8), "{found} is none of {rates:?}");
            if report["metric"] == "VMAF" {
                let quality = number(&rung["quality"]);
                assert!((30.0..=100.0).contains(&quality), "{name} {rung}");
            }
        }
    }
    let svg = std::fs::read_to_string(svg).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("veryfast 180p") && svg.contains("core hours per hour"), "{svg}");
}

#[test]
fn bad_input_is_one_sentence() {
    let folder = common::folder();
    let sound = common::make(&folder.path().join("a.wav"), "-f lavfi -i sine=duration=1");
    let text = folder.path().join("a.txt");
    std::fs::write(&text, "no video").unwrap();
    let cases: [(&Path, &[&str], &str); 5] = [
        (&folder.path().join("missing.mp4"), &[], "there is no file"),
        (&text, &[], "not a media file"),
        (&sound, &[], "no video: there is nothing to compare"),
        (&sound, &["--presets", "quick"], "is not a preset"),
        (&sound, &["--json", "--svg", "-"], "name a file"),
    ];
    for (input, options, words) in cases {
        let output = bench(input, options);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{options:?}: {said}");
        assert!(said.starts_with("vodkit: ") && said.contains(words) && output.stdout.is_empty(), "{said}");
    }
}
