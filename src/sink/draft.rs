//! Files of a folder that are written piece by piece, and named many at a time.

use std::fs;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Prefix of the temporary names that files have while they are written.
pub(super) const UNFINISHED: &str = ".vodkit-unfinished-";

/// A file of a folder that does not have its name yet. It is deleted if it never gets it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Draft {
    file: NamedTempFile,
    path: PathBuf,
    len: u64,
}

impl Draft {
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let folder = path.parent().unwrap_or(&path);
        let create = || -> io::Result<NamedTempFile> {
            let file = unfinished(folder)?;
            if fs::exists(file.path())? { Ok(file) } else { Err(io::ErrorKind::NotFound.into()) }
        };
        let file = match create() {
            // Another process that opened this folder may have deleted the file, if it came before the lock, or the
            // folder while it was empty.
            Err(error) if error.kind() == io::ErrorKind::NotFound => create()?,
            result => result?,
        };
        Ok(Self { file, path, len: 0 })
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Drops what was written.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        if self.len > 0 {
            self.file.as_file().set_len(0)?;
            self.file.as_file_mut().rewind()?;
            self.len = 0;
        }
        Ok(())
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.as_file_mut().write_all(bytes)?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Has the system begin to bring it to the disk.
    pub(crate) fn begin_sync(&self) {
        #[cfg(target_os = "linux")]
        {
            use std::os::fd::AsRawFd;
            // What fails now, [`sync`](Self::sync) does.
            // SAFETY: the descriptor is open; the call touches no memory of ours.
            unsafe { libc::sync_file_range(self.file.as_file().as_raw_fd(), 0, 0, libc::SYNC_FILE_RANGE_WRITE) };
        }
    }

    /// Waits until it is on the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.as_file().sync_data()
    }

    /// Gives it its name, which it may have once it is on the disk.
    pub(crate) fn publish(self) -> io::Result<()> {
        self.file.persist(&self.path).map(drop).map_err(|error| error.error)
    }
}

/// An empty file under a temporary name, locked.
pub(crate) fn unfinished(folder: &Path) -> io::Result<NamedTempFile> {
    fs::create_dir_all(folder)?;
    // Opened here and not by `tempfile`, whose files are private and whose errors name them. Packages are to be served:
    // permissions are left to the umask.
    let open = |path: &Path| fs::OpenOptions::new().read(true).write(true).create_new(true).open(path);
    let file = tempfile::Builder::new().prefix(UNFINISHED).make_in(folder, open)?;
    // On a file system without locks this fails, and no file ever counts as abandoned.
    let _ = file.as_file().try_lock();
    Ok(file)
}
