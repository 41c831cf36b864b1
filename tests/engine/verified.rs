//! What the verifier says of a package that is changed.

use std::path::Path;

/// It says these words while something is replaced in one file of the package.
pub(crate) fn assert_finds(out: &Path, key: &str, (from, to): (&str, &str), words: &str) {
    let good = std::fs::read_to_string(out.join(key)).unwrap();
    assert!(good.contains(from), "{key}: {good}");
    std::fs::write(out.join(key), good.replace(from, to)).unwrap();
    let findings = vodkit_verify::verify(out).unwrap().findings;
    assert!(findings.iter().any(|finding| finding.message.contains(words)), "{words}: {findings:#?}");
    std::fs::write(out.join(key), good).unwrap();
}
