//! Interrupts. Alone in their file, so that no other test takes the processor from them: time is measured.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod runs;

use std::process::Stdio;
use std::time::{Duration, Instant};

use runs::{files, package_with, tricky, wait_for_segments};
use vodkit_tests as common;

#[test]
fn an_interrupt_stops_at_once_and_says_how_to_continue() {
    let folder = common::folder();
    let input = tricky(folder.path());
    for signal in ["-INT", "-TERM"] {
        let out = folder.path().join(signal);
        let mut child = package_with(&input, &out, &["--preset", "slower"]).stderr(Stdio::piped()).spawn().unwrap();
        wait_for_segments(&mut child, &out, 1);
        let asked = Instant::now();
        common::run("kill", &[signal, &child.id().to_string()]);
        let output = child.wait_with_output().unwrap();
        // 0.2 s for the engine; the rest is for a loaded machine to begin and to end processes.
        assert!(asked.elapsed() < Duration::from_millis(500), "{signal}: {:?}", asked.elapsed());
        assert_eq!(output.status.code(), Some(1), "{signal}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("to continue"), "{signal}");
        assert!(!out.join("master.m3u8").exists());
        let left = files(&out).into_keys().filter(|path| path.to_string_lossy().contains("unfinished")).count();
        assert_eq!(left, 0, "unfinished files were left");
    }
}
