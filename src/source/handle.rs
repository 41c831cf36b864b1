//! [`Source`]: what the engine reads, with its limits and its cancellation token.

use std::fmt;
use std::io::{self, Read, Seek};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::bytes::BytesReader;
use super::file::FileReader;
#[cfg(feature = "http")]
use super::http::{HttpOptions, HttpReader};
use super::read_at::{ReadAt, Remote};
use super::reader::SharedReader;
use crate::base::{CancelToken, Error, ErrorKind, Limits, Result, words};

/// The media file that is read. Clones are cheap and read the same bytes.
///
/// All work on it keeps to its [`Limits`] and stops when its cancellation token is cancelled.
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
    /// The same, if they come from far away.
    remote: Option<Arc<dyn Remote>>,
    is_file: bool,
    limits: Limits,
    cancel: CancelToken,
}

impl Source {
    /// A source over the host's own storage.
    pub fn new(bytes: impl ReadAt + 'static) -> Self {
        Self::shared(Arc::new(bytes), None)
    }

    fn shared(bytes: Arc<dyn ReadAt>, remote: Option<Arc<dyn Remote>>) -> Self {
        Self { bytes, remote, is_file: false, limits: Limits::default(), cancel: CancelToken::new() }
    }

    /// The file at `path`.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) if `path` is empty, [`NotFound`](ErrorKind::NotFound) if there is
    /// nothing at `path`, [`SourceRead`](ErrorKind::SourceRead) if it cannot be opened, or is a folder or a device.
    pub fn file(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self { is_file: true, ..Self::new(FileReader::open(path.as_ref())?) })
    }

    /// Bytes in memory: shared, not copied.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::new(BytesReader::new(bytes.into()))
    }

    /// Anything that reads and seeks; it is read from its start, wherever its position is now. As there is only one
    /// position, threads take turns: implement [`ReadAt`] where speed matters.
    ///
    /// # Errors
    /// [`SourceRead`](ErrorKind::SourceRead) if the reader cannot seek to its end.
    ///
    /// ```
    /// let source = vodkit::Source::reader(std::io::Cursor::new(vec![1, 2, 3]))?;
    /// assert_eq!(source.len(), 3);
    /// # Ok::<(), vodkit::Error>(())
    /// ```
    pub fn reader(reader: impl Read + Seek + Send + 'static) -> Result<Self> {
        Ok(Self::new(SharedReader::new(reader)?))
    }

    /// The file at an `http` or `https` URL. Requests its first bytes, or downloads all of it if the server does not
    /// support ranges.
    ///
    /// It is read in ranges (RFC 9110 14) as needed, by two requests at once at most: planning a video whose index comes first
    /// reads little more than that index. From a server without ranges it is downloaded once, into a temporary file
    /// that is deleted with the source. Interrupted transfers resume where they stopped; a file that changes meanwhile
    /// is an error.
    ///
    /// Proxies in the environment are ignored: behind one, the addresses that a link leads to could not be checked.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) for anything but an `http` or `https` URL, or for certificates
    /// that are not PEM, [`AddressRefused`](ErrorKind::AddressRefused) if it leads to an address that is not allowed,
    /// [`NotFound`](ErrorKind::NotFound) if there is no such host or file, [`NotMedia`](ErrorKind::NotMedia) for a web
    /// page or an empty file, [`LimitExceeded`](ErrorKind::LimitExceeded) for too large a file or too many redirects,
    /// [`Cancelled`](ErrorKind::Cancelled), and [`SourceRead`](ErrorKind::SourceRead) for all other failures.
    ///
    /// ```
    /// use vodkit::{ErrorKind, HttpOptions, Source};
    /// let refused = Source::http("http://127.0.0.1/video.mp4", &HttpOptions::default());
    /// assert_eq!(refused.unwrap_err().kind(), ErrorKind::AddressRefused);
    /// ```
    #[cfg(feature = "http")]
    pub fn http(link: &str, options: &HttpOptions) -> Result<Self> {
        let reader = Arc::new(HttpReader::open(link, options)?);
        Ok(Self::shared(reader.clone(), Some(reader)).with_cancel(&options.cancel))
    }

    /// The same source with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same source with another cancellation token.
    #[must_use]
    pub fn with_cancel(self, cancel: &CancelToken) -> Self {
        Self { cancel: cancel.clone(), ..self }
    }

    /// The bounds on what it may ask of the engine.
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

    /// Whether the length is 0.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether it is a file in the local file system, of which no read takes long.
    pub(crate) fn is_file(&self) -> bool {
        self.is_file
    }

    /// Whether each request for bytes takes long, however few.
    pub(crate) fn is_remote(&self) -> bool {
        self.remote.is_some()
    }

    /// Says that all bytes of `range` will be read, so that few requests bring them.
    pub(crate) fn will_read(&self, range: Range<u64>) {
        if let Some(remote) = &self.remote {
            remote.will_read(range);
        }
    }

    /// Its name in messages: a path, a link, "the given data".
    pub fn name(&self) -> String {
        self.bytes.name()
    }

    /// As [`ReadAt::read_at`].
    ///
    /// # Errors
    /// As [`ReadAt::read_at`].
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // A panic of the host's source is its failure, and it may claim more than the buffer holds.
        let read = catch_unwind(AssertUnwindSafe(|| self.bytes.read_at(offset, buffer)));
        let read = read.unwrap_or_else(|panic| Err(io::Error::other(format!("it panicked: {}", words(&*panic)))));
        read.map(|count| count.min(buffer.len()))
    }

    /// Reads as many bytes at `offset` as there are, up to `buffer.len()`, and returns how many.
    pub(super) fn fill_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.read_at(offset.saturating_add(filled as u64), rest) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(cause),
            }
        }
        Ok(filled)
    }

    /// The same, and whether there are so many.
    pub(super) fn fills_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<bool> {
        Ok(self.fill_at(offset, buffer)? == buffer.len())
    }

    pub(crate) fn read_error(&self, cause: io::Error) -> Error {
        // HTTP sources pass a complete error through `io::Error`.
        let wrapped = |cause: io::Error| {
            Error::new(ErrorKind::SourceRead, format!("cannot read {}", self.name())).with_cause(cause)
        };
        cause.downcast::<Error>().unwrap_or_else(wrapped)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A source of a host that counts wrongly.
    struct Overcounting;

    impl ReadAt for Overcounting {
        fn len(&self) -> u64 {
            1 << 20
        }

        fn read_at(&self, _: u64, _: &mut [u8]) -> io::Result<usize> {
            Ok(usize::MAX)
        }

        fn name(&self) -> String {
            "a source that counts wrongly".into()
        }
    }

    #[test]
    fn no_read_gives_more_than_was_asked_for() {
        assert_eq!(Source::new(Overcounting).read_at(7, &mut [0; 10]).unwrap(), 10);
    }
}
