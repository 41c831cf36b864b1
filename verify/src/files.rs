//! Rules about files as such: those that are referenced exist, and there are no other segments.

use std::collections::HashSet;

use crate::folder::{Folder, MAX_FILE_SIZE};
use crate::layout::{LAYOUT, THUMBNAIL, UNFINISHED};
use crate::notes::Notes;
use crate::plan::Plan;
use crate::report::Finding;

const SEGMENT: &str = ".m4s";
/// Segments of text have numbers for names.
const TEXT: &str = ".vtt";
/// Sheets of a storyboard are in its folder; the thumbnail is in none.
const SHEET: &str = ".jpg";

/// A file that a manifest names.
pub(crate) struct Reference {
    /// The manifest.
    pub(crate) by: String,
    /// What it says.
    pub(crate) uri: String,
    /// The file that this refers to, unless it leads out of the package.
    pub(crate) key: Option<String>,
}

/// Checks each file on its own.
pub(crate) fn check(folder: &Folder, findings: &mut Vec<Finding>) {
    for (key, size) in folder.files() {
        let mut notes = Notes::new(key, findings);
        if file_name(key).starts_with(UNFINISHED) {
            notes.add(LAYOUT, "it was left over by work that did not finish");
            continue;
        }
        notes.check(size > 0, LAYOUT, || "it is empty".into());
        notes.check(size <= MAX_FILE_SIZE, LAYOUT, || {
            format!("it has {size} bytes, more than the {MAX_FILE_SIZE} that are read")
        });
        if key == THUMBNAIL {
            check_thumbnail(folder, &mut notes);
        }
    }
}

fn check_thumbnail(folder: &Folder, notes: &mut Notes) {
    let whole = folder.read(THUMBNAIL).is_ok_and(|bytes| is_whole_jpeg(&bytes));
    notes.check(whole, "ITU-T T.81 B.1.1.3", || "it is not a whole JPEG image".into());
}

/// Start and end of image, ITU-T T.81 B.1.1.3.
pub(crate) fn is_whole_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xd8, 0xff]) && bytes.ends_with(&[0xff, 0xd9])
}

/// Checks that what manifests name exists. Empty files are found by [`check`].
pub(crate) fn check_references(folder: &Folder, references: &[Reference], findings: &mut Vec<Finding>) {
    for Reference { by, uri, key } in references {
        let mut notes = Notes::new(by, findings);
        match key {
            Some(key) => {
                notes.check(folder.size(key).is_some(), LAYOUT, || format!("it names {key}, which is missing"))
            }
            None => notes.add(LAYOUT, format!("it names \"{uri}\", which is not in the package")),
        }
    }
}

/// Checks that there are no media segments that nothing names, such as those of an earlier package.
pub(crate) fn check_strays(folder: &Folder, named: &[Reference], plan: Option<&Plan>, findings: &mut Vec<Finding>) {
    let mut known: HashSet<String> = named.iter().filter_map(|reference| reference.key.clone()).collect();
    for rendition in plan.iter().flat_map(|plan| &plan.renditions) {
        known.extend((0..rendition.segments).map(|index| rendition.segment_key(index)));
    }
    let is_text = |key: &str| {
        let stem = key.strip_suffix(TEXT).map(file_name);
        stem.is_some_and(|stem| !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_segment = |key: &str| key.ends_with(SEGMENT) || key.contains('/') && key.ends_with(SHEET) || is_text(key);
    let strays = folder.files().filter(|(key, _)| is_segment(key) && !known.contains(*key));
    for (key, _) in strays {
        Notes::new(key, findings).add(LAYOUT, "no manifest names this segment");
    }
}

fn file_name(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_of(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Folder) {
        let folder = tempfile::tempdir().unwrap();
        for (key, bytes) in files {
            let path = folder.path().join(key);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        let opened = Folder::open(folder.path()).unwrap();
        (folder, opened)
    }

    #[test]
    fn leftovers_empty_files_and_broken_thumbnails_are_found() {
        let left = format!("720p/{UNFINISHED}x");
        let (_guard, folder) =
            folder_of(&[(&left, b""), ("720p/00000.m4s", b""), (THUMBNAIL, b"GIF89a"), ("a.txt", b"a")]);
        let mut findings = Vec::new();
        check(&folder, &mut findings);
        let found: Vec<_> = findings.iter().map(|finding| finding.file.as_str()).collect();
        assert_eq!(found, [left.as_str(), "720p/00000.m4s", THUMBNAIL]);
    }

    #[test]
    fn missing_and_stray_files_are_found() {
        let (_guard, folder) = folder_of(&[("a/1.m4s", b"1"), ("a/9.m4s", b"9"), ("a/9.jpg", b"9"), (THUMBNAIL, b"9")]);
        let reference = |key: Option<&str>| Reference { by: "m".into(), uri: "u".into(), key: key.map(str::to_owned) };
        let references = [reference(Some("a/1.m4s")), reference(Some("a/2.m4s")), reference(None)];
        let mut findings = Vec::new();
        check_references(&folder, &references, &mut findings);
        check_strays(&folder, &references, None, &mut findings);
        let found: Vec<_> = findings.iter().map(|finding| finding.to_string()).collect();
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].contains("a/2.m4s, which is missing"));
        assert!(found[1].contains("not in the package"));
        assert!(found[2].starts_with("a/9.jpg") && found[3].starts_with("a/9.m4s"));
    }
}
