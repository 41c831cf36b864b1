//! The C ABI as a C program meets it: installed as by `make install`, found by pkg-config, compiled with all
//! warnings, and run under the eyes of AddressSanitizer and valgrind. The programs are in `tests/c`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, OnceLock};

use vodkit::{DirSink, Job, JobOptions, Ladder, ThumbnailOptions, thumbnail::Position};
use vodkit_capi::version::VODKIT_ABI_VERSION;
use vodkit_tests as common;

const C: &[&str] = &["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-g", "-pthread"];
const CPP: &[&str] = &["c++", "-x", "c++", "-std=c++11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-pthread"];
const STANDARDS: [[&str; 3]; 4] =
    [["cc", "c", "-std=c99"], ["cc", "c", "-std=c17"], ["c++", "c++", "-std=c++98"], ["c++", "c++", "-std=c++20"]];
const SANITIZED: &[&str] = &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
const VALGRIND: &[&str] = &[
    "-q",
    "--error-exitcode=9",
    "--leak-check=full",
    "--show-leak-kinds=definite",
    "--errors-for-leak-kinds=definite",
];

/// That of `package.c`.
const LADDER: &str = r#"{"rungs": [{"short_side": 64}], "preset": "ultrafast", "crf": 30.5,
    "audio_bit_rate": 64000, "audio_channels": 1, "loudness": -16, "segment_seconds": "1",
    "first_segment_seconds": "1", "keyframe_seconds": "1/2", "max_frame_rate": "30", "storyboard": {"interval": "1", "columns": 2, "rows": 4, "width": 32}}"#;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c").join(name).with_extension("c")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn checked(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"));
    let words = [&output.stdout[..], &output.stderr[..]].concat();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&words));
    output
}

/// The folder that all tests here share: the installed library, `video.mp4`, and what the Rust API makes of it.
fn shared() -> &'static Path {
    static SHARED: OnceLock<PathBuf> = OnceLock::new();
    SHARED.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        install(&folder.join("prefix"), "");
        // A locale with a decimal comma, for hosts that set theirs.
        common::run("localedef", &["-i", "de_DE", "-f", "UTF-8", text(&folder.join("de_DE.UTF-8"))]);
        // So small that valgrind is done with it in seconds.
        let inputs = "-f lavfi -i testsrc2=size=96x64:rate=6:duration=2 -f lavfi -i sine=duration=2:sample_rate=16000";
        let video = format!("{inputs} -c:v libx264 -preset ultrafast -g 5 -c:a aac");
        let source = common::source(&common::make(&folder.join("video.mp4"), &video));
        let ladder: Ladder = serde_json::from_str(LADDER).unwrap();
        let plan = vodkit::plan(&source, &ladder).unwrap();
        let options = JobOptions::default().thumbnail(ThumbnailOptions::default().at(Position::Fraction(0.5)));
        let sink = DirSink::open(folder.join("expected")).unwrap();
        Job::start(&source, &plan, Arc::new(sink), options).unwrap().wait().unwrap();
        folder
    })
}

/// Cargo puts the libraries for C where it puts the tests.
fn install(prefix: &Path, destination: &str) {
    let test = std::env::current_exe().unwrap();
    let script = &mut Command::new(repository("scripts/install.sh"));
    checked(script.arg(test.parent().unwrap()).env("PREFIX", prefix).env("DESTDIR", destination).env_remove("LIBDIR"));
}

fn pkg_config(options: &[&str]) -> Vec<String> {
    let path = shared().join("prefix/lib/pkgconfig");
    let output = checked(Command::new("pkg-config").args(options).arg("vodkit").env("PKG_CONFIG_PATH", path));
    String::from_utf8(output.stdout).unwrap().split_whitespace().map(str::to_owned).collect()
}

/// Compiles a program against the installed library. `compiler` is the command and its first options.
fn compile(compiler: &[&str], options: &[&str], file: &Path, name: &str) -> PathBuf {
    let program = shared().join(name);
    let rpath = format!("-Wl,-rpath,{}/prefix/lib", text(shared()));
    let command = &mut Command::new(compiler[0]);
    command.args(&compiler[1..]).args(options).arg(file).arg("-o").arg(&program).arg(rpath);
    checked(command.args(pkg_config(&["--cflags", "--libs"])));
    program
}

/// Runs a program of `tests/c` twice: with AddressSanitizer, and under valgrind. Both see what the library
/// allocates. Each time it gets the video, the package of it, and a new folder to be in, which `check` looks at.
fn watch(name: &str, check: impl Fn(&Path)) {
    let file = program(name);
    let run = |command: &mut Command| {
        let folder = common::folder();
        command.arg(shared().join("video.mp4")).arg(shared().join("expected")).current_dir(folder.path());
        checked(command.env("LOCPATH", shared()).env("LC_ALL", "de_DE.UTF-8"));
        check(folder.path());
    };
    run(&mut Command::new(compile(C, SANITIZED, &file, &format!("{name}-sanitized"))));
    let plain = compile(C, &[], &file, name);
    if Command::new("valgrind").arg("--version").output().is_ok() {
        run(Command::new("valgrind").args(VALGRIND).arg(plain));
    } else {
        eprintln!("SKIPPED: valgrind is not there");
        run(&mut Command::new(plain));
    }
}

/// The functions of the header, and the first thing that each takes.
fn functions() -> Vec<(String, String)> {
    let header = std::fs::read_to_string(repository("include/vodkit.h")).unwrap();
    let code: String = header.split("/*").map(|part| part.split_once("*/").map_or(part, |(_, code)| code)).collect();
    let declared = code.split(';').filter_map(|piece| {
        let (before, parameters) = piece.split_once('(')?;
        let name = before.rsplit([' ', '*']).next()?;
        let first = parameters.split(',').next()?;
        name.starts_with("vodkit_").then(|| (name.to_owned(), first.to_owned()))
    });
    declared.collect()
}

#[test]
fn c_makes_the_bytes_that_rust_makes() {
    watch("package", |folder| {
        common::run("diff", &["-r", text(&shared().join("expected")), text(&folder.join("out"))]);
    });
}

#[test]
fn c_makes_each_piece_alone() {
    watch("pieces", |_| ());
}

#[test]
fn c_takes_pictures() {
    watch("pictures", |_| ());
}

#[test]
fn callbacks_and_threads_keep_their_promises() {
    watch("callbacks", |_| ());
}

#[test]
fn lines_of_the_log_go_to_one_callback() {
    watch("logging", |_| ());
}

#[test]
fn a_job_is_played_from_and_links_are_checked() {
    watch("request", |folder| {
        common::run("diff", &["-r", text(&shared().join("expected")), text(&folder.join("played"))]);
    });
}

#[test]
fn a_sink_of_the_host_is_resumed_played_from_and_updated() {
    watch("sinks", |_| ());
}

#[test]
fn another_thread_cancels_what_takes_long() {
    watch("cancel", |_| ());
}

#[test]
fn wrong_use_is_refused() {
    for name in ["misuse", "nulls"] {
        watch(name, |_| ());
        let program = compile(CPP, &[], &program(name), &format!("{name}-cpp"));
        checked(Command::new(program).arg(shared().join("video.mp4")).arg(shared().join("expected")));
    }
}

#[test]
fn memory_does_not_grow() {
    let program = compile(C, &[], &program("memory"), "memory");
    checked(Command::new(program).arg(shared().join("video.mp4")));
}

#[test]
fn every_function_is_used_and_tried_with_null() {
    let text = |name: &str| std::fs::read_to_string(program(name)).unwrap();
    let nulls = text("nulls");
    let used =
        ["package", "pieces", "pictures", "callbacks", "logging", "request", "sinks", "cancel"].map(text).concat()
            + include_str!("c/check.h");
    let functions = functions();
    assert!(functions.len() > 130, "{functions:?}");
    for (name, first) in functions {
        assert!(used.contains(&format!("{name}(")), "{name} is used nowhere");
        let tried = !first.contains('*') || nulls.contains(&format!("{name}(NULL"));
        assert!(tried, "{name} is not tried with NULL");
    }
}

#[test]
fn the_header_stands_alone_in_every_c_and_cpp() {
    for [compiler, language, standard] in STANDARDS {
        let command = &mut Command::new(compiler);
        command.args(["-x", language, standard, "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only"]);
        checked(command.arg(repository("include/vodkit.h")));
    }
}

#[test]
fn the_shared_library_shows_the_functions_of_the_header_and_nothing_else() {
    let library = shared().join("prefix/lib/libvodkit.so");
    let output = common::run("nm", &["-D", "--defined-only", "--format=posix", text(&library)]);
    let symbols = String::from_utf8(output.stdout).unwrap();
    let shown: BTreeSet<_> = symbols.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    assert_eq!(shown, functions().into_iter().map(|(name, _)| name).collect());
    let dynamic = String::from_utf8(common::run("readelf", &["-d", text(&library)]).stdout).unwrap();
    assert!(dynamic.contains(&format!("[libvodkit.so.{VODKIT_ABI_VERSION}]")), "{dynamic}");
}

#[test]
fn what_is_installed_can_be_taken_away() {
    let folder = common::folder();
    install(Path::new("/usr"), text(folder.path()));
    let files = || common::run("find", &[text(folder.path()), "-not", "-type", "d"]).stdout;
    let installed = String::from_utf8(files()).unwrap();
    let soname = format!("lib/libvodkit.so.{VODKIT_ABI_VERSION}");
    for file in [&soname, "lib/libvodkit.so", "lib/libvodkit.a", "lib/pkgconfig/vodkit.pc", "include/vodkit.h"] {
        assert!(installed.lines().any(|line| line.ends_with(&format!("/usr/{file}"))), "{file}: {installed}");
    }
    let script = &mut Command::new(repository("scripts/install.sh"));
    checked(script.arg("--remove").env("PREFIX", "/usr").env("DESTDIR", folder.path()).env_remove("LIBDIR"));
    assert_eq!(String::from_utf8(files()).unwrap(), "");
}

#[test]
fn the_static_library_needs_what_pkg_config_says() {
    let program = shared().join("probe-static");
    let command = &mut Command::new(C[0]);
    command.args(&C[1..]).arg("-Wl,--as-needed").arg(repository("examples/c/probe.c")).arg("-o").arg(&program);
    checked(command.arg("-l:libvodkit.a").args(pkg_config(&["--static", "--cflags", "--libs"])));
    checked(Command::new(&program).arg(shared().join("video.mp4")));
    let dynamic = String::from_utf8(common::run("readelf", &["-d", text(&program)]).stdout).unwrap();
    assert!(!dynamic.contains("libvodkit"), "{dynamic}");
}

#[test]
fn the_examples_do_what_they_say() {
    let (video, folder) = (shared().join("video.mp4"), common::folder());
    let run = |name: &str, arguments: &[&Path]| {
        let program =
            compile(C, &[], &repository("examples/c").join(name).with_extension("c"), &format!("example-{name}"));
        assert!(!Command::new(&program).output().unwrap().status.success(), "{name} works on nothing");
        String::from_utf8(checked(Command::new(&program).args(arguments)).stdout).unwrap()
    };
    let words = run("probe", &[&video]);
    assert!(words.contains("video: h264") && words.contains("96x64, 6/1 frames"), "{words}");
    let words = run("package", &[&video, &folder.path().join("out")]);
    assert!(words.contains("100%") && folder.path().join("out/master.m3u8").exists(), "{words}");
    let words = run("segments", &[&video, &folder.path().join("alone")]);
    assert!(words.contains("master.m3u8"), "{words}");
    for file in ["audio/init.mp4", "audio/00000.m4s", "master.m3u8"] {
        let bytes = |place: &str| std::fs::read(folder.path().join(place).join(file)).unwrap();
        assert!(bytes("out") == bytes("alone"), "{file}");
    }
    let (jpeg, ppm) = (folder.path().join("middle.jpg"), folder.path().join("middle.ppm"));
    run("thumbnail", &[&video, &jpeg, &ppm]);
    assert_eq!(common::ffprobe(&jpeg, "v:0", "stream=codec_name,width,height"), "mjpeg,540,360");
    assert_eq!(common::ffprobe(&ppm, "v:0", "stream=codec_name,width,height"), "ppm,540,360");
}

#[test]
fn the_guides_program_works_as_it_stands() {
    let page = std::fs::read_to_string(repository("docs/guide/c.md")).unwrap();
    let program = page.split_once("```c\n").and_then(|(_, rest)| rest.split_once("```")).unwrap().0;
    let file = shared().join("guide.c");
    std::fs::write(&file, program).unwrap();
    let program = compile(C, &[], &file, "guide");
    let folder = common::folder();
    std::fs::copy(shared().join("video.mp4"), folder.path().join("holiday.mp4")).unwrap();
    let output = checked(Command::new(program).current_dir(folder.path()));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "2.0 seconds are in holiday/master.m3u8\n");
    assert!(folder.path().join("holiday/master.m3u8").exists());
}
