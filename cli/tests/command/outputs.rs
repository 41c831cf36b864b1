//! Where output goes: to stdout, through links, and never over what is read.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use vodkit_tests as common;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vodkit"));
    command.args(arguments);
    command
}

/// Runs the command, which must succeed, and gives what it wrote to stdout.
fn stdout(arguments: &[&str]) -> Vec<u8> {
    let output = command(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
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
        &["thumbnail", input, "-o", "-"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert_failed(command(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap(), "stdout");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_dash_means_stdout() {
    let folder = common::folder();
    let input = video(folder.path());
    let (input, at) = (text(&input), |name: &str| folder.path().join(name));
    let (plan, file) = (at("plan.json"), at("file"));
    stdout(&["plan", input, "-o", text(&plan)]);
    assert!(stdout(&["plan", input, "-o", "-"]) == std::fs::read(&plan).unwrap());
    for index in ["init", "0"] {
        let segment = ["segment", text(&plan), "--source", input, "--rendition", "120p", "--index", index, "-o"];
        stdout(&[&segment[..], &[text(&file)]].concat());
        assert!(stdout(&[&segment[..], &["-"]].concat()) == std::fs::read(&file).unwrap(), "{index} differs");
    }
    assert!(!Path::new("-").exists());
}

#[test]
fn the_format_of_a_picture_is_that_of_the_option_and_else_of_the_name() {
    let folder = common::folder();
    let input = video(folder.path());
    let starts = |bytes: &[u8], format: &str| match format {
        "jpg" => bytes.starts_with(&[0xFF, 0xD8, 0xFF]),
        "png" => bytes.starts_with(b"\x89PNG"),
        _ => bytes.starts_with(b"RIFF") && bytes[8..].starts_with(b"WEBP"),
    };
    let picture = |more: &[&str]| stdout(&[&["thumbnail", text(&input), "-o"], more].concat());
    assert!(starts(&picture(&["-"]), "jpg"));
    let file = folder.path().join("picture.png");
    for format in ["jpg", "png", "webp"] {
        assert!(starts(&picture(&["-", "--format", format]), format), "{format} to stdout");
        picture(&[text(&file), "--format", format]);
        assert!(starts(&std::fs::read(&file).unwrap(), format), "{format} to a file of another name");
    }
    let nameless = folder.path().join("picture");
    let output = command(&["thumbnail", text(&input), "-o", text(&nameless)]).output().unwrap();
    assert_failed(output, "--format");
    assert!(!nameless.exists());
}

#[cfg(unix)]
#[test]
fn what_is_read_is_never_written_over() {
    let folder = common::folder();
    let input = video(folder.path());
    let at = |name: &str| folder.path().join(name);
    let plan = at("plan.json");
    stdout(&["plan", text(&input), "-o", text(&plan)]);
    // A picture's name decides its format: the links to the video are named so that it would be made.
    let names = |file: &Path, name: &str| {
        let (symbolic, hard) = (at(&format!("symbolic-{name}.jpg")), at(&format!("hard-{name}.jpg")));
        std::os::unix::fs::symlink(file.file_name().unwrap(), &symbolic).unwrap();
        std::fs::hard_link(file, &hard).unwrap();
        let roundabout =
            folder.path().join("..").join(folder.path().file_name().unwrap()).join(file.file_name().unwrap());
        [file.to_owned(), symbolic, hard, roundabout]
    };
    let before = [&input, &plan].map(|path| std::fs::read(path).unwrap());
    let refused = |arguments: &[&str], out: &Path| {
        let output = command(&[arguments, &["-o", text(out)]].concat()).output().unwrap();
        assert!(output.stdout.is_empty());
        assert_failed(output, &format!("cannot write {} over the input", out.display()));
        assert!(
            [&input, &plan].map(|path| std::fs::read(path).unwrap()) == before,
            "{arguments:?} to {}",
            out.display()
        );
    };
    let segment = ["segment", text(&plan), "--source", text(&input), "--rendition", "120p", "--index"];
    for out in names(&input, "video") {
        refused(&["plan", text(&input)], &out);
        refused(&["thumbnail", text(&input), "--format", "jpg"], &out);
        refused(&[&segment[..], &["0"]].concat(), &out);
    }
    for out in names(&plan, "plan") {
        refused(&[&segment[..], &["0"]].concat(), &out);
        refused(&["segment", text(&plan), "--rendition", "120p", "--index", "init"], &out);
    }
}

#[cfg(unix)]
#[test]
fn links_are_written_through() {
    let folder = common::folder();
    let input = video(folder.path());
    std::fs::create_dir(folder.path().join("elsewhere")).unwrap();
    let target = folder.path().join("elsewhere/plan.json");
    let (first, second) = (folder.path().join("first"), folder.path().join("elsewhere/second"));
    std::os::unix::fs::symlink("elsewhere/second", &first).unwrap();
    std::os::unix::fs::symlink("plan.json", &second).unwrap();
    let whole = stdout(&["plan", text(&input)]);
    for there in ["nothing", "an older plan"] {
        stdout(&["plan", text(&input), "-o", text(&first)]);
        assert!(first.is_symlink() && second.is_symlink(), "with {there} behind it a link was replaced");
        assert!(!target.is_symlink() && std::fs::read(&target).unwrap() == whole, "with {there} behind the links");
        std::fs::write(&target, "old").unwrap();
    }
    let ring = folder.path().join("ring");
    std::os::unix::fs::symlink("ring", &ring).unwrap();
    assert_failed(command(&["plan", text(&input), "-o", text(&ring)]).output().unwrap(), text(&ring));
    assert!(ring.is_symlink());
}

#[test]
fn what_is_left_out_is_told_by_a_stable_name() {
    let folder = common::folder();
    let two = "-f lavfi -i testsrc2=s=128x96:d=1 -f lavfi -i testsrc=s=128x96:d=1 -map 0 -map 1 -c:v libx264 -preset ultrafast";
    let path = common::make(&folder.path().join("two.mp4"), two);
    let output = command(&["plan", text(&path), "-o", text(&folder.path().join("plan.json"))]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("track 1") && said.ends_with(" (track_left_out)\n"), "{said}");
}
