//! What each command does.

use std::path::{Path, PathBuf};
use std::process::Command;

use vodkit_tests as common;

/// Runs the command, which must succeed, and gives what it printed.
fn vodkit(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_vodkit")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn video(folder: &Path) -> PathBuf {
    let inputs = "-f lavfi -i testsrc2=size=426x240:rate=25:duration=9 -f lavfi -i sine=duration=9";
    // A name that shells and parsers trip over.
    common::make(&folder.join("-it's a \"video\".mp4"), &format!("{inputs} -c:v libx264 -preset ultrafast -c:a aac"))
}

#[test]
fn probe_tells_people_and_programs_the_same() {
    let folder = common::folder();
    let input = video(folder.path());
    let words = vodkit(&["probe", text(&input)]);
    assert!(words.contains("h264") && words.contains("426x240") && words.contains("25.000 frames/s"), "{words}");
    let json: serde_json::Value = serde_json::from_str(&vodkit(&["probe", text(&input), "--json"])).unwrap();
    assert_eq!(json["tracks"][0]["width"], 426);
    assert_eq!(json["tracks"][0]["frame_rate"], "25");
    assert_eq!(json["tracks"][1]["codec"], "aac");
    assert_eq!(json["duration"], "9");
}

#[test]
fn a_quick_probe_leaves_out_what_it_does_not_know() {
    let folder = common::folder();
    let input = video(folder.path());
    let words = vodkit(&["probe", "--quick", text(&input)]);
    assert!(words.contains("426x240") && words.contains("25.000 frames/s") && !words.contains("keyframes"), "{words}");
    let json: serde_json::Value = serde_json::from_str(&vodkit(&["probe", "--quick", text(&input), "--json"])).unwrap();
    assert_eq!((&json["quick"], &json["duration"]), (&true.into(), &"9".into()));
    assert_eq!(json["tracks"][0]["frames"], 225);
    assert!(json["tracks"][0].get("keyframes").is_none() && json["tracks"][1]["bit_rate"].is_null(), "{json}");
}

#[test]
fn plan_prints_the_plan_of_the_package() {
    let folder = common::folder();
    let input = video(folder.path());
    let (plan, out) = (folder.path().join("plan.json"), folder.path().join("out"));
    let options = ["--rungs", "240,144", "--preset", "superfast"];
    let printed = vodkit(&[&["plan", text(&input)], &options[..]].concat());
    vodkit(&[&["plan", text(&input), "-o", text(&plan)], &options[..]].concat());
    vodkit(&[&["package", text(&input), "-o", text(&out), "--quiet"], &options[..]].concat());
    assert_eq!(printed, std::fs::read_to_string(&plan).unwrap());
    assert_eq!(printed, std::fs::read_to_string(out.join("plan.json")).unwrap());
    let json: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let renditions: Vec<_> = json["renditions"].as_array().unwrap().iter().collect();
    let ids: Vec<_> = renditions.iter().map(|rendition| rendition["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["240p", "144p", "audio"]);
    for rendition in renditions {
        let segments = std::fs::read_dir(out.join(rendition["id"].as_str().unwrap())).unwrap();
        let count = segments.filter(|entry| entry.as_ref().unwrap().path().extension().unwrap() == "m4s").count();
        assert_eq!(rendition["segments"], count);
    }
}

#[test]
fn package_prints_a_table_and_makes_a_thumbnail() {
    let folder = common::folder();
    let (input, out) = (video(folder.path()), folder.path().join("out"));
    let said = vodkit(&["package", text(&input), "-o", text(&out), "--rungs", "144", "--thumbnail-pct", "0.25"]);
    assert!(!said.contains("storyboard"), "{said}");
    for words in ["144p", "256x144", "audio", "master.m3u8", "times real time"] {
        assert!(said.contains(words), "{words} in {said}");
    }
    assert_eq!(common::ffprobe(&out.join("thumbnail.jpg"), "v:0", "stream=codec_name,width,height"), "mjpeg,426,240");
    let again = vodkit(&["package", text(&input), "-o", text(&out), "--rungs", "144", "--thumbnail-pct", "0.25"]);
    assert!(again.contains("4 segments were there already"), "{again}");
}

#[test]
fn a_video_can_be_packaged_without_encoding() {
    let folder = common::folder();
    let (input, out) = (video(folder.path()), folder.path().join("out"));
    let said = vodkit(&["package", text(&input), "-o", text(&out), "--copy-top", "always", "--rungs", "none"]);
    assert!(said.contains("426x240, passthrough"), "{said}");
    assert!(vodkit(&["verify", text(&out)]).contains("valid"));
}

#[test]
fn a_part_is_made_where_it_is_asked_for() {
    let folder = common::folder();
    let (input, out) = (video(folder.path()), folder.path().join("out"));
    let options = ["--rungs", "144", "--from", "1.5", "--to", "3.5", "-o", text(&out)];
    let said = vodkit(&[&["package", text(&input)], &options[..]].concat());
    let lasts = common::ffprobe(&out.join("master.m3u8"), "v:0", "format=duration");
    assert!(lasts.starts_with("2.0"), "{lasts}, {said}");
    assert!(vodkit(&["verify", text(&out)]).contains("valid"));
}

#[test]
fn a_package_is_downloaded_as_one_file() {
    let folder = common::folder();
    let (input, out, film) = (video(folder.path()), folder.path().join("out"), folder.path().join("film.mp4"));
    vodkit(&["package", text(&input), "-o", text(&out), "--rungs", "144"]);
    vodkit(&["download", text(&out), "-o", text(&film), "--rendition", "144p"]);
    assert_eq!(common::ffprobe(&film, "v:0", "stream=codec_name,height").trim(), "h264,144");
    let piped = Command::new(env!("CARGO_BIN_EXE_vodkit")).args(["download", text(&out), "-o", "-"]).output().unwrap();
    assert!(piped.stdout == std::fs::read(&film).unwrap());
}

#[test]
fn a_watermark_comes_over_the_video() {
    let folder = common::folder();
    let (input, logo) = (video(folder.path()), folder.path().join("logo.png"));
    vodkit(&["thumbnail", text(&input), "--width", "40", "-o", text(&logo)]);
    let options = ["--watermark", text(&logo), "--watermark-position", "lower-left", "--watermark-opacity", "0.5"];
    let plan = vodkit(&[&["plan", text(&input)], &options[..]].concat());
    assert!(plan.contains("\"position\": \"lower-left\"") && plan.contains("\"opacity\": 0.5"), "{plan}");
}

#[test]
fn a_storyboard_is_made_where_it_is_asked_for() {
    let folder = common::folder();
    let (input, out) = (video(folder.path()), folder.path().join("out"));
    let options = ["--rungs", "144", "--storyboard", "--storyboard-interval", "2.5", "--storyboard-width", "80"];
    let said = vodkit(&[&["package", text(&input), "-o", text(&out)], &options[..]].concat());
    assert!(said.contains("storyboard") && said.contains("4 of 80x46"), "{said}");
    let sheet = out.join("storyboard/00001.jpg");
    assert_eq!(common::ffprobe(&sheet, "v:0", "stream=codec_name,width,height"), "mjpeg,320,46");
    let cues = common::ffprobe(&out.join("storyboard/storyboard.vtt"), "s:0", "packet=pts_time,duration_time");
    assert_eq!(cues.lines().last(), Some("7.500000,1.500000"));
    assert!(vodkit(&["verify", text(&out)]).contains("valid"));
    let printed = vodkit(&[&["plan", text(&input)], &options[..]].concat());
    assert_eq!(printed, std::fs::read_to_string(out.join("plan.json")).unwrap());
    let alone = folder.path().join("alone.jpg");
    let (plan, alone_text) = (out.join("plan.json"), text(&alone));
    let piece = ["--source", text(&input), "--rendition", "storyboard", "--index", "0", "-o", alone_text];
    vodkit(&[&["segment", text(&plan)], &piece[..]].concat());
    assert!(std::fs::read(&alone).unwrap() == std::fs::read(&sheet).unwrap());
}

#[test]
fn subtitles_come_along_unless_they_are_not_wanted() {
    let folder = common::folder();
    let (text_file, out) = (folder.path().join("a.srt"), folder.path().join("out"));
    std::fs::write(&text_file, "1\n00:00:01,000 --> 00:00:02,000\nHello\n").unwrap();
    let arguments = format!("-f lavfi -i testsrc2=s=64x64:d=3 -i {} -c:v libx264 -c:s srt", text(&text_file));
    let input = common::make(&folder.path().join("a.mkv"), &format!("{arguments} -metadata:s:s:0 language=eng"));
    let said = vodkit(&["package", text(&input), "-o", text(&out), "--rungs", "64"]);
    assert!(said.contains("text") && said.contains("English"), "{said}");
    assert!(std::fs::read_to_string(out.join("text/00000.vtt")).unwrap().contains("Hello"));
    assert!(vodkit(&["plan", text(&input), "--rungs", "64"]).contains("\"type\": \"text\""));
    assert!(!vodkit(&["plan", text(&input), "--rungs", "64", "--no-text"]).contains("\"type\": \"text\""));
}

#[test]
fn thumbnails_have_the_format_of_their_name_and_the_requested_size() {
    let folder = common::folder();
    let input = video(folder.path());
    for (name, codec) in [("a.jpg", "mjpeg"), ("b.PNG", "png"), ("c.webp", "webp"), ("d.gif", "gif")] {
        let image = folder.path().join(name);
        vodkit(&["thumbnail", text(&input), "-o", text(&image), "--at", "2.5", "--width", "100", "--height", "80"]);
        assert_eq!(common::ffprobe(&image, "v:0", "stream=codec_name,width,height"), format!("{codec},100,80"));
    }
}

#[test]
fn a_package_without_a_thumbnail_lacks_nothing_else() {
    let folder = common::folder();
    let (input, out) = (video(folder.path()), folder.path().join("out"));
    vodkit(&["package", text(&input), "-o", text(&out), "--rungs", "144", "--quiet", "--no-thumbnail"]);
    assert!(!out.join("thumbnail.jpg").exists());
    assert!(vodkit(&["verify", text(&out)]).contains("valid"));
}

#[test]
fn an_init_segment_needs_no_source() {
    let folder = common::folder();
    let (input, out) = (video(folder.path()), folder.path().join("out"));
    vodkit(&["package", text(&input), "-o", text(&out), "--rungs", "144", "--quiet"]);
    std::fs::remove_file(&input).unwrap();
    let (plan, init) = (out.join("plan.json"), folder.path().join("init.mp4"));
    vodkit(&["segment", text(&plan), "--rendition", "144p", "--index", "init", "-o", text(&init)]);
    assert!(std::fs::read(&init).unwrap() == std::fs::read(out.join("144p/init.mp4")).unwrap());
}

#[test]
fn segments_of_another_duration_than_asked_for_are_reported() {
    let folder = common::folder();
    let (input, out) = (video(folder.path()), folder.path().join("out"));
    let ntsc = common::make(&folder.path().join("ntsc.mp4"), "-f lavfi -i testsrc2=size=160x120:rate=30000/1001:d=9");
    let said = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_vodkit")).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let plan = |input: &Path, keyframes: &str, segments: &str| {
        said(&["plan", text(input), "--keyframe-seconds", keyframes, "--segment-seconds", segments])
    };
    let note = plan(&input, "3", "4");
    assert!(note.contains("segments last 3 seconds, not 4") && note.lines().count() == 1, "{note}");
    assert!(plan(&input, "0.5", "4").contains("4.16 seconds"), "13 frames from keyframe to keyframe, not 12.5");
    // As asked for, but for whole frames; and one segment that is as long as the video.
    for (input, keyframes, segments) in [(&input, "2", "4"), (&ntsc, "2", "4"), (&input, "8", "10")] {
        assert_eq!(plan(input, keyframes, segments), "", "{keyframes} {segments}");
    }
    let package = ["package", text(&input), "-o", text(&out), "--rungs", "144", "--keyframe-seconds", "3"];
    assert!(said(&package).contains("segments last 3 seconds, not 4"));
    assert_eq!(said(&[&package[..], &["--quiet"]].concat()), "");
}

#[test]
fn damaged_data_is_told_at_the_end() {
    let folder = common::folder();
    let (input, out) = (video(folder.path()), folder.path().join("out"));
    let mut bytes = std::fs::read(&input).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4000].fill(0x55);
    std::fs::write(&input, bytes).unwrap();
    let arguments = ["package", text(&input), "-o", text(&out), "--rungs", "144"];
    let output = Command::new(env!("CARGO_BIN_EXE_vodkit")).args(arguments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success() && said.contains("could not be decoded whole") && said.contains("(damaged_data)"),
        "{said}"
    );
}

#[test]
fn verify_accepts_a_package_and_finds_what_is_broken() {
    let folder = common::folder();
    let (input, out) = (video(folder.path()), folder.path().join("out"));
    vodkit(&["package", text(&input), "-o", text(&out), "--rungs", "240,144", "--quiet"]);
    assert!(vodkit(&["verify", text(&out)]).contains("valid"));
    let break_it = |file: &str, change: &dyn Fn(Vec<u8>) -> Vec<u8>, words: &str| {
        let path = out.join(file);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, change(whole.clone())).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_vodkit")).args(["verify", text(&out)]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{file}: {said}");
        assert!(said.contains(words), "{file}: {said}");
        std::fs::write(&path, whole).unwrap();
    };
    let replace = |from: &'static str, to: &'static str| {
        move |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replacen(from, to, 1).into_bytes()
    };
    break_it("240p/00001.m4s", &|_| Vec::new(), "240p/00001.m4s");
    break_it("240p/00001.m4s", &|bytes| bytes[..bytes.len() / 2].to_vec(), "240p/00001.m4s");
    break_it("master.m3u8", &replace(":BANDWIDTH=", ":BANDWIDTH=9"), "BANDWIDTH");
    break_it("144p/playlist.m3u8", &replace("#EXTINF:4", "#EXTINF:3"), "144p");
    break_it("manifest.mpd", &replace("avc1.64", "avc1.42"), "avc1.42");
    assert!(vodkit(&["verify", text(&out)]).contains("valid"));
}

#[test]
fn captions_come_with_a_package_and_into_a_finished_one() {
    let folder = common::folder();
    let input = video(folder.path());
    let out = folder.path().join("out");
    let (english, german) = (folder.path().join("en=1.vtt"), folder.path().join("de.vtt"));
    std::fs::write(&english, "WEBVTT\n\n00:01.000 --> 00:02.000\nHello!\n").unwrap();
    std::fs::write(&german, "WEBVTT\n\n00:01.000 --> 00:02.000\nHallo!\n").unwrap();
    let english = format!("en:English={}", text(&english));
    let options = ["--rungs", "144", "--preset", "ultrafast", "--quiet", "--captions", &english];
    vodkit(&[&["package", text(&input), "-o", text(&out)], &options[..]].concat());
    assert_eq!(vodkit(&["captions", text(&out)]), "en\tEnglish\n");
    assert!(std::fs::read_to_string(out.join("master.m3u8")).unwrap().contains("captions/en.m3u8"));
    let german = format!("de={}", text(&german));
    assert_eq!(vodkit(&["captions", text(&out), &german, "--remove", "en"]), "");
    assert_eq!(vodkit(&["captions", text(&out)]), "de\tde\n");
    assert!(!out.join("captions/en.vtt").exists() && out.join("captions/de.vtt").exists());
    assert!(vodkit(&["verify", text(&out)]).contains(": valid ("));
}

#[test]
fn verify_prints_its_report_as_json() {
    let folder = common::folder();
    let (input, out) = (video(folder.path()), folder.path().join("out"));
    vodkit(&["package", text(&input), "-o", text(&out), "--rungs", "144", "--quiet"]);
    let report: serde_json::Value = serde_json::from_str(&vodkit(&["verify", text(&out), "--json"])).unwrap();
    assert_eq!((&report["segments"], &report["findings"]), (&4.into(), &serde_json::json!([])));
    std::fs::write(out.join("144p/00001.m4s"), "").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_vodkit")).args(["verify", text(&out), "--json"]).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(1), 0));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["findings"][0]["file"], "144p/00001.m4s");
}

#[test]
fn remove_deletes_a_package_and_nothing_else() {
    let folder = common::folder();
    let (input, out) = (video(folder.path()), folder.path().join("out"));
    let package = ["package", text(&input), "-o", text(&out), "--rungs", "144", "--quiet"];
    vodkit(&package);
    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    vodkit(&["remove", text(&out)]);
    let left: Vec<_> = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["notes.txt"]);
    std::fs::remove_file(out.join("notes.txt")).unwrap();
    vodkit(&package);
    vodkit(&["remove", text(&out)]);
    assert!(!out.exists());
}

#[test]
fn tasks_and_ranges_make_the_segments_of_the_package() {
    let folder = common::folder();
    let (input, out, pieces) = (video(folder.path()), folder.path().join("out"), folder.path().join("pieces"));
    let options = ["--rungs", "240,144", "--preset", "superfast", "--storyboard"];
    vodkit(&[&["package", text(&input), "-o", text(&out), "--quiet", "--no-thumbnail"], &options[..]].concat());
    let plan = out.join("plan.json");
    let tasks: Vec<serde_json::Value> = serde_json::from_str(&vodkit(&["tasks", text(&plan)])).unwrap();
    assert!(tasks.iter().all(|task| task["cost"].as_u64().unwrap() > 0));
    let segment = ["segment", text(&plan), "--source", text(&input), "--directory", text(&pieces)];
    // All tasks in one process, from the last to the first.
    let tasks: Vec<String> = tasks.iter().rev().map(|task| format!("--task={task}")).collect();
    vodkit(&[&segment[..], &tasks.iter().map(String::as_str).collect::<Vec<_>>()].concat());
    let same = |key: &str| std::fs::read(pieces.join(key)).unwrap() == std::fs::read(out.join(key)).unwrap();
    for rendition in ["240p", "144p", "audio"] {
        assert!((0..2).all(|index| same(&format!("{rendition}/{index:05}.m4s"))), "{rendition}");
    }
    assert!(same("storyboard/00001.jpg"));
    std::fs::remove_dir_all(&pieces).unwrap();
    vodkit(&[&segment[..], &["--rendition", "144p", "--index", "init,0-1"]].concat());
    assert!(["init.mp4", "00000.m4s", "00001.m4s"].iter().all(|name| same(&format!("144p/{name}"))));
    // `vodkit package` finishes what is there.
    std::fs::write(pieces.join("plan.json"), std::fs::read(&plan).unwrap()).unwrap();
    let said = vodkit(&[&["package", text(&input), "-o", text(&pieces), "--no-thumbnail"], &options[..]].concat());
    assert!(said.contains("2 segments were there already"), "{said}");
}
