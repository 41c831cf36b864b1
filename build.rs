//! Says what is wrong with the FFmpeg to build against within seconds: the bindings would fail later, and in words of
//! their own. Writes the table of languages.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

const HELP: &str = "see \"Building against FFmpeg\" in vodkit's README";

fn main() {
    for name in ["DOCS_RS", "FFMPEG_INCLUDE_DIR", "FFMPEG_PKG_CONFIG_PATH", "FFMPEG_LIBS_DIR", "FFMPEG_DLL_PATH"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(docs_rs)");
    if env::var_os("DOCS_RS").is_some() {
        // There the bindings are those of another platform.
        println!("cargo::rustc-cfg=docs_rs");
    } else if let Some(fault) = fault() {
        println!("cargo::error={fault}; {HELP}");
    }
    if let Err(error) = write_languages() {
        println!("cargo::error=the table of languages cannot be written: {error}");
    }
}

/// Writes isolang's table as numbers and one text. The crate's own has a pointer for each word, of which the loader would
/// move thousands whenever a process starts.
fn write_languages() -> std::io::Result<()> {
    let mut languages: Vec<_> = isolang::languages().collect();
    languages.sort_unstable_by_key(|language| language.to_639_3());
    let (mut entries, mut names) = (String::new(), String::new());
    for language in &languages {
        let name = language.to_autonym().unwrap_or(language.to_name());
        let (three, two) = (language.to_639_3(), language.to_639_1().unwrap_or("\\0\\0"));
        writeln!(entries, "    (*b\"{three}\", *b\"{two}\", {}, {}),", names.len(), name.len())
            .map_err(std::io::Error::other)?;
        names.push_str(name);
    }
    let count = languages.len();
    let text = format!("static LANGUAGES: [Language; {count}] = [\n{entries}];\nstatic NAMES: &str = {names:?};\n");
    fs::write(Path::new(&env::var_os("OUT_DIR").unwrap_or_default()).join("languages.rs"), text)
}

/// What keeps vodkit from being built, if anything does.
fn fault() -> Option<String> {
    let has = |name: &str| env::var_os(name).is_some();
    let (six, seven) = (has("CARGO_FEATURE_FFMPEG6"), has("CARGO_FEATURE_FFMPEG7"));
    if !six && !seven {
        return Some("vodkit needs the feature ffmpeg7 (FFmpeg 7.0 to 8.x) or ffmpeg6 (FFmpeg 6.1)".into());
    }
    let given = ["FFMPEG_PKG_CONFIG_PATH", "FFMPEG_LIBS_DIR", "FFMPEG_DLL_PATH"].into_iter().any(has);
    let Some(major) = avcodec_major() else {
        let print = "`scripts/setup.sh --print-config` prints what .cargo/config.toml needs, and builds FFmpeg where there is none";
        return (!given).then(|| format!("vodkit finds no FFmpeg with headers on this system: {print}"));
    };
    // libavcodec 60 is FFmpeg 6, 61 is 7, 62 is 8.
    match major {
        ..60 => Some("vodkit needs FFmpeg 6.1 or newer".into()),
        60 if seven => {
            let features = "default-features = false, features = [\"ffmpeg6\", \"http\"]";
            Some(format!("this is FFmpeg 6, and vodkit is to be built for 7.0 and up: for 6.1 write {features}"))
        }
        61.. if !seven => {
            Some("this is FFmpeg 7.0 or newer: vodkit needs the feature ffmpeg7 instead of ffmpeg6".into())
        }
        63.. => Some("vodkit can be built against FFmpeg 6.1 to 8.x, and this one is newer".into()),
        _ => None,
    }
}

/// The major version of libavcodec, by its header or by pkg-config.
fn avcodec_major() -> Option<u32> {
    if let Some(folder) = env::var_os("FFMPEG_INCLUDE_DIR") {
        let header = Path::new(&folder).join("libavcodec/version_major.h");
        println!("cargo::rerun-if-changed={}", header.display());
        let text = fs::read_to_string(header).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("#define LIBAVCODEC_VERSION_MAJOR"))?;
        return line.trim().parse().ok();
    }
    let mut command = Command::new("pkg-config");
    if let Some(path) = env::var_os("FFMPEG_PKG_CONFIG_PATH") {
        command.env("PKG_CONFIG_PATH", path);
    }
    let output = command.args(["--modversion", "libavcodec"]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.split('.').next()?.trim().parse().ok()
}
