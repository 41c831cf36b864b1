//! Where output goes, and what is said where it cannot.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../tests/common/mod.rs"]
mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vodkit"));
    command.args(arguments);
    command
}

/// The run failed with one sentence that has these words.
fn assert_failed(output: Output, words: &str) {
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("vodkit: ") && said.contains(words), "{said}");
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn video(folder: &Path) -> PathBuf {
    let inputs = "-f lavfi -i testsrc2=size=160x120:rate=25:duration=1";
    common::make(&folder.join("in.mp4"), &format!("{inputs} -c:v libx264 -preset ultrafast"))
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_stdout_is_an_error_and_a_closed_one_is_not() {
    let folder = common::folder();
    let (input, out) = (video(folder.path()), folder.path().join("out"));
    let (input, out) = (text(&input), text(&out));
    // The first makes the package that the last two are about.
    for arguments in [
        &["package", input, "-o", out][..],
        &["package", input, "-o", out],
        &["verify", out],
        &["probe", input],
        &["probe", input, "--json"],
        &["plan", input],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert_failed(command(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap(), "stdout");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
