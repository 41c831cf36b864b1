//! Bytes and strings

use std::ffi::{CString, c_char};

use bytes::Bytes;
use serde::Serialize;
use vodkit::{Error, ErrorKind, Result};

use crate::call::{c_string, call, free, get, into_handle, object, result, values};
use crate::error::vodkit_error;

/// Immutable, reference-counted bytes: a segment, a picture, a file. A handle is one reference.
pub struct vodkit_bytes(pub(crate) Bytes);

/// Copies `size` bytes from `data`, which may be NULL if `size` is 0. Callbacks that return bytes need this.
///
/// The caller owns `*bytes`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_bytes_new(
    data: *const u8,
    size: usize,
    bytes: *mut *mut vodkit_bytes,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(bytes, "bytes")?;
            *place = into_handle(vodkit_bytes(copied(data, size)?));
            Ok(())
        })
    }
}

/// Pointer to the first byte, valid as long as the handle; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_bytes_data(bytes: *const vodkit_bytes) -> *const u8 {
    // SAFETY: the header's contract.
    unsafe { object(bytes, "bytes") }.map_or(std::ptr::null(), |bytes| bytes.0.as_ptr())
}

/// Number of bytes; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_bytes_size(bytes: *const vodkit_bytes) -> usize {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(bytes, "bytes") }.ok()?.0.len()))
}

/// Another reference to the same bytes, owned by the caller; NULL for NULL. Nothing is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_bytes_share(bytes: *const vodkit_bytes) -> *mut vodkit_bytes {
    // SAFETY: the header's contract.
    unsafe { object(bytes, "bytes") }.map_or(std::ptr::null_mut(), |bytes| into_handle(vodkit_bytes(bytes.0.clone())))
}

/// Drops one reference. The last one frees the bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_bytes_free(bytes: *mut vodkit_bytes) {
    // SAFETY: the header's contract.
    unsafe { free(bytes) }
}

/// Frees a string that a function returned through a `char **`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_string_free(string: *mut c_char) {
    if !string.is_null() {
        // SAFETY: by the header's contract it came from `string` below.
        drop(unsafe { CString::from_raw(string) });
    }
}

/// A copy of bytes from C.
///
/// # Safety
/// `data` points to `size` bytes, or is null.
pub(crate) unsafe fn copied(data: *const u8, size: usize) -> Result<Bytes> {
    // SAFETY: by this function's contract.
    let data = unsafe { values(data, size, "data") }?;
    let mut copy = Vec::new();
    copy.try_reserve_exact(size).map_err(|cause| {
        Error::new(ErrorKind::Internal, format!("no memory for a copy of {size} bytes")).with_cause(cause)
    })?;
    copy.extend_from_slice(data);
    Ok(copy.into())
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
