//! Verifying packages

use std::ffi::c_char;

use vodkit::{Error, ErrorKind, Result};
use vodkit_verify::Report;

use crate::bytes;
use crate::call::{make, path_of};
use crate::error::vodkit_error;

/// Reads the finished package in the folder `path` back and returns the rules that it breaks, of HLS, DASH, CMAF, WebVTT
/// and JPEG and of its own plan, as JSON: {"files", "segments", "findings": [{"file", "rule", "message"}]}. `files` and
/// `segments` are the numbers of those checked; without a finding the package is valid.
///
/// It shares no code with what writes packages, and reads every file, so it takes as long as copying the package.
/// The caller owns `*json` and frees it with vodkit_string_free. Fails with VODKIT_ERROR_NOT_FOUND if there is no such
/// folder or it has no master.m3u8, and VODKIT_ERROR_SOURCE_READ if it cannot be listed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_verify_to_json(
    path: *const c_char,
    json: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { make(json, "json", error, || bytes::json(&report(path)?, "the report")) }
}

/// # Safety
/// `path` is null or ends with a zero byte.
unsafe fn report(path: *const c_char) -> Result<Report> {
    // SAFETY: by this function's contract.
    vodkit_verify::verify(unsafe { path_of(path) }?).map_err(|error| {
        let kind = if error.is_not_found() { ErrorKind::NotFound } else { ErrorKind::SourceRead };
        Error::new(kind, "cannot verify the package").with_cause(error)
    })
}
