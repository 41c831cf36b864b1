//! `include/vodkit.h` is what cbindgen makes of `src`. `make header` writes it anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write;
use std::path::{Path, PathBuf};

use cbindgen::{Builder, Config, DocumentationStyle, ExportConfig, Language, Style};

/// The files of `src` in the order in which a person would use them.
const OBJECTS: [&str; 27] = [
    "version",
    "error",
    "bytes",
    "callback",
    "cancel_token",
    "log",
    "rational",
    "limits",
    "source",
    "link",
    "media_info",
    "ladder",
    "plan",
    "task",
    "segment",
    "manifest",
    "captions",
    "thumbnail",
    "thumbnail_maker",
    "thumbnail_cache",
    "animation",
    "sink",
    "pool",
    "job_options",
    "job",
    "package",
    "verify",
];

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

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
    let folder = sources();
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
    // What C99 allows behind the last constant, C++98 does not.
    text.replace(",\n} ", "\n} ")
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
    for entry in std::fs::read_dir(sources()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let exports = std::fs::read_to_string(&path).unwrap().contains("unsafe(no_mangle)");
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(!exports || OBJECTS.contains(&name), "{name}.rs is not in the header");
        }
    }
}

/// `vodkit_fit` has `VODKIT_FIT_CROP`; statuses alone are `VODKIT_OK` and `VODKIT_ERROR_...`.
#[test]
fn every_constant_of_an_enum_begins_with_the_name_of_its_type() {
    let header = header();
    let enums = header.split("typedef enum {").skip(1).filter_map(|rest| rest.split_once('}'));
    let mut count = 0;
    for (body, rest) in enums {
        let name = rest.split_once(';').unwrap().0.trim().to_uppercase();
        let name = if name == "VODKIT_STATUS" { "VODKIT_ERROR" } else { &name };
        for line in body.lines().map(str::trim).filter(|line| line.starts_with("VODKIT_")) {
            assert!(line.starts_with(&format!("{name}_")) || line.starts_with("VODKIT_OK "), "{line} in {name}");
            count += 1;
        }
    }
    assert!(count > 40, "{count}");
}

#[test]
fn every_type_of_a_callback_ends_in_fn_and_takes_its_user_data_last() {
    let header = header();
    let callbacks: Vec<_> = header.lines().filter(|line| line.starts_with("typedef") && line.contains("(*")).collect();
    assert!(callbacks.len() > 8, "{callbacks:?}");
    for line in callbacks {
        let (name, rest) = line.split_once("(*").unwrap().1.split_once(')').unwrap();
        assert!(name.starts_with("vodkit_") && name.ends_with("_fn"), "{line}");
        let whole = header.split_once(line).map(|(_, after)| format!("{rest}{after}")).unwrap();
        assert!(whole.split_once(");").unwrap().0.ends_with("void *user"), "{line}");
    }
}
