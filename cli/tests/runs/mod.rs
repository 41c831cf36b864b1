//! Runs of the command, and sources for them.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use vodkit_tests as common;

pub fn vodkit() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vodkit"));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

pub fn package(input: &Path, out: &Path, workers: &str) -> Command {
    package_with(input, out, &["--preset", "superfast", "--workers", workers])
}

pub fn package_with(input: &Path, out: &Path, options: &[&str]) -> Command {
    let mut command = vodkit();
    command.arg("package").arg(input).arg("-o").arg(out).args(["--rungs", "240,144"]);
    command.args(["--storyboard", "--storyboard-interval", "1.5"]).args(options);
    command
}

/// The paths in a folder of all its files.
fn paths(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in std::fs::read_dir(current).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    found
}

/// All files of a folder that nobody writes to, by their path in it.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    paths(folder).into_iter().map(|path| (path.clone(), std::fs::read(folder.join(path)).unwrap())).collect()
}

/// A source with sparse keyframes, so that windows share their way through the decoder; with B-frames, an
/// open group of pictures, and sound in Matroska, whose times are rounded.
pub fn tricky(folder: &Path) -> PathBuf {
    let inputs =
        "-f lavfi -i testsrc2=size=426x240:rate=30000/1001:duration=23 -f lavfi -i sine=frequency=500:duration=23";
    let video = "-c:v libx264 -preset veryfast -x264-params open-gop=1:keyint=330:min-keyint=330:scenecut=0:bframes=3";
    common::make(&folder.join("tricky.mkv"), &format!("{inputs} {video} -c:a aac -ar 44100"))
}

/// A source whose pictures and sound can be copied, with keyframes at uneven distances.
pub fn copyable(folder: &Path) -> PathBuf {
    let inputs = "-f lavfi -i testsrc2=size=426x240:rate=25:duration=23 -f lavfi -i sine=frequency=500:duration=23";
    let video = "-c:v libx264 -preset veryfast -pix_fmt yuv420p -force_key_frames 1,3.2,8,9,9.04,15.6,20";
    common::make(&folder.join("copyable.mp4"), &format!("{inputs} {video} -c:a aac -ar 44100"))
}

pub fn interlaced(folder: &Path) -> PathBuf {
    let inputs = "-f lavfi -i testsrc2=size=352x288:rate=50:duration=13,tinterlace=interleave_top,fieldorder=tff -f lavfi -i sine=duration=13";
    common::make(
        &folder.join("fields.ts"),
        &format!("{inputs} -c:v mpeg2video -b:v 3M -flags +ilme+ildct -g 60 -c:a mp2"),
    )
}

/// Waits until `out` holds at least `count` media segments.
pub fn wait_for_segments(child: &mut Child, out: &Path, count: usize) {
    let start = Instant::now();
    loop {
        let segments = || paths(out).iter().filter(|path| path.extension().is_some_and(|e| e == "m4s")).count();
        if out.exists() && segments() >= count {
            return;
        }
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it could be interrupted");
        assert!(start.elapsed() < Duration::from_secs(60), "no segment after a minute");
        std::thread::sleep(Duration::from_millis(2));
    }
}
