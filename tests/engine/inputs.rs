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
