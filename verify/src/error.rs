//! Why a folder could not be verified at all.

use std::error::Error as StdError;
use std::path::PathBuf;
use std::{fmt, io};

/// Why a folder could not be verified at all. What is wrong with a package is in its [`Report`](crate::Report).
///
/// [`Display`](fmt::Display) gives one sentence; the cause beneath it, if any, is its
/// [`source`](StdError::source).
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// There is no such folder.
    NotFound {
        /// The folder that was asked for.
        folder: PathBuf,
    },
    /// It is a file, or a folder without a multivariant playlist.
    NotAPackage {
        /// The folder that was asked for.
        folder: PathBuf,
    },
    /// The folder could not be listed.
    Unreadable {
        /// The folder that was asked for.
        folder: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
}

/// The result of [`verify`](crate::verify).
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether there is no package in the folder; otherwise it could not be read.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. } | Self::NotAPackage { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { folder } => write!(f, "there is no folder {}: check the path", folder.display()),
            Self::NotAPackage { folder } => {
                write!(f, "{} has no master.m3u8: it is no package, or one that no job has finished", folder.display())
            }
            Self::Unreadable { folder, .. } => {
                write!(f, "cannot read the folder {}: check its permissions and its disk", folder.display())
            }
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Unreadable { cause, .. } => Some(cause),
            Self::NotFound { .. } | Self::NotAPackage { .. } => None,
        }
    }
}
