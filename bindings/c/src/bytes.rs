//! Bytes and strings

use std::ffi::{CString, c_char};

use bytes::Bytes;
use serde::Serialize;

use super::call::{c_string, free, get, into_handle, object};
use vodkit::{Error, ErrorKind, Result};

/// Bytes that the library made: a segment, a picture. They are shared, not copied, by all handles to them,
/// and never change.
pub struct vodkit_bytes(pub(crate) Bytes);

/// The first byte; NULL for NULL. Lives as long as the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_bytes_data(bytes: *const vodkit_bytes) -> *const u8 {
    // SAFETY: the header's contract.
    unsafe { object(bytes, "bytes") }.map_or(std::ptr::null(), |bytes| bytes.0.as_ptr())
}

/// The number of bytes; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_bytes_size(bytes: *const vodkit_bytes) -> usize {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(bytes, "bytes") }.ok()?.0.len()))
}

/// Another handle to the same bytes, which the caller owns; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_bytes_share(bytes: *const vodkit_bytes) -> *mut vodkit_bytes {
    // SAFETY: the header's contract.
    unsafe { object(bytes, "bytes") }.map_or(std::ptr::null_mut(), |bytes| into_handle(vodkit_bytes(bytes.0.clone())))
}

/// Frees a handle. The bytes go with the last one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_bytes_free(bytes: *mut vodkit_bytes) {
    // SAFETY: the header's contract.
    unsafe { free(bytes) }
}

/// Frees a string that a function gave as `char **`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_string_free(string: *mut c_char) {
    if !string.is_null() {
        // SAFETY: by the header's contract it came from `string` below.
        drop(unsafe { CString::from_raw(string) });
    }
}

/// `value` as JSON that the caller is to own; `what` is what messages call it.
pub(crate) fn json(value: &impl Serialize, what: &str) -> Result<*mut c_char> {
    let json = serde_json::to_string_pretty(value).map_err(|cause| {
        Error::new(ErrorKind::Internal, format!("{what} could not be written as JSON")).with_cause(cause)
    })?;
    Ok(string(&json))
}

/// Text that the caller is to own.
pub(crate) fn string(text: &str) -> *mut c_char {
    c_string(text).into_raw()
}
