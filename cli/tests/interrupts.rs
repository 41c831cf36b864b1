//! Interrupts. Alone in their file, so that no other test takes the processor from them: they measure time.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../tests/common/mod.rs"]
mod common;
mod runs;

use std::process::Stdio;
use std::time::{Duration, Instant};

use runs::{files, interlaced, package, package_with, tricky, wait_for_segments};

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
    let asked = Instant::now();
    let mut status = None;
    while status.is_none() && asked.elapsed() < Duration::from_secs(5) {
        status = child.try_wait().unwrap();
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    assert_eq!(status.and_then(|status| status.code()), Some(130));
}
