//! Where a command writes its output.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use vodkit::{Error, ErrorKind, Result};

use crate::output;

/// A file, or stdout for the name `-`.
#[derive(Clone)]
pub(crate) enum Target {
    Stdout,
    File(PathBuf),
}

impl From<OsString> for Target {
    fn from(name: OsString) -> Self {
        if name == "-" { Self::Stdout } else { Self::File(name.into()) }
    }
}

impl Target {
    /// Refuses to overwrite the input.
    pub(crate) fn check_not_input(&self, input: &Path) -> Result<()> {
        match self {
            Self::File(path) if identity(path).is_some_and(|file| identity(input) == Some(file)) => {
                let message = format!(
                    "cannot write {} over the input {}: they are the same file; name another output",
                    path.display(),
                    input.display()
                );
                Err(Error::new(ErrorKind::InvalidArgument, message))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Stdout => output::print(bytes),
            Self::File(path) => replace(path, |file| file.write_all(bytes).map_err(|cause| unwritten(path, cause))),
        }
    }

    /// Has `write` write the content piece by piece.
    pub(crate) fn fill(&self, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
        match self {
            Self::Stdout => write(&mut io::stdout().lock()),
            Self::File(path) => replace(path, write),
        }
    }
}

/// What identifies a file, whatever links lead to it. Devices and pipes have none: they are not replaced, so that
/// reading and writing the same one is harmless.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok()
}

fn unwritten(path: &Path, cause: io::Error) -> Error {
    Error::new(ErrorKind::SinkWrite, format!("cannot write {}", path.display())).with_cause(cause)
}

/// Writes a file atomically. A device or a pipe is written to, never replaced by a file.
fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let failed = |cause| unwritten(path, cause);
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => {
            return write(&mut OpenOptions::new().write(true).open(path).map_err(failed)?);
        }
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(failed(cause)),
        _ => {}
    }
    let path = followed(path);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.prefix(".vodkit-unfinished-").tempfile_in(folder).map_err(failed)?;
    write(&mut file)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Where symbolic links lead, even if nothing is there yet. They form no cycle: that has failed before.
fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    while let Ok(target) = fs::read_link(&path) {
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    path
}
