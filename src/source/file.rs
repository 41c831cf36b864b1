use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::read_at::ReadAt;
use crate::base::{Error, ErrorKind, Result};

/// A file in the local file system.
#[derive(Debug)]
pub(super) struct FileReader {
    file: File,
    len: u64,
    path: PathBuf,
}

impl FileReader {
    pub(super) fn open(path: &Path) -> Result<Self> {
        if path.as_os_str().is_empty() {
            return Err(Error::invalid("the source's path is empty"));
        }
        // Checked before opening, because opening a pipe would wait for its other end.
        let metadata = std::fs::metadata(path).map_err(|cause| open_error(path, cause))?;
        if !metadata.is_file() {
            let what = if metadata.is_dir() { "a folder" } else { "not a regular file" };
            let message = format!("cannot read {}: it is {what}; name a media file", path.display());
            return Err(Error::new(ErrorKind::SourceRead, message));
        }
        let file = File::open(path).map_err(|cause| open_error(path, cause))?;
        Ok(Self { file, len: metadata.len(), path: path.to_owned() })
    }
}

fn open_error(path: &Path, cause: io::Error) -> Error {
    let path = path.display();
    match cause.kind() {
        io::ErrorKind::NotFound => {
            let hint = if path.to_string().contains("://") {
                "; a link is opened as such, if it is http or https"
            } else {
                ""
            };
            Error::new(ErrorKind::NotFound, format!("there is no file {path}{hint}"))
        }
        _ => Error::new(ErrorKind::SourceRead, format!("cannot open {path}")).with_cause(cause),
    }
}

impl ReadAt for FileReader {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        read_file_at(&self.file, offset, buffer)
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

#[cfg(unix)]
pub(super) fn read_file_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
pub(super) fn read_file_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}
