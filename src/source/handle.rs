//! A source as the engine holds it.

use std::fmt;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::bytes::BytesReader;
use super::file::FileReader;
#[cfg(feature = "http")]
use super::http::{HttpOptions, HttpReader};
use super::read_at::ReadAt;
use super::reader::SharedReader;
use crate::base::{CancelToken, Error, ErrorKind, Limits, Result};

/// Where a video comes from. Clones are cheap and read the same bytes.
///
/// What reads it keeps to its [`Limits`], and stops when its cancellation token is cancelled.
///
/// ```
/// use vodkit::{CancelToken, ErrorKind, Limits, Source};
///
/// let cancel = CancelToken::new();
/// let source = Source::bytes(vec![1, 2, 3]).with_limits(Limits::default().tracks(8)).with_cancel(&cancel);
/// assert_eq!(source.len(), 3);
/// cancel.cancel();
/// assert_eq!(vodkit::probe(&source).unwrap_err().kind(), ErrorKind::Cancelled);
/// ```
#[derive(Clone)]
pub struct Source {
    bytes: Arc<dyn ReadAt>,
    limits: Limits,
    cancel: CancelToken,
}

impl Source {
    /// A source over storage of the host's own.
    pub fn new(bytes: impl ReadAt + 'static) -> Self {
        Self { bytes: Arc::new(bytes), limits: Limits::default(), cancel: CancelToken::new() }
    }

    /// The file at `path`.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) where `path` is empty, [`NotFound`](ErrorKind::NotFound) where
    /// there is nothing at `path`, [`SourceRead`](ErrorKind::SourceRead) where it may not be read, is a folder or a
    /// device.
    pub fn file(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self::new(FileReader::open(path.as_ref())?))
    }

    /// Bytes in memory, which are shared, not copied.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::new(BytesReader::new(bytes.into()))
    }

    /// Anything that reads and seeks, from its very start wherever its position is now. It has one position, so
    /// workers take turns; where speed matters, write a [`ReadAt`] instead.
    ///
    /// # Errors
    /// [`SourceRead`](ErrorKind::SourceRead) where the reader cannot seek to its end.
    ///
    /// ```
    /// let source = vodkit::Source::reader(std::io::Cursor::new(vec![1, 2, 3]))?;
    /// assert_eq!(source.len(), 3);
    /// # Ok::<(), vodkit::Error>(())
    /// ```
    pub fn reader(reader: impl Read + Seek + Send + 'static) -> Result<Self> {
        Ok(Self::new(SharedReader::new(reader)?))
    }

    /// The file behind an `http` or `https` link. Asks for its beginning, or downloads it all where the server cannot
    /// give parts.
    ///
    /// It is read in ranges (RFC 9110 14), over one connection, as needed: to plan a video with its index at the
    /// front takes that index. From a server without ranges it is downloaded once, into a temporary file that goes
    /// with the source. Transfers that break off go on where they stopped; a file that changes meanwhile is an error.
    ///
    /// Whatever proxies the environment names are left aside, as behind one nobody could tell where a link leads.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) for what is no `http` or `https` link, or no certificate,
    /// [`AddressRefused`](ErrorKind::AddressRefused) where it leads to an address that is not allowed,
    /// [`NotFound`](ErrorKind::NotFound) where there is no such host or file, [`NotMedia`](ErrorKind::NotMedia) for a
    /// web page, [`LimitExceeded`](ErrorKind::LimitExceeded) for files or ways too long,
    /// [`Cancelled`](ErrorKind::Cancelled), and [`SourceRead`](ErrorKind::SourceRead) for all else that servers do.
    ///
    /// ```
    /// use vodkit::{ErrorKind, HttpOptions, Source};
    /// let refused = Source::http("http://127.0.0.1/video.mp4", &HttpOptions::default());
    /// assert_eq!(refused.unwrap_err().kind(), ErrorKind::AddressRefused);
    /// ```
    #[cfg(feature = "http")]
    pub fn http(link: &str, options: &HttpOptions) -> Result<Self> {
        Ok(Self::new(HttpReader::open(link, options)?).with_cancel(&options.cancel))
    }

    /// The same source, which may ask of the engine what `limits` allow.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same source, for work that `cancel` stops.
    #[must_use]
    pub fn with_cancel(self, cancel: &CancelToken) -> Self {
        Self { cancel: cancel.clone(), ..self }
    }

    /// What it may ask of the engine.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The token that stops work on it.
    pub fn cancel_token(&self) -> &CancelToken {
        &self.cancel
    }

    /// The length in bytes.
    pub fn len(&self) -> u64 {
        self.bytes.len()
    }

    /// Whether there are no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What messages call it: a path, a link, "the given data".
    pub fn name(&self) -> String {
        self.bytes.name()
    }

    /// As [`ReadAt::read_at`].
    ///
    /// # Errors
    /// As [`ReadAt::read_at`].
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes.read_at(offset, buffer)
    }

    pub(crate) fn read_error(&self, cause: io::Error) -> Error {
        // A source of ours says more itself.
        let unknown = |cause: io::Error| {
            Error::new(ErrorKind::SourceRead, format!("cannot read {}", self.name())).with_cause(cause)
        };
        cause.downcast::<Error>().unwrap_or_else(unknown)
    }

    pub(crate) fn shrunk(&self, offset: u64) -> Error {
        let (name, len) = (self.name(), self.len());
        let message = format!("{name} changed while it was read: it had {len} bytes and now ends at byte {offset}");
        Error::new(ErrorKind::SourceChanged, message)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name()).field("len", &self.len()).finish_non_exhaustive()
    }
}
