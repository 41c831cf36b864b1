//! Errors

use std::ffi::{CString, c_char};

use vodkit::{Error, ErrorKind};

use crate::call::{c_string, free, get, get_str, into_handle, object, text};

/// What functions return. The numbers never change and are never reused.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vodkit_status {
    /// Success.
    VODKIT_OK = 0,
    /// An argument is NULL, out of range, not UTF-8, or does not fit the others.
    VODKIT_ERROR_INVALID_ARGUMENT = 1,
    /// The source, or the package, does not exist.
    VODKIT_ERROR_NOT_FOUND = 2,
    /// The source exists but could not be read.
    VODKIT_ERROR_SOURCE_READ = 3,
    /// The source is not the one that was planned, or it changed while it was read.
    VODKIT_ERROR_SOURCE_CHANGED = 4,
    /// The source is not a media file in a known container.
    VODKIT_ERROR_NOT_MEDIA = 5,
    /// The source's container or codec is known, but not supported by this build.
    VODKIT_ERROR_UNSUPPORTED = 6,
    /// The source has neither video nor audio that could be played.
    VODKIT_ERROR_NOTHING_TO_PLAY = 7,
    /// The source ends before its index says it should.
    VODKIT_ERROR_TRUNCATED = 8,
    /// The source's data is broken where it was needed.
    VODKIT_ERROR_CORRUPT = 9,
    /// The source exceeds one of the limits.
    VODKIT_ERROR_LIMIT_EXCEEDED = 10,
    /// The plan could not be read, or its hash does not match its content.
    VODKIT_ERROR_INVALID_PLAN = 11,
    /// The plan was made by another build, which would produce other bytes.
    VODKIT_ERROR_BUILD_MISMATCH = 12,
    /// This build has no encoder for a codec that is needed.
    VODKIT_ERROR_ENCODER_MISSING = 13,
    /// An encoder or filter failed.
    VODKIT_ERROR_ENCODE = 14,
    /// The sink could not be written, or not be read back.
    VODKIT_ERROR_SINK_WRITE = 15,
    /// The sink is full.
    VODKIT_ERROR_NO_SPACE = 16,
    /// The sink holds another package.
    VODKIT_ERROR_OUTPUT_CONFLICT = 17,
    /// The caller cancelled the work.
    VODKIT_ERROR_CANCELLED = 18,
    /// The plan or the source has no such rendition, segment, language or time.
    VODKIT_ERROR_OUT_OF_RANGE = 19,
    /// A bug in the library. Please report it.
    VODKIT_ERROR_INTERNAL = 20,
    /// A link leads to an address that is not public, and the host did not allow that.
    VODKIT_ERROR_ADDRESS_REFUSED = 21,
    /// The source is encrypted.
    VODKIT_ERROR_ENCRYPTED = 22,
}

const KINDS: [(vodkit_status, ErrorKind); 22] = [
    (vodkit_status::VODKIT_ERROR_INVALID_ARGUMENT, ErrorKind::InvalidArgument),
    (vodkit_status::VODKIT_ERROR_NOT_FOUND, ErrorKind::NotFound),
    (vodkit_status::VODKIT_ERROR_SOURCE_READ, ErrorKind::SourceRead),
    (vodkit_status::VODKIT_ERROR_SOURCE_CHANGED, ErrorKind::SourceChanged),
    (vodkit_status::VODKIT_ERROR_NOT_MEDIA, ErrorKind::NotMedia),
    (vodkit_status::VODKIT_ERROR_UNSUPPORTED, ErrorKind::Unsupported),
    (vodkit_status::VODKIT_ERROR_NOTHING_TO_PLAY, ErrorKind::NothingToPlay),
    (vodkit_status::VODKIT_ERROR_TRUNCATED, ErrorKind::Truncated),
    (vodkit_status::VODKIT_ERROR_CORRUPT, ErrorKind::Corrupt),
    (vodkit_status::VODKIT_ERROR_LIMIT_EXCEEDED, ErrorKind::LimitExceeded),
    (vodkit_status::VODKIT_ERROR_INVALID_PLAN, ErrorKind::InvalidPlan),
    (vodkit_status::VODKIT_ERROR_BUILD_MISMATCH, ErrorKind::BuildMismatch),
    (vodkit_status::VODKIT_ERROR_ENCODER_MISSING, ErrorKind::EncoderMissing),
    (vodkit_status::VODKIT_ERROR_ENCODE, ErrorKind::Encode),
    (vodkit_status::VODKIT_ERROR_SINK_WRITE, ErrorKind::SinkWrite),
    (vodkit_status::VODKIT_ERROR_NO_SPACE, ErrorKind::NoSpace),
    (vodkit_status::VODKIT_ERROR_OUTPUT_CONFLICT, ErrorKind::OutputConflict),
    (vodkit_status::VODKIT_ERROR_CANCELLED, ErrorKind::Cancelled),
    (vodkit_status::VODKIT_ERROR_OUT_OF_RANGE, ErrorKind::OutOfRange),
    (vodkit_status::VODKIT_ERROR_INTERNAL, ErrorKind::Internal),
    (vodkit_status::VODKIT_ERROR_ADDRESS_REFUSED, ErrorKind::AddressRefused),
    (vodkit_status::VODKIT_ERROR_ENCRYPTED, ErrorKind::Encrypted),
];

/// What went wrong. Every function that can fail takes a `vodkit_error **`, which may be NULL. On success the place is
/// set to NULL, on failure to an error that the caller owns.
pub struct vodkit_error {
    inner: Error,
    kind: CString,
    message: CString,
    full_message: CString,
}

impl vodkit_error {
    pub(crate) fn new(error: Error) -> Self {
        Self {
            kind: c_string(error.kind().name()),
            message: c_string(&error.to_string()),
            full_message: c_string(&error.full_message()),
            inner: error,
        }
    }

    /// The error behind a handle that is given up; `None` for null.
    ///
    /// # Safety
    /// `error` is null or a live handle that nobody uses any more.
    pub(crate) unsafe fn take(error: *mut Self) -> Option<Error> {
        // SAFETY: by this function's contract; handles come from a box.
        (!error.is_null()).then(|| unsafe { Box::from_raw(error) }.inner)
    }
}

/// Creates an error for a callback to report through its `error` argument. `status` is a vodkit_status other than
/// VODKIT_OK, anything else counts as VODKIT_ERROR_INTERNAL. `message` is one sentence of UTF-8, which is copied; NULL
/// counts as empty.
///
/// The caller owns the error. Storing it through a callback's `error` argument passes it to the library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_error_new(status: i32, message: *const c_char) -> *mut vodkit_error {
    // SAFETY: the header's contract.
    let message = unsafe { text(message, "message") }.unwrap_or_default();
    let known = KINDS.iter().find(|(number, _)| *number as i32 == status);
    into_handle(vodkit_error::new(Error::new(known.map_or(ErrorKind::Internal, |(_, kind)| *kind), message)))
}

/// The status that the function returned; VODKIT_OK for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_error_status(error: *const vodkit_error) -> i32 {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(error, "error") }.ok()?.inner.kind().code() as i32))
}

/// The status as a word for programs, such as "not_found"; NULL for NULL. Valid as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_error_kind(error: *const vodkit_error) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| Some(&unsafe { object(error, "error") }.ok()?.kind))
}

/// One sentence saying what failed, where, and what to do about it, without causes; NULL for NULL. Valid as long as
/// the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_error_message(error: *const vodkit_error) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| Some(&unsafe { object(error, "error") }.ok()?.message))
}

/// The message followed by its causes, such as the system's own message, on one line: the text to show or log. NULL
/// for NULL. Valid as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_error_full_message(error: *const vodkit_error) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| Some(&unsafe { object(error, "error") }.ok()?.full_message))
}

/// Frees an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_error_free(error: *mut vodkit_error) {
    // SAFETY: the header's contract.
    unsafe { free(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_status() {
        for (status, kind) in KINDS {
            assert_eq!(status as u32, kind.code());
            assert_eq!(format!("VODKIT_ERROR_{}", kind.name().to_uppercase()), format!("{status:?}"));
        }
    }
}
