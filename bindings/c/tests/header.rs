//! `include/vodkit.h` is what cbindgen makes of `bindings/c/src`. `make header` writes it anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write;
use std::path::Path;

use cbindgen::{Builder, Config, DocumentationStyle, ExportConfig, Language, Style};

/// The files of `src` in the order in which a person would use them.
const OBJECTS: [&str; 21] = [
    "version",
    "error",
    "bytes",
    "user",
    "cancel",
    "log",
    "rational",
    "limits",
    "source",
    "link",
    "probe",
    "ladder",
    "plan",
    "segment",
    "manifest",
    "thumbnail",
    "sink",
    "captions",
    "options",
    "job",
    "package",
];

/// cbindgen leaves out types that no function names, such as those of a status that is an `int32_t`.
fn types(source: &str) -> Vec<String> {
    let named = source.lines().filter_map(|line| {
        let rest = ["pub enum ", "pub type ", "pub struct "].iter().find_map(|start| line.strip_prefix(start))?;
        rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
    });
    named.map(str::to_owned).collect()
}

fn config(source: &str) -> Config {
    Config {
        export: ExportConfig { include: types(source), ..ExportConfig::default() },
        language: Language::C,
        style: Style::Type,
        no_includes: true,
        usize_is_size_t: true,
        documentation_style: DocumentationStyle::Doxy,
        line_length: 110,
        tab_width: 4,
        ..Config::default()
    }
}

fn header() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut text = std::fs::read_to_string(folder.join("preamble.h")).unwrap();
    text.push_str("#ifndef VODKIT_H\n#define VODKIT_H\n\n");
    text.push_str("/* Made by cbindgen from bindings/c/src; `make header` makes it anew. */\n\n");
    text.push_str("#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n\n");
    text.push_str("#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
    for object in OBJECTS {
        let file = folder.join(object).with_extension("rs");
        let source = std::fs::read_to_string(&file).unwrap();
        let title = source.lines().next().and_then(|line| line.strip_prefix("//! ")).expect("a file has its title");
        let mut part = Vec::new();
        Builder::new().with_config(config(&source)).with_src(&file).generate().unwrap().write(&mut part);
        let part = String::from_utf8(part).unwrap();
        write!(text, "\n\n/* ---- {title} {} */\n\n{}\n", "-".repeat(94 - title.len()), part.trim()).unwrap();
    }
    text.push_str("\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
    text
}

#[test]
fn the_header_is_what_the_sources_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include/vodkit.h");
    let made = header();
    if std::env::var_os("VODKIT_WRITE_HEADER").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = checked_in.lines().zip(made.lines()).position(|(old, new)| old != new);
    assert!(
        checked_in == made,
        "include/vodkit.h is stale from line {:?} on: run `make header`",
        differs.map(|n| n + 1)
    );
}

#[test]
fn every_file_of_the_interface_is_in_the_header() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let exports = std::fs::read_to_string(&path).unwrap().contains("unsafe(no_mangle)");
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(!exports || OBJECTS.contains(&name), "{name}.rs is not in the header");
        }
    }
}
