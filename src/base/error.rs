//! Errors: a kind for programs, a sentence for people.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What kind of failure an [`Error`] is.
///
/// The numbers are part of the interface: they never change and are never reused, so hosts may store them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is outside its range or does not fit the others.
    InvalidArgument = 1,
    /// The source or the package does not exist, or a file of an unfinished one.
    NotFound = 2,
    /// The source exists but could not be read.
    SourceRead = 3,
    /// The source is not the one that was planned, or it changed while it was read.
    SourceChanged = 4,
    /// The source is not a media file in a container that the engine reads.
    NotMedia = 5,
    /// The source's container or codec is known but not supported by this build.
    Unsupported = 6,
    /// The source has no video and no audio that could be played.
    NothingToPlay = 7,
    /// The source ends before its index says it should.
    Truncated = 8,
    /// The source's data is damaged where it was needed.
    Corrupt = 9,
    /// The source goes beyond one of the [`Limits`](crate::Limits).
    LimitExceeded = 10,
    /// A plan could not be read, or its hash does not match its content.
    InvalidPlan = 11,
    /// The plan was made by another build, whose segments would have different bytes.
    BuildMismatch = 12,
    /// This build has no encoder for a codec that is needed.
    EncoderMissing = 13,
    /// An encoder or filter failed.
    Encode = 14,
    /// The output could not be written or read back.
    SinkWrite = 15,
    /// The output's disk is full.
    NoSpace = 16,
    /// The output folder holds another package.
    OutputConflict = 17,
    /// The work was cancelled by the caller.
    Cancelled = 18,
    /// The plan or the source does not have the requested track, segment or time.
    OutOfRange = 19,
    /// The engine itself failed: please report it.
    Internal = 20,
    /// A link leads to an address outside the public internet, which the host did not allow.
    AddressRefused = 21,
    /// The source is encrypted.
    Encrypted = 22,
}

impl ErrorKind {
    /// The kind's name for programs: the variant in lower case with underscores, such as `"not_found"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid_argument",
            Self::NotFound => "not_found",
            Self::SourceRead => "source_read",
            Self::SourceChanged => "source_changed",
            Self::NotMedia => "not_media",
            Self::Unsupported => "unsupported",
            Self::NothingToPlay => "nothing_to_play",
            Self::Truncated => "truncated",
            Self::Corrupt => "corrupt",
            Self::LimitExceeded => "limit_exceeded",
            Self::InvalidPlan => "invalid_plan",
            Self::BuildMismatch => "build_mismatch",
            Self::EncoderMissing => "encoder_missing",
            Self::Encode => "encode",
            Self::SinkWrite => "sink_write",
            Self::NoSpace => "no_space",
            Self::OutputConflict => "output_conflict",
            Self::Cancelled => "cancelled",
            Self::OutOfRange => "out_of_range",
            Self::Internal => "internal",
            Self::AddressRefused => "address_refused",
            Self::Encrypted => "encrypted",
        }
    }

    /// The kind's stable number.
    pub fn code(self) -> u32 {
        self as u32
    }
}

/// A failure: its kind, a sentence that says what, where and what to do, and its cause.
///
/// [`Display`](fmt::Display) gives the sentence alone; [`source`](StdError::source) gives the cause, and
/// [`Error::full_message`] both in one line.
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind`; `message` is one sentence.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), cause: None }
    }

    /// The same error with its cause.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.cause = Some(Arc::from(cause.into()));
        self
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The message and all its causes, in one line.
    pub fn full_message(&self) -> String {
        let mut text = self.message.clone();
        let mut cause = self.source();
        while let Some(inner) = cause {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            cause = inner.source();
        }
        text
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, message)
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "the work was cancelled")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_ref().map(|cause| &**cause as &(dyn StdError + 'static))
    }
}

/// Runs `work` and turns a panic into an error, whether it is the engine's or that of a host's source, sink or
/// callback.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(Error::new(ErrorKind::Internal, "the work panicked").with_cause(words(&*panic))))
}

/// What a panic says.
pub(crate) fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        let error = guarded::<()>(|| panic!("at {}", 7)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(error.full_message().ends_with(": at 7"), "{}", error.full_message());
    }

    #[test]
    fn full_message_names_every_cause() {
        let io = std::io::Error::other("disk on fire");
        let error = Error::new(ErrorKind::SourceRead, "cannot read a.mp4").with_cause(io);
        assert_eq!(error.to_string(), "cannot read a.mp4");
        assert_eq!(error.full_message(), "cannot read a.mp4: disk on fire");
        assert_eq!(error.kind().code(), 3);
    }
}
