use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tempfile::NamedTempFile;

use super::draft::{Draft, UNFINISHED, unfinished};
use super::handle::Sink;
use crate::base::{Error, ErrorKind, Result};

/// A folder in the local file system.
///
/// Each file is written under a temporary name in its folder, flushed to the disk, and then renamed: even after the
/// machine crashes, a file with its final name is complete. [`DirSink::open`] deletes the temporary files that a
/// killed process left, but not those that a running one still writes.
#[derive(Debug)]
pub struct DirSink {
    root: PathBuf,
}

impl DirSink {
    /// A sink that writes into `root`. The first [`put`](Sink::put) creates the folder, so that work which fails
    /// before leaves nothing behind.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) if `root` is empty,
    /// [`SinkWrite`](crate::ErrorKind::SinkWrite) if it exists and is not a folder.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        if root.as_os_str().is_empty() {
            return Err(Error::invalid("the folder's path is empty: write \".\" for the current folder"));
        }
        match fs::metadata(&root) {
            Ok(metadata) if !metadata.is_dir() => {
                let message = format!("cannot write to {}: it is not a folder", root.display());
                return Err(Error::new(ErrorKind::SinkWrite, message));
            }
            Ok(_) => remove_unfinished(&root, true),
            Err(_) => {}
        }
        Ok(Self { root })
    }

    /// The path of `key`, which must not lead out of the folder, on Windows either.
    fn path(&self, key: &str) -> io::Result<PathBuf> {
        let safe = key.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']));
        if safe {
            Ok(self.root.join(key))
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, format!("\"{key}\" is not a valid key")))
        }
    }
}

/// Whether this is a file that no running process writes: a writer holds its lock.
fn is_abandoned(path: &Path) -> bool {
    // Opening a named pipe would wait for somebody at its other end.
    let is_file = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
    is_file && fs::File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}

/// Deletes abandoned temporary files. Failures are ignored: a leftover does no harm, and the next call tries again.
fn remove_unfinished(folder: &Path, recurse: bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            if is_abandoned(&path) {
                let _ = fs::remove_file(path);
            }
        } else if recurse && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_unfinished(&path, false);
        }
    }
}

impl Sink for DirSink {
    fn put(&self, key: &str, bytes: Bytes) -> io::Result<()> {
        let path = self.path(key)?;
        let folder = path.parent().unwrap_or(&self.root);
        write_file(folder, &bytes, |file| file.persist(&path))
    }

    fn put_new(&self, key: &str, bytes: Bytes) -> io::Result<bool> {
        let path = self.path(key)?;
        let folder = path.parent().unwrap_or(&self.root);
        match write_file(folder, &bytes, |file| file.persist_noclobber(&path)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn get(&self, key: &str) -> io::Result<Option<Bytes>> {
        let path = self.path(key)?;
        match if_exists(fs::metadata(&path))? {
            None => Ok(None),
            Some(metadata) if metadata.is_file() => if_exists(fs::read(path)).map(|found| found.map(Bytes::from)),
            // Reading a named pipe or a device may never end.
            Some(_) => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")),
        }
    }

    fn size(&self, key: &str) -> io::Result<Option<u64>> {
        let found = if_exists(fs::metadata(self.path(key)?))?;
        Ok(found.filter(|metadata| metadata.is_file()).map(|metadata| metadata.len()))
    }

    fn remove(&self, key: &str) -> io::Result<()> {
        let path = self.path(key)?;
        if_exists(fs::remove_file(&path))?;
        if let Some(folder) = path.parent().filter(|folder| *folder != self.root) {
            // Fails, as it should, unless the folder is empty.
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }

    fn name(&self) -> String {
        self.root.display().to_string()
    }

    fn draft(&self, key: &str) -> io::Result<Option<Draft>> {
        Draft::create(self.path(key)?).map(Some)
    }
}

type Persisted = std::result::Result<fs::File, tempfile::PersistError>;

/// Writes a complete file; `persist` gives it its name.
fn write_file(folder: &Path, bytes: &[u8], persist: impl Fn(NamedTempFile) -> Persisted) -> io::Result<()> {
    let write = || persist(temporary_file(folder, bytes)?).map(drop).map_err(|error| error.error);
    match write() {
        // Another process that opened this folder may have deleted the file, if it came before the lock, or the
        // folder while it was empty.
        Err(error) if error.kind() == io::ErrorKind::NotFound => write(),
        result => result,
    }
}

/// A complete file under a temporary name.
fn temporary_file(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = unfinished(folder)?;
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_data()?;
    Ok(file)
}

/// `None` for a file that does not exist.
fn if_exists<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_cannot_leave_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let sink = DirSink::open(folder.path().join("out")).unwrap();
        for key in ["../evil", "/evil", "a/../../evil", "a//b", ".", ""] {
            assert!(sink.put(key, Bytes::new()).is_err(), "{key}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn opening_deletes_what_a_killed_process_left() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("720p")).unwrap();
        let left = folder.path().join("720p").join(format!("{UNFINISHED}abc"));
        fs::write(&left, b"half").unwrap();
        let sink = DirSink::open(folder.path()).unwrap();
        assert!(!left.exists());
        sink.put("720p/a", Bytes::from_static(b"whole")).unwrap();
        assert_eq!(sink.get("720p/a").unwrap().unwrap(), "whole");
        assert_eq!(sink.size("720p/b").unwrap(), None);
    }

    #[test]
    fn opening_keeps_what_another_process_still_writes() {
        let folder = tempfile::tempdir().unwrap();
        let writing = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder.path()).unwrap();
        writing.as_file().lock().unwrap();
        DirSink::open(folder.path()).unwrap();
        assert!(writing.path().exists());
    }

    /// What comes of `work`, which must not wait for ever.
    #[cfg(unix)]
    fn soon<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
        let (done, result) = std::sync::mpsc::channel();
        std::thread::spawn(move || done.send(work()));
        result.recv_timeout(std::time::Duration::from_secs(10)).expect("it waits for the other end of a pipe")
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = |name: &str| {
            let made = std::process::Command::new("mkfifo").arg(folder.path().join(name)).status().unwrap();
            assert!(made.success());
        };
        pipe(&format!("{UNFINISHED}abc"));
        pipe("plan.json");
        std::os::unix::fs::symlink("/dev/zero", folder.path().join("master.m3u8")).unwrap();
        fs::create_dir(folder.path().join("init.mp4")).unwrap();
        let root = folder.path().to_owned();
        let sink = std::sync::Arc::new(soon(move || DirSink::open(root).unwrap()));
        for key in ["plan.json", "master.m3u8", "init.mp4"] {
            let shared = sink.clone();
            let error = soon(move || shared.get(key).unwrap_err());
            assert!(error.to_string().contains("not a regular file"), "{key}: {error}");
            assert_eq!(sink.size(key).unwrap(), None, "{key}");
        }
        // A pipe is replaced as any file is.
        sink.put("plan.json", Bytes::from_static(b"plan")).unwrap();
        assert_eq!(sink.get("plan.json").unwrap().unwrap(), "plan");
    }

    #[test]
    fn files_have_the_permissions_of_any_other() {
        let folder = tempfile::tempdir().unwrap();
        DirSink::open(folder.path()).unwrap().put("put", Bytes::from_static(b"1")).unwrap();
        fs::write(folder.path().join("other"), b"1").unwrap();
        let permissions = |name| fs::metadata(folder.path().join(name)).unwrap().permissions();
        assert_eq!(permissions("put"), permissions("other"));
    }

    #[test]
    fn a_folder_is_deleted_with_its_last_file() {
        let folder = tempfile::tempdir().unwrap();
        let sink = DirSink::open(folder.path()).unwrap();
        sink.put("720p/a", Bytes::from_static(b"1")).unwrap();
        sink.put("720p/b", Bytes::from_static(b"2")).unwrap();
        sink.remove("720p/a").unwrap();
        assert!(folder.path().join("720p").exists());
        sink.remove("720p/b").unwrap();
        assert!(!folder.path().join("720p").exists() && folder.path().exists());
    }

    fn written(sink: &DirSink) -> Draft {
        let mut draft = sink.draft("720p/a").unwrap().unwrap();
        draft.write(b"wrong").unwrap();
        draft.clear().unwrap();
        draft.write(b"who").unwrap();
        draft.write(b"le").unwrap();
        draft
    }

    #[test]
    fn a_file_has_its_name_once_it_is_published() {
        let folder = tempfile::tempdir().unwrap();
        let sink = DirSink::open(folder.path()).unwrap();
        let draft = written(&sink);
        draft.begin_sync();
        draft.sync().unwrap();
        assert_eq!((sink.get("720p/a").unwrap(), draft.len()), (None, 5));
        // Another process that opens the folder leaves it alone.
        DirSink::open(folder.path()).unwrap();
        draft.publish().unwrap();
        assert_eq!(sink.get("720p/a").unwrap().unwrap(), "whole");
    }

    #[test]
    fn a_file_without_a_name_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let sink = DirSink::open(folder.path()).unwrap();
        let draft = written(&sink);
        assert_eq!(fs::read_dir(folder.path().join("720p")).unwrap().count(), 1);
        drop(draft);
        assert_eq!(fs::read_dir(folder.path().join("720p")).unwrap().count(), 0);
    }
}
