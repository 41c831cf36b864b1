//! What the command says and leaves behind when it cannot do its work.

use std::path::Path;
use std::process::{Command, Output};

use vodkit_tests as common;

fn vodkit(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vodkit")).args(arguments).output().unwrap()
}

/// The command fails with one sentence that has these words, and `out` is not there afterwards.
fn fails_with(input: &Path, out: &Path, words: &str) {
    let input = input.to_str().unwrap();
    let output = vodkit(&["package", input, "-o", out.to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{input}: {said}");
    assert!(output.stdout.is_empty(), "{input}: printed to stdout");
    assert_eq!(said.lines().count(), 1, "{input}: {said}");
    assert!(said.starts_with("vodkit: ") && said.contains(words), "{input}: {said}");
    assert!(!said.contains("panicked"), "{said}");
    assert!(!out.exists(), "{input}: something was written");
}

/// A small MP4 that the others are made from.
fn small(folder: &Path, name: &str, options: &str) -> std::path::PathBuf {
    let inputs = "-f lavfi -i testsrc2=size=160x120:rate=25:duration=3 -f lavfi -i sine=duration=3";
    common::make(&folder.join(name), &format!("{inputs} -c:v libx264 -preset ultrafast -c:a aac {options}"))
}

#[test]
fn bad_sources_give_one_sentence_and_write_nothing() {
    let folder = common::folder();
    let at = |name: &str| folder.path().join(name);
    let out = at("out");
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(at(name), bytes).unwrap();
        at(name)
    };
    let noise: Vec<u8> = (0..200_000_u64).map(|k| (k.wrapping_mul(6_364_136_223_846_793_005) >> 33) as u8).collect();
    fails_with(&write("noise.mp4", &noise), &out, "not a media file");
    fails_with(&write("empty.mp4", b""), &out, "empty");
    fails_with(&write("text.txt", "All work and no play. ".repeat(500).as_bytes()), &out, "not a media file");
    fails_with(&write("playlist.m3u8", b"#EXTM3U\n#EXTINF:4,\n/etc/passwd\n"), &out, "a playlist (M3U)");
    fails_with(&at("missing.mp4"), &out, "there is no file");
    fails_with(folder.path(), &out, "folder");
}

#[test]
fn truncated_files_say_so() {
    let folder = common::folder();
    let out = folder.path().join("out");
    let cut = |options: &str| {
        let whole = std::fs::read(small(folder.path(), "whole.mp4", options)).unwrap();
        let cut = folder.path().join("cut.mp4");
        std::fs::write(&cut, &whole[..whole.len() * 6 / 10]).unwrap();
        cut
    };
    // By default the index lies at the end, and with faststart at the beginning: then what is there is made.
    fails_with(&cut(""), &out, "moov");
    let input = cut("-movflags +faststart");
    let output = vodkit(&["package", input.to_str().unwrap(), "-o", out.to_str().unwrap(), "--preset", "ultrafast"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("truncated") && said.contains("(source_incomplete)"), "{said}");
}

#[test]
fn a_video_of_no_duration_is_refused() {
    let folder = common::folder();
    let nothing = folder.path().join("nothing.mp4");
    common::make(&nothing, "-f lavfi -i testsrc2=size=160x120:rate=25 -frames:v 0 -c:v libx264");
    fails_with(&nothing, &folder.path().join("out"), "no video and no audio that this build can decode");
}

#[test]
fn output_that_cannot_be_written_is_named() {
    let folder = common::folder();
    let input = small(folder.path(), "in.mp4", "");
    // A file where the folder should be, and a path below a file.
    let file = folder.path().join("file");
    std::fs::write(&file, b"x").unwrap();
    for out in [file.clone(), file.join("below")] {
        let output = vodkit(&["package", input.to_str().unwrap(), "-o", out.to_str().unwrap(), "--quiet"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(out.to_str().unwrap()) && said.lines().count() == 1, "{said}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"x");
}

#[test]
fn another_package_in_the_folder_is_not_overwritten_by_mistake() {
    let folder = common::folder();
    let (input, out) = (small(folder.path(), "in.mp4", ""), folder.path().join("out"));
    let package = |more: &[&str]| {
        vodkit(&[&["package", input.to_str().unwrap(), "-o", out.to_str().unwrap(), "--quiet"], more].concat())
    };
    assert!(package(&[]).status.success());
    let plan = std::fs::read(out.join("plan.json")).unwrap();
    let refused = package(&["--crf", "30"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("--overwrite"));
    assert_eq!(std::fs::read(out.join("plan.json")).unwrap(), plan);
    assert!(package(&["--crf", "30", "--overwrite"]).status.success());
    assert_ne!(std::fs::read(out.join("plan.json")).unwrap(), plan);
}

#[test]
fn wrong_usage_exits_with_2_and_wrong_values_with_1() {
    let folder = common::folder();
    let input = small(folder.path(), "in.mp4", "");
    let input = input.to_str().unwrap();
    let usages: [&[&str]; 13] = [
        &["frobnicate"],
        &["probe"],
        &["package", input],
        &["package", input, "-o", "x", "--rungs", "abc"],
        &["package", input, "-o", "x", "--workers", "1025"],
        &["package", input, "-o", "x", "--workers", "-1"],
        &["package", input, "-o", "x", "--no-thumbnail", "--thumbnail-pct", "0.1"],
        &["segment", input, "-o", "x", "--rendition", "120p", "--index", "0"],
        &["segment", input, "-o", "x", "--rendition", "120p", "--index", "x"],
        &["segment", input, "-o", "x", "--rendition", "120p", "--index", "3-2"],
        &["segment", input, "-o", "x", "--source", input, "--rendition", "120p", "--index", "0-1"],
        &["segment", input, "-o", "x", "--source", input, "--task", "{}"],
        &["segment", input, "-o", "x", "--source", input],
    ];
    for usage in usages {
        let output = vodkit(usage);
        assert_eq!(output.status.code(), Some(2), "{usage:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("--help"), "{usage:?}");
    }
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let wrong: [(&[&str], &str); 7] = [
        (&["--rungs", "481"], "even"),
        (&["--preset", "warp"], "preset"),
        (&["--crf", "99"], "crf"),
        (&["--segment-seconds", "0"], "segment"),
        (&["--thumbnail-pct", "2"], "fraction"),
        (&["--audio-bitrate", "1"], "audio_bit_rate"),
        (&["--time-limit", "0"], "limit of 0 seconds"),
    ];
    for (more, words) in wrong {
        let output = vodkit(&[&["package", input, "-o", out], more].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{more:?}: {said}");
        assert!(said.contains(words), "{more:?}: {said}");
        assert!(!Path::new(out).exists(), "{more:?} wrote something");
    }
}

#[test]
fn help_names_the_valid_ranges() {
    let folder = common::folder();
    let input = small(folder.path(), "in.mp4", "");
    let input = input.to_str().unwrap();
    let picture = folder.path().join("a.jpg");
    let wide: &[&str] = &["thumbnail", input, "-o", picture.to_str().unwrap(), "--fit=scale", "--height=16"];
    let tall: &[&str] = &["thumbnail", input, "-o", picture.to_str().unwrap(), "--fit=scale", "--width=16"];
    let plan: &[&str] = &["plan", input, "--segment-seconds=30"];
    let package: &[&str] = &["package", "missing", "-o", "x"];
    type Case<'a> = (&'a [&'a str], &'a str, &'a str, [&'a str; 2], [&'a str; 2]);
    let board: &[&str] = &["plan", input, "--storyboard"];
    let cases: [Case<'_>; 11] = [
        (&plan[..2], "--segment-seconds", "seconds, 1 to 30", ["1", "30"], ["0.9", "30.1"]),
        (plan, "--keyframe-seconds", "Seconds from one keyframe to the next, 0.5 to 30", ["0.5", "30"], ["0.4", "-1"]),
        (
            plan,
            "--audio-bitrate",
            "Bits per second of stereo audio, 16000 to 512000",
            ["16000", "512000"],
            ["15999", "512001"],
        ),
        (plan, "--audio-channels", "1 to 6", ["1", "6"], ["0", "7"]),
        (
            plan,
            "--max-frame-rate",
            "1 to 240. Higher rates are divided by a whole number",
            ["1", "240"],
            ["0.9", "241"],
        ),
        (plan, "--rungs", "pixels, even, 64 to 4320", ["64", "4320"], ["62", "4322"]),
        (board, "--storyboard-interval", "to the next, 1 to 60", ["1", "60"], ["0.9", "60.001"]),
        (board, "--storyboard-width", "pixels, even, 16 to 320", ["16", "320"], ["14", "322"]),
        (wide, "--width", "Width in pixels, 1 to 8192", ["1", "8192"], ["0", "8193"]),
        (tall, "--height", "Height in pixels, 1 to 8192", ["1", "8192"], ["0", "8193"]),
        // Inside the range it is only the video that is missing.
        (package, "--workers", "up to 1024; 0: one for each core", ["0", "1024"], ["1025", "-1"]),
    ];
    for (command, option, range, inside, outside) in cases {
        let help = String::from_utf8(vodkit(&[command[0], "--help"]).stdout).unwrap();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let about = &help[help.find(&format!("{option} <")).unwrap()..];
        assert!(about.split(" [default").next().unwrap().contains(range), "{option}: {about}");
        let code = |value: &str| vodkit(&[command, &[&format!("{option}={value}")]].concat()).status.code();
        let (fine, refused) = if command == package { (Some(1), Some(2)) } else { (Some(0), Some(1)) };
        assert_eq!((inside.map(code), outside.map(code)), ([fine; 2], [refused; 2]), "{option}");
    }
}

#[test]
fn segments_are_refused_for_what_the_plan_does_not_have() {
    let folder = common::folder();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let input = small(folder.path(), "in.mp4", "");
    let (input, plan, out) = (input.to_str().unwrap(), at("plan.json"), at("segment"));
    assert!(vodkit(&["plan", input, "-o", &plan]).status.success());
    let other = small(folder.path(), "other.mp4", "-crf 40");
    let segment = |plan: &str, source: &str, rendition: &str, index: &str| {
        let wanted = ["--rendition", rendition, "--index", index];
        let output = vodkit(&[&["segment", plan, "--source", source, "-o", &out], &wanted[..]].concat());
        assert_eq!(output.status.code(), Some(1), "{plan} {source} {rendition} {index}");
        assert!(!Path::new(&out).exists());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(segment(&plan, input, "720p", "0").contains("no rendition \"720p\": it has 120p, audio"));
    assert!(segment(&plan, input, "120p", "99").contains("no segment 99"));
    assert!(segment(&plan, other.to_str().unwrap(), "120p", "0").contains("not the source"));
    assert!(segment(&plan, &at("gone.mp4"), "120p", "0").contains("no file"));
    let text = std::fs::read_to_string(&plan).unwrap();
    std::fs::write(at("changed.json"), text.replace("\"crf\": 23.0", "\"crf\": 24.0")).unwrap();
    assert!(segment(&at("changed.json"), input, "120p", "0").contains("hash"));
    std::fs::write(at("schema.json"), text.replace("\"schema\": 3", "\"schema\": 99")).unwrap();
    assert!(segment(&at("schema.json"), input, "120p", "0").contains("schema version 99"));
}

#[test]
fn a_watermark_that_is_not_there_is_named() {
    let folder = common::folder();
    let lost = folder.path().join("lost.png");
    let output =
        vodkit(&["plan", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "--watermark", lost.to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && said.contains("lost.png"), "{said}");
}
