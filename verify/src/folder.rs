//! The files of a package, listed once and read one at a time.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Bytes of a file that is read. A segment of seconds does not come near it.
pub(crate) const MAX_FILE_SIZE: u64 = 1 << 30;
/// Bytes of a playlist, manifest or plan that is read: more than a day of segments.
const MAX_TEXT_SIZE: u64 = 32 << 20;
/// Levels of subfolders that are listed. A package has one.
const MAX_DEPTH: u32 = 4;

/// The files in a folder by their keys, with their sizes.
pub(crate) struct Folder {
    root: PathBuf,
    files: BTreeMap<String, u64>,
}

impl Folder {
    pub(crate) fn open(root: &Path) -> Result<Self, Error> {
        let mut files = BTreeMap::new();
        let folder = root.to_owned();
        match list(root, "", MAX_DEPTH, &mut files) {
            Ok(()) => Ok(Self { root: folder, files }),
            Err(cause) => Err(match cause.kind() {
                io::ErrorKind::NotFound => Error::NotFound { folder },
                io::ErrorKind::NotADirectory => Error::NotAPackage { folder },
                _ => Error::Unreadable { folder, cause },
            }),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// All files, by key.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, u64)> {
        self.files.iter().map(|(key, size)| (key.as_str(), *size))
    }

    /// The size in bytes of the file `key`, or `None` where there is none.
    pub(crate) fn size(&self, key: &str) -> Option<u64> {
        self.files.get(key).copied()
    }

    /// The content of the file `key`, or why it cannot be read.
    pub(crate) fn read(&self, key: &str) -> Result<Vec<u8>, String> {
        self.read_within(key, MAX_FILE_SIZE)
    }

    /// The content of a text file.
    pub(crate) fn text(&self, key: &str) -> Result<String, String> {
        String::from_utf8(self.read_within(key, MAX_TEXT_SIZE)?).map_err(|_| "it is not UTF-8".to_owned())
    }

    fn read_within(&self, key: &str, limit: u64) -> Result<Vec<u8>, String> {
        // Only what was listed: a name from a manifest never becomes a path by itself.
        let size = self.size(key).ok_or("the file is missing")?;
        let too_long = || format!("it is longer than {limit} bytes and was not read");
        if size > limit {
            return Err(too_long());
        }
        let mut bytes = Vec::new();
        let file = File::open(self.root.join(key)).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
        file.map_err(|cause| format!("it cannot be read: {cause}"))?;
        if bytes.len() as u64 > limit { Err(too_long()) } else { Ok(bytes) }
    }
}

/// Lists regular files only: opening a pipe could block forever.
fn list(folder: &Path, prefix: &str, depth: u32, files: &mut BTreeMap<String, u64>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let key = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let Ok(metadata) = fs::metadata(entry.path()) else { continue };
        if metadata.is_file() {
            files.insert(key, metadata.len());
        } else if depth > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            // A link to a folder may lead anywhere. A folder that cannot be read shows as files that are missing.
            let _ = list(&entry.path(), &format!("{key}/"), depth - 1, files);
        }
    }
    Ok(())
}

/// The key that `uri` refers to in the file `base`, or `None` where it leads out of the package.
pub(crate) fn resolve(base: &str, uri: &str) -> Option<String> {
    // Neither a scheme nor an absolute path. Ids are plain names, so nothing is escaped.
    if uri.is_empty() || uri.contains([':', '\\', '\0']) || uri.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = base.split('/').collect();
    parts.pop();
    for part in uri.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_relative_to_the_file_that_names_them() {
        assert_eq!(resolve("master.m3u8", "720p/playlist.m3u8").as_deref(), Some("720p/playlist.m3u8"));
        assert_eq!(resolve("720p/playlist.m3u8", "00000.m4s").as_deref(), Some("720p/00000.m4s"));
        assert_eq!(resolve("720p/playlist.m3u8", "../audio/./1.m4s").as_deref(), Some("audio/1.m4s"));
        for out in ["../../x", "/etc/passwd", "http://a/b", "//a/b", "c:\\x", ""] {
            assert_eq!(resolve("720p/playlist.m3u8", out), None, "{out}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_to_folders_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::fs::write(folder.path().join("a/b"), "text").unwrap();
        std::os::unix::fs::symlink("/", folder.path().join("root")).unwrap();
        std::os::unix::fs::symlink("a/b", folder.path().join("c")).unwrap();
        let folder = Folder::open(folder.path()).unwrap();
        assert_eq!(folder.files().collect::<Vec<_>>(), [("a/b", 4), ("c", 4)]);
    }

    #[test]
    fn long_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        File::create(folder.path().join("long")).unwrap().set_len(MAX_FILE_SIZE + 1).unwrap();
        std::fs::write(folder.path().join("short"), "text").unwrap();
        let folder = Folder::open(folder.path()).unwrap();
        assert!(folder.read("long").unwrap_err().contains("longer than"));
        assert!(folder.text("long").unwrap_err().contains("longer than"));
        assert_eq!(folder.text("short").unwrap(), "text");
        assert!(folder.read("none").unwrap_err().contains("missing"));
    }
}
