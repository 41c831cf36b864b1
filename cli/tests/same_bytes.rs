//! The one idea: a segment is a pure function of source, plan, track and index. However the work is cut
//! up and whatever interrupts it, the bytes are the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../tests/common/mod.rs"]
mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use vodkit::Plan;

fn vodkit() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vodkit"));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn package(input: &Path, out: &Path, workers: &str) -> Command {
    package_with(input, out, &["--preset", "superfast", "--workers", workers])
}

fn package_with(input: &Path, out: &Path, options: &[&str]) -> Command {
    let mut command = vodkit();
    command.arg("package").arg(input).arg("-o").arg(out).args(["--rungs", "240,144"]).args(options);
    command
}

/// All files of a folder, by their path in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in std::fs::read_dir(current).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn assert_same(one: &BTreeMap<PathBuf, Vec<u8>>, other: &BTreeMap<PathBuf, Vec<u8>>) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (path, bytes) in one {
        assert!(bytes == &other[path], "{} differs", path.display());
    }
}

/// A source with sparse keyframes, so that windows share their way through the decoder; with B-frames, an
/// open group of pictures, and sound in Matroska, whose times are rounded.
fn tricky(folder: &Path) -> PathBuf {
    let inputs =
        "-f lavfi -i testsrc2=size=426x240:rate=30000/1001:duration=23 -f lavfi -i sine=frequency=500:duration=23";
    let video = "-c:v libx264 -preset veryfast -x264-params open-gop=1:keyint=330:min-keyint=330:scenecut=0:bframes=3";
    common::make(&folder.join("tricky.mkv"), &format!("{inputs} {video} -c:a aac -ar 44100"))
}

fn interlaced(folder: &Path) -> PathBuf {
    let inputs = "-f lavfi -i testsrc2=size=352x288:rate=50:duration=13,tinterlace=interleave_top,fieldorder=tff -f lavfi -i sine=duration=13";
    common::make(
        &folder.join("fields.ts"),
        &format!("{inputs} -c:v mpeg2video -b:v 3M -flags +ilme+ildct -g 60 -c:a mp2"),
    )
}

fn all_ways_agree(input: &Path, folder: &Path) {
    let at = |name: &str| folder.join(name);
    assert!(package(input, &at("one"), "1").status().unwrap().success());
    let one = files(&at("one"));

    assert!(package(input, &at("two"), "2").status().unwrap().success());
    assert_same(&one, &files(&at("two")));
    assert!(package(input, &at("five"), "5").status().unwrap().success());
    assert_same(&one, &files(&at("five")));

    // Alone, in an order that has nothing to do with time.
    let plan_path = at("one/plan.json");
    let plan = Plan::from_json(&std::fs::read_to_string(&plan_path).unwrap()).unwrap();
    let mut pieces: Vec<_> = plan
        .tracks
        .iter()
        .flat_map(|track| {
            std::iter::once("init".to_owned())
                .chain((0..track.segments).map(|n| n.to_string()))
                .map(move |n| (track, n))
        })
        .collect();
    pieces.sort_by_key(|(track, n)| {
        (n.len() * 7 + n.bytes().map(usize::from).sum::<usize>() * 13 + track.id.len() * 5) % 11
    });
    for (track, index) in pieces {
        let out = at("alone");
        let status = vodkit()
            .arg("segment")
            .arg(&plan_path)
            .arg("--source")
            .arg(input)
            .args(["--track", &track.id, "--index", &index, "-o"])
            .arg(&out)
            .status()
            .unwrap();
        assert!(status.success(), "{} {index}", track.id);
        let key = index.parse().map_or(track.init_key(), |index| track.segment_key(index));
        assert!(std::fs::read(&out).unwrap() == one[Path::new(&key)], "{key} differs when made alone");
    }
}

#[test]
fn sparse_keyframes_and_open_groups_give_the_same_bytes_every_way() {
    let folder = common::folder();
    all_ways_agree(&tricky(folder.path()), folder.path());
}

#[test]
fn interlaced_transport_streams_give_the_same_bytes_every_way() {
    let folder = common::folder();
    all_ways_agree(&interlaced(folder.path()), folder.path());
}

#[test]
fn clips_give_the_same_bytes_every_way() {
    for name in ["bear_180p_1s.mp4", "bunny_270p_33s.flv"] {
        let folder = common::folder();
        if let Some(clip) = common::clip(name) {
            all_ways_agree(&clip, folder.path());
        }
    }
}

/// Waits until `out` holds at least `count` media segments.
fn wait_for_segments(child: &mut Child, out: &Path, count: usize) {
    let start = Instant::now();
    loop {
        let segments = || files(out).keys().filter(|path| path.extension().is_some_and(|e| e == "m4s")).count();
        if out.exists() && segments() >= count {
            return;
        }
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it could be interrupted");
        assert!(start.elapsed() < Duration::from_secs(60), "no segment after a minute");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn killed_runs_go_on_to_the_same_bytes() {
    let folder = common::folder();
    let input = tricky(folder.path());
    let (whole, out) = (folder.path().join("whole"), folder.path().join("killed"));
    assert!(package(&input, &whole, "2").status().unwrap().success());
    for count in [0, 1, 4, 8] {
        let mut child = package(&input, &out, "2").spawn().unwrap();
        wait_for_segments(&mut child, &out, count);
        child.kill().unwrap();
        child.wait().unwrap();
        // Nothing that could be taken for a finished package or a whole segment.
        assert!(!out.join("master.m3u8").exists() && !out.join("manifest.mpd").exists());
    }
    let kept = files(&out);
    let before: Vec<_> = kept.keys().filter(|path| path.extension().is_some_and(|e| e == "m4s")).cloned().collect();
    assert!(before.len() >= 8, "{} segments were kept", before.len());
    let times = |paths: &[PathBuf]| {
        paths.iter().map(|path| out.join(path).metadata().unwrap().modified().unwrap()).collect::<Vec<_>>()
    };
    let made = times(&before);
    assert!(package(&input, &out, "2").status().unwrap().success());
    assert_eq!(times(&before), made, "finished segments were made again");
    assert_same(&files(&whole), &files(&out));
}

#[cfg(unix)]
#[test]
fn an_interrupt_stops_within_a_moment_and_says_how_to_go_on() {
    let folder = common::folder();
    let input = tricky(folder.path());
    for signal in ["-INT", "-TERM"] {
        let out = folder.path().join(signal);
        let mut child = package_with(&input, &out, &["--preset", "slower"]).stderr(Stdio::piped()).spawn().unwrap();
        wait_for_segments(&mut child, &out, 1);
        let asked = Instant::now();
        common::run("kill", &[signal, &child.id().to_string()]);
        let output = child.wait_with_output().unwrap();
        // 0.2 s for the engine; the rest is for a loaded machine to notice that a process ended.
        assert!(asked.elapsed() < Duration::from_secs(1), "{signal}: {:?}", asked.elapsed());
        assert_eq!(output.status.code(), Some(1), "{signal}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("go on"), "{signal}");
        assert!(!out.join("master.m3u8").exists());
        let left = files(&out).into_keys().filter(|path| path.to_string_lossy().contains("unfinished")).count();
        assert_eq!(left, 0, "unfinished files were left");
    }
}

#[cfg(unix)]
#[test]
fn a_second_interrupt_does_not_wait_for_the_first() {
    let folder = common::folder();
    let input = interlaced(folder.path());
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    // A plan that never ends keeps the job, and its stopping, waiting.
    let plan = out.join("plan.json");
    common::run("mkfifo", &[plan.to_str().unwrap()]);
    let mut child = package(&input, &out, "1").spawn().unwrap();
    // Opens once the job has begun to read; a moment later signals are listened to.
    let _never_ending = std::fs::OpenOptions::new().write(true).open(&plan).unwrap();
    let pause = || std::thread::sleep(Duration::from_millis(500));
    pause();
    common::run("kill", &["-INT", &child.id().to_string()]);
    pause();
    assert!(child.try_wait().unwrap().is_none(), "the first interrupt alone ended the run");
    common::run("kill", &["-TERM", &child.id().to_string()]);
    pause();
    let status = child.try_wait().unwrap();
    let _ = child.kill();
    assert_eq!(status.and_then(|status| status.code()), Some(130));
}
