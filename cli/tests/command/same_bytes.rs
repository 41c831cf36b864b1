//! The one idea: a segment is a pure function of source, plan, rendition and index. However the work is cut
//! up and whatever interrupts it, the bytes are the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use vodkit::Plan;

use crate::runs::{copyable, files, interlaced, package, package_with, tricky, vodkit, wait_for_segments};
use vodkit_tests as common;

fn assert_same(one: &BTreeMap<PathBuf, Vec<u8>>, other: &BTreeMap<PathBuf, Vec<u8>>) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (path, bytes) in one {
        assert!(bytes == &other[path], "{} differs", path.display());
    }
}

fn all_ways_agree(input: &Path, folder: &Path, options: &[&str]) {
    let at = |name: &str| folder.join(name);
    let package = |name: &str, workers: &str| {
        let all = [&["--preset", "superfast", "--workers", workers], options].concat();
        assert!(package_with(input, &at(name), &all).status().unwrap().success());
    };
    package("one", "1");
    let one = files(&at("one"));

    package("two", "2");
    assert_same(&one, &files(&at("two")));
    package("five", "5");
    assert_same(&one, &files(&at("five")));

    // Alone, in an order that has nothing to do with time.
    let plan_path = at("one/plan.json");
    let plan = Plan::from_json(&std::fs::read_to_string(&plan_path).unwrap()).unwrap();
    let mut pieces: Vec<_> = plan
        .renditions()
        .iter()
        .flat_map(|rendition| {
            let init = rendition.init_key().map(|_| "init".to_owned());
            let media = (0..rendition.segment_count).map(|n| n.to_string());
            init.into_iter().chain(media).map(move |n| (rendition, n))
        })
        .collect();
    pieces.sort_by_key(|(rendition, n)| {
        (n.len() * 7 + n.bytes().map(usize::from).sum::<usize>() * 13 + rendition.id.len() * 5) % 11
    });
    for (rendition, index) in pieces {
        let out = at("alone");
        let status = vodkit()
            .arg("segment")
            .arg(&plan_path)
            .arg("--source")
            .arg(input)
            .args(["--rendition", &rendition.id, "--index", &index, "-o"])
            .arg(&out)
            .status()
            .unwrap();
        assert!(status.success(), "{} {index}", rendition.id);
        let key = index.parse().map_or_else(|_| rendition.init_key().unwrap(), |index| rendition.segment_key(index));
        assert!(std::fs::read(&out).unwrap() == one[Path::new(&key)], "{key} differs when made alone");
    }
}

#[test]
fn sparse_keyframes_and_open_groups_give_the_same_bytes_every_way() {
    let folder = common::folder();
    all_ways_agree(&tricky(folder.path()), folder.path(), &[]);
}

#[test]
fn interlaced_transport_streams_give_the_same_bytes_every_way() {
    let folder = common::folder();
    all_ways_agree(&interlaced(folder.path()), folder.path(), &[]);
}

/// Memory that an encoder or a filter reads before it has written it would be in the segments. glibc fills what it
/// hands out with what this variable says; 20 macroblocks in a row are more than vector code does at once, and a rest.
#[test]
fn what_memory_held_before_is_in_no_segment() {
    let folder = common::folder();
    let inputs = "-f lavfi -i testsrc2=s=320x180:r=25:d=6";
    let settings = "-c:v libx264 -preset veryfast -pix_fmt yuv420p -b:v 250k -g 50 -bf 3";
    let input = common::make(&folder.path().join("in.mp4"), &format!("{inputs} {settings}"));
    let plan = folder.path().join("plan.json");
    let options = ["--rungs", "180,120", "--segment-seconds", "2", "-o"];
    assert!(vodkit().arg("plan").arg(&input).args(options).arg(&plan).status().unwrap().success());
    for rendition in ["180p", "120p"] {
        let made = ["0", "1", "85", "170"].map(|fill| {
            let out = folder.path().join("segment");
            let mut command = vodkit();
            command.env("MALLOC_PERTURB_", fill).arg("segment").arg(&plan).arg("--source").arg(&input);
            command.args(["--rendition", rendition, "--index", "1", "-o"]).arg(&out);
            assert!(command.status().unwrap().success());
            std::fs::read(&out).unwrap()
        });
        assert!(made.iter().all(|bytes| *bytes == made[0]), "{rendition} depends on what memory held before");
    }
}

#[test]
fn what_is_copied_gives_the_same_bytes_every_way() {
    let folder = common::folder();
    all_ways_agree(&copyable(folder.path()), folder.path(), &["--copy-top", "always"]);
}

#[test]
fn clips_give_the_same_bytes_every_way() {
    for name in ["bear_180p_1s.mp4", "bunny_270p_33s.flv"] {
        let folder = common::folder();
        if let Some(clip) = common::clip(name) {
            all_ways_agree(&clip, folder.path(), &[]);
        }
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
