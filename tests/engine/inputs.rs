//! The table of inputs in `docs/inputs.md`.

use std::path::Path;

#[test]
fn each_kind_of_input_is_watched_by_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("docs/inputs.md")).unwrap();
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| ") && line.contains("::")).collect();
    assert!(rows.len() > 90, "{} kinds of input", rows.len());
    for row in rows {
        let test = row.rsplit('`').nth(1).unwrap();
        let (module, name) = test.rsplit_once("::").unwrap();
        let file = root.join("tests/engine").join(module.replace("::", "/")).with_extension("rs");
        let source = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{row}: there is no {}", file.display()));
        // A function, or a line of a macro that makes one.
        let exists = source.contains(&format!("fn {name}()")) || source.contains(&format!("    {name}: \""));
        assert!(exists, "{test} is not in {}", file.display());
    }
}

/// What the table of refusals quotes stands in the library's source, between what differs from file to file.
#[test]
fn what_is_said_of_refused_inputs_is_what_the_library_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("docs/inputs.md")).unwrap();
    let (_, refused) = table.split_once("## Refused on purpose").unwrap();
    let mut sources = String::new();
    let folders = ["source", "probe", "ffmpeg", "planner"].map(|folder| root.join("src").join(folder));
    for file in folders.iter().chain([&root.join("src/source/webp")]).flat_map(|path| std::fs::read_dir(path).unwrap())
    {
        let path = file.unwrap().path();
        if path.is_file() {
            sources.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    let rows: Vec<_> = refused.lines().filter(|line| line.contains("::")).collect();
    assert!(rows.len() > 15, "{} refusals", rows.len());
    for row in rows {
        let said = row.split('|').nth(2).unwrap().trim();
        let parts =
            said.trim_matches('"').split('…').map(str::trim).filter(|part| said != "the same" && part.len() > 3);
        for part in parts {
            assert!(sources.contains(part), "nothing says {part:?}");
        }
    }
}
