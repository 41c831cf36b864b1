//! Errors

use std::ffi::{CString, c_char};

use super::call::{c_string, free, get, object};
use vodkit::Error;

/// What functions return. The numbers are never changed and never used again for something else.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vodkit_status {
    /// All went well.
    VODKIT_OK = 0,
    /// An argument is NULL, outside its range, not UTF-8, or does not fit the others.
    VODKIT_INVALID_ARGUMENT = 1,
    /// The source does not exist.
    VODKIT_NOT_FOUND = 2,
    /// The source exists but could not be read.
    VODKIT_SOURCE_READ = 3,
    /// The source is not the one that was planned, or it changed while it was read.
    VODKIT_SOURCE_CHANGED = 4,
    /// The source is not a media file in a container that the engine reads.
    VODKIT_NOT_MEDIA = 5,
    /// The source's container or codec is known but not supported by this build.
    VODKIT_UNSUPPORTED = 6,
    /// The source has no picture and no sound that could be played.
    VODKIT_NOTHING_TO_PLAY = 7,
    /// The source ends before its own index says it should.
    VODKIT_TRUNCATED = 8,
    /// The source's data is broken where it was needed.
    VODKIT_CORRUPT = 9,
    /// The source goes beyond one of the limits.
    VODKIT_LIMIT_EXCEEDED = 10,
    /// A plan could not be read, or its hash does not fit its content.
    VODKIT_INVALID_PLAN = 11,
    /// The plan was made by another build, which would give other bytes.
    VODKIT_BUILD_MISMATCH = 12,
    /// This build has no encoder for a codec that is needed.
    VODKIT_ENCODER_MISSING = 13,
    /// An encoder or filter failed.
    VODKIT_ENCODE = 14,
    /// The output could not be written.
    VODKIT_SINK_WRITE = 15,
    /// The output's disk is full.
    VODKIT_NO_SPACE = 16,
    /// The output folder holds another package.
    VODKIT_OUTPUT_CONFLICT = 17,
    /// The work was cancelled by the caller.
    VODKIT_CANCELLED = 18,
    /// A track, segment or time was asked for that the plan or the source does not have.
    VODKIT_OUT_OF_RANGE = 19,
    /// The engine itself failed: please report it.
    VODKIT_INTERNAL = 20,
    /// A link leads to an address that is not of the public internet, which the host did not allow.
    VODKIT_ADDRESS_REFUSED = 21,
}

/// What went wrong. Every function that can fail takes a `vodkit_error **`, which may be NULL. It is set in
/// any case: to NULL where all went well, else to an error that the caller owns.
pub struct vodkit_error {
    status: i32,
    kind: CString,
    message: CString,
    full_message: CString,
}

impl vodkit_error {
    pub(crate) fn new(error: Error) -> Self {
        Self {
            status: error.kind().code() as i32,
            kind: c_string(error.kind().name()),
            message: c_string(&error.to_string()),
            full_message: c_string(&error.full_message()),
        }
    }
}

/// The status that the function returned; VODKIT_OK for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_error_status(error: *const vodkit_error) -> i32 {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(error, "error") }.ok()?.status))
}

/// The status as a word for programs, such as "not_found". Lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_error_kind(error: *const vodkit_error) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { object(error, "error") }.map_or(std::ptr::null(), |error| error.kind.as_ptr())
}

/// One sentence that says what, where and what to do, without causes. Lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_error_message(error: *const vodkit_error) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { object(error, "error") }.map_or(std::ptr::null(), |error| error.message.as_ptr())
}

/// The sentence and all causes beneath it, such as what the system said, in one line: the one to show or to
/// log. Lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_error_full_message(error: *const vodkit_error) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { object(error, "error") }.map_or(std::ptr::null(), |error| error.full_message.as_ptr())
}

/// Frees an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_error_free(error: *mut vodkit_error) {
    // SAFETY: the header's contract.
    unsafe { free(error) }
}

#[cfg(test)]
mod tests {
    use super::vodkit_status;
    use vodkit::ErrorKind;

    #[test]
    fn each_kind_has_its_status() {
        let pairs = [
            (vodkit_status::VODKIT_INVALID_ARGUMENT, ErrorKind::InvalidArgument),
            (vodkit_status::VODKIT_NOT_FOUND, ErrorKind::NotFound),
            (vodkit_status::VODKIT_SOURCE_READ, ErrorKind::SourceRead),
            (vodkit_status::VODKIT_SOURCE_CHANGED, ErrorKind::SourceChanged),
            (vodkit_status::VODKIT_NOT_MEDIA, ErrorKind::NotMedia),
            (vodkit_status::VODKIT_UNSUPPORTED, ErrorKind::Unsupported),
            (vodkit_status::VODKIT_NOTHING_TO_PLAY, ErrorKind::NothingToPlay),
            (vodkit_status::VODKIT_TRUNCATED, ErrorKind::Truncated),
            (vodkit_status::VODKIT_CORRUPT, ErrorKind::Corrupt),
            (vodkit_status::VODKIT_LIMIT_EXCEEDED, ErrorKind::LimitExceeded),
            (vodkit_status::VODKIT_INVALID_PLAN, ErrorKind::InvalidPlan),
            (vodkit_status::VODKIT_BUILD_MISMATCH, ErrorKind::BuildMismatch),
            (vodkit_status::VODKIT_ENCODER_MISSING, ErrorKind::EncoderMissing),
            (vodkit_status::VODKIT_ENCODE, ErrorKind::Encode),
            (vodkit_status::VODKIT_SINK_WRITE, ErrorKind::SinkWrite),
            (vodkit_status::VODKIT_NO_SPACE, ErrorKind::NoSpace),
            (vodkit_status::VODKIT_OUTPUT_CONFLICT, ErrorKind::OutputConflict),
            (vodkit_status::VODKIT_CANCELLED, ErrorKind::Cancelled),
            (vodkit_status::VODKIT_OUT_OF_RANGE, ErrorKind::OutOfRange),
            (vodkit_status::VODKIT_INTERNAL, ErrorKind::Internal),
            (vodkit_status::VODKIT_ADDRESS_REFUSED, ErrorKind::AddressRefused),
        ];
        for (status, kind) in pairs {
            assert_eq!(status as u32, kind.code());
            assert_eq!(format!("VODKIT_{}", kind.name().to_uppercase()), format!("{status:?}"));
        }
    }
}
