//! What the tests share: sources that they make themselves with the `ffmpeg` command, packages in memory,
//! and other people's tools to read them back.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod captioned;
pub mod counted;
pub mod edited;
pub mod flash;
pub mod indexed;
pub mod joined;
pub mod numbered;
pub mod packaged;
pub mod packed;
pub mod patches;
pub mod server;
pub mod tones;
pub mod untimed;

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use sha2::{Digest, Sha256};
use vodkit::plan::{Plan, Rendition};
use vodkit::{DirSink, Job, JobOptions, Ladder, Package, Source, Summary, Warning, WarningKind};

/// A folder that goes with the test.
pub fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("vodkit-test-").tempdir().unwrap()
}

/// A real clip, or `None` (said aloud) where the clips are not there.
pub fn clip(name: &str) -> Option<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = above.map(|folder| folder.join("shared/media").join(name)).find(|path| path.exists());
    if found.is_none() {
        eprintln!("SKIPPED: the clip {name} is not there");
    }
    found
}

/// The `ffmpeg` command: the one that `scripts/setup.sh` has fetched, because it starts fast, or the system's.
pub fn ffmpeg_command() -> Command {
    Command::new(std::env::var_os("VODKIT_FFMPEG").unwrap_or_else(|| "ffmpeg".into()))
}

/// Runs `ffmpeg` as [`run`] does other commands.
pub fn ffmpeg(arguments: &[&str]) -> Output {
    finish(ffmpeg_command(), arguments)
}

/// Runs a command to its end; its standard error is in the message where it fails.
pub fn run(program: &str, arguments: &[&str]) -> Output {
    finish(Command::new(program), arguments)
}

fn finish(mut command: Command, arguments: &[&str]) -> Output {
    command.args(arguments).stdin(Stdio::null());
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} cannot be run ({error}); `make setup` installs it"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Makes a source with the `ffmpeg` command: `arguments` are what stands before the output's name. What is made of no
/// other file is made once in a process.
pub fn make(path: &Path, arguments: &str) -> PathBuf {
    type Made = HashMap<(String, Option<OsString>), Arc<OnceLock<Vec<u8>>>>;
    static MADE: LazyLock<Mutex<Made>> = LazyLock::new(Mutex::default);
    if arguments.split_whitespace().any(|word| word.starts_with('/')) {
        return make_anew(path, arguments);
    }
    let key = (arguments.to_owned(), path.extension().map(OsStr::to_owned));
    let made = MADE.lock().unwrap().entry(key).or_default().clone();
    std::fs::write(path, made.get_or_init(|| std::fs::read(make_anew(path, arguments)).unwrap())).unwrap();
    path.to_owned()
}

fn make_anew(path: &Path, arguments: &str) -> PathBuf {
    let mut all = vec!["-hide_banner", "-loglevel", "error", "-y"];
    all.extend(arguments.split_whitespace());
    let path_text = path.to_str().unwrap();
    all.push(path_text);
    ffmpeg(&all);
    path.to_owned()
}

/// The three ways of turning pictures, by how far clockwise (in degrees), as [`turn`] takes them.
pub const TURNS: [(u32, [i32; 4]); 3] = [(90, [0, 1, -1, 0]), (180, [-1, 0, 0, -1]), (270, [0, -1, 1, 0])];

/// Copies an MP4 or MOV of one track with another matrix in the track's header: where the axes of its pictures point
/// when they are shown, x to the right and y down.
pub fn turn(upright: &Path, turned: &Path, [a, b, c, d]: [i32; 4]) {
    let mut bytes = std::fs::read(upright).unwrap();
    let matrix = bytes.windows(4).position(|name| name == b"tkhd").unwrap() + 44;
    for (place, value) in [(0, a), (4, b), (12, c), (16, d)] {
        bytes[matrix + place..][..4].copy_from_slice(&(value * 65536).to_be_bytes());
    }
    std::fs::write(turned, bytes).unwrap();
}

/// Copies an MP4 of one track, whose index is at its end and whose edit list has one entry, with other edits: each so many
/// milliseconds long, from so many ticks after what the one entry began with.
pub fn with_edits(whole: &Path, cut: &Path, edits: &[(u32, u32)]) {
    let mut bytes = std::fs::read(whole).unwrap();
    let place = |bytes: &[u8], name: &[u8; 4]| bytes.windows(4).rposition(|found| found == name).unwrap() - 4;
    let number = |bytes: &[u8], place: usize| u32::from_be_bytes(bytes[place..place + 4].try_into().unwrap());
    let sizes = [b"moov", b"trak", b"edts", b"elst"].map(|name| place(&bytes, name));
    // The entry stands behind the box's header, its version and flags, and the number of entries.
    let entry = sizes[3] + 16;
    let start = number(&bytes, entry + 4);
    let scale = number(&bytes, place(&bytes, b"mvhd") + 20);
    let added = (edits.len() as u32 - 1) * 12;
    for place in sizes {
        let size = number(&bytes, place) + added;
        bytes[place..place + 4].copy_from_slice(&size.to_be_bytes());
    }
    bytes[entry - 4..entry].copy_from_slice(&(edits.len() as u32).to_be_bytes());
    let edit = |(duration, from): &(u32, u32)| {
        [duration * (scale / 1000), start + from, 1 << 16].map(u32::to_be_bytes).concat()
    };
    bytes.splice(entry..entry + 12, edits.iter().flat_map(edit));
    std::fs::write(cut, bytes).unwrap();
}

/// The boxes of an MP4 down to how pictures of H.264 are coded, whose own boxes begin after 86 bytes.
pub const PICTURES: [&[u8; 4]; 7] = [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"];

/// Puts bytes into the last box with the last of these names, which are those of the boxes around it too, so far behind where
/// it begins. An MP4's index has to be at its end.
pub fn insert(bytes: &mut Vec<u8>, within: &[&[u8; 4]], offset: usize, inserted: &[u8]) {
    let place = |name: &&[u8; 4]| bytes.windows(4).rposition(|found| found == *name).unwrap() - 4;
    let sizes: Vec<usize> = within.iter().map(place).collect();
    for &place in &sizes {
        let size = u32::from_be_bytes(bytes[place..place + 4].try_into().unwrap());
        bytes[place..place + 4].copy_from_slice(&(size + inserted.len() as u32).to_be_bytes());
    }
    let place = sizes.last().unwrap() + offset;
    bytes.splice(place..place, inserted.iter().copied());
}

/// A box of an MP4.
pub fn boxed(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], name, content].concat()
}

/// Copies an MP4 of one H.264 track, whose index is at its end, with a clean aperture of this size around the middle.
pub fn with_aperture(whole: &Path, cropped: &Path, (width, height): (u32, u32)) {
    let mut bytes = std::fs::read(whole).unwrap();
    let mut aperture = b"\0\0\0\x28clap".to_vec();
    for number in [width, 1, height, 1, 0, 1, 0, 1] {
        aperture.extend(number.to_be_bytes());
    }
    insert(&mut bytes, &PICTURES, 86, &aperture);
    std::fs::write(cropped, bytes).unwrap();
}

pub fn source(path: &Path) -> Source {
    Source::file(path).unwrap()
}

/// A ladder of these rungs that encodes fast: tests look at structure, not at beauty.
pub fn quick(rungs: &[u32]) -> Ladder {
    Ladder::default().rungs(rungs.iter().copied()).preset("ultrafast")
}

/// Packages `path` into `out`.
pub fn package(path: &Path, ladder: &Ladder, out: &Path) -> (Plan, Summary) {
    let source = source(path);
    let plan = vodkit::plan(&source, ladder).unwrap();
    let job = Job::start(&source, &plan, Arc::new(DirSink::open(out).unwrap()), JobOptions::default()).unwrap();
    let summary = job.wait().unwrap();
    let is_damage = |warning: &&Warning| warning.kind == WarningKind::DamagedData;
    assert_eq!(summary.warnings.iter().find(is_damage), None, "of {}, which is whole", path.display());
    (plan, summary)
}

/// The package in a folder.
pub fn opened(out: &Path) -> Package {
    Package::open(Arc::new(DirSink::open(out).unwrap())).unwrap()
}

/// One rendition of a package as one file: its init segment and all media segments.
pub fn joined(out: &Path, rendition: &Rendition) -> PathBuf {
    let mut bytes = std::fs::read(out.join(rendition.init_key().unwrap())).unwrap();
    for index in 0..rendition.segment_count {
        bytes.extend(std::fs::read(out.join(rendition.segment_key(index))).unwrap());
    }
    let path = out.join(format!("{}.joined.mp4", rendition.id));
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Decodes a file with the `ffmpeg` command, which must not find one thing to say about it.
pub fn decodes_cleanly(path: &Path) {
    let output = ffmpeg(&["-v", "warning", "-xerror", "-i", path.to_str().unwrap(), "-f", "null", "-"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.trim().is_empty(), "{}: {words}", path.display());
}

/// One value that ffprobe finds, such as `("v:0", "stream=width")`; several are separated by commas.
pub fn ffprobe(path: &Path, stream: &str, entries: &str) -> String {
    let arguments =
        ["-v", "error", "-count_frames", "-select_streams", stream, "-show_entries", entries, "-of", "csv=p=0"];
    let output = run("ffprobe", &[&arguments[..], &[path.to_str().unwrap()]].concat());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Decoded frames in 8-bit grey, each `width * height` bytes.
pub fn grey_frames(path: &Path, width: usize, height: usize) -> Vec<Vec<u8>> {
    let size = format!("{width}x{height}");
    let arguments = [
        "-v",
        "error",
        "-i",
        path.to_str().unwrap(),
        "-map",
        "0:v:0",
        "-fps_mode",
        "passthrough",
        "-pix_fmt",
        "gray",
        "-s",
        &size,
        "-f",
        "rawvideo",
        "-",
    ];
    ffmpeg(&arguments).stdout.chunks_exact(width * height).map(<[u8]>::to_vec).collect()
}

/// Decoded samples as floats, channels interleaved.
pub fn samples(path: &Path) -> Vec<f32> {
    let output = ffmpeg(&["-v", "error", "-i", path.to_str().unwrap(), "-map", "0:a:0", "-f", "f32le", "-"]);
    output.stdout.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

/// The SHA-256 of bytes.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
