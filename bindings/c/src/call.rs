//! How a call comes in from C and goes back.

use std::any::Any;
use std::ffi::{CStr, CString, OsStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::slice;

use super::error::vodkit_error;
use vodkit::{Error, ErrorKind, Result};

/// Runs `work`; what fails, a panic too, becomes a status and, where the caller wants one, an error object.
///
/// # Safety
/// `error` is null or points to a place for a pointer.
pub(crate) unsafe fn call(error: *mut *mut vodkit_error, work: impl FnOnce() -> Result<()>) -> i32 {
    let outcome = guarded(work);
    let status = outcome.as_ref().map_or_else(|error| error.kind().code() as i32, |()| 0);
    if !error.is_null() {
        let object = outcome.err().map_or(std::ptr::null_mut(), |error| into_handle(vodkit_error::new(error)));
        // SAFETY: not null, so by this function's contract a place for a pointer.
        unsafe { error.write(object) };
    }
    status
}

/// Runs a getter; a panic becomes the default.
pub(crate) fn get<T: Default>(work: impl FnOnce() -> Option<T>) -> T {
    guarded(|| Ok(work())).ok().flatten().unwrap_or_default()
}

fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(&*panic)))
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or_default();
    Error::new(ErrorKind::Internal, "the call panicked").with_cause(words)
}

pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

pub(crate) fn into_handle<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// Takes a handle back and drops it; null is fine.
///
/// # Safety
/// `handle` is null or came from [`into_handle`], and nobody uses it any more.
pub(crate) unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: by this function's contract.
        let value = unsafe { Box::from_raw(handle) };
        // A host's finalizer may be a Rust one that panics.
        let _ = guarded(|| {
            drop(value);
            Ok(())
        });
    }
}

/// The object behind a handle.
///
/// # Safety
/// `handle` is null or a live handle.
pub(crate) unsafe fn object<'a, T>(handle: *const T, name: &str) -> Result<&'a T> {
    // SAFETY: by this function's contract.
    unsafe { handle.as_ref() }.ok_or_else(|| is_null(name))
}

/// The object behind a handle that is to be changed.
///
/// # Safety
/// `handle` is null or a live handle that no other call uses now.
pub(crate) unsafe fn object_mut<'a, T>(handle: *mut T, name: &str) -> Result<&'a mut T> {
    // SAFETY: by this function's contract.
    unsafe { handle.as_mut() }.ok_or_else(|| is_null(name))
}

/// The place for a result, with null in it until there is one.
///
/// # Safety
/// `place` is null or may be written to.
pub(crate) unsafe fn result<'a, T>(place: *mut *mut T, name: &str) -> Result<&'a mut *mut T> {
    if place.is_null() {
        return Err(is_null(name));
    }
    // SAFETY: not null, so by this function's contract; after the write it holds a value.
    unsafe {
        place.write(std::ptr::null_mut());
        Ok(&mut *place)
    }
}

/// Writes a result that is no handle.
///
/// # Safety
/// `place` is null or may be written to.
pub(crate) unsafe fn put<T>(place: *mut T, name: &str, value: T) -> Result<()> {
    if place.is_null() {
        return Err(is_null(name));
    }
    // SAFETY: not null, so by this function's contract.
    unsafe { place.write(value) };
    Ok(())
}

/// A string from C.
///
/// # Safety
/// `text` is null or ends with a zero byte.
pub(crate) unsafe fn text<'a>(text: *const c_char, name: &str) -> Result<&'a str> {
    // SAFETY: by this function's contract.
    unsafe { c_str(text, name) }?.to_str().map_err(|_| invalid(format!("{name} is not UTF-8")))
}

/// A path from C: any bytes where the system allows these.
///
/// # Safety
/// `path` is null or ends with a zero byte.
pub(crate) unsafe fn path_of<'a>(path: *const c_char) -> Result<&'a Path> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        // SAFETY: by this function's contract.
        Ok(Path::new(OsStr::from_bytes(unsafe { c_str(path, "path") }?.to_bytes())))
    }
    #[cfg(not(unix))]
    // SAFETY: by this function's contract.
    Ok(Path::new(OsStr::new(unsafe { text(path, "path") }?)))
}

unsafe fn c_str<'a>(text: *const c_char, name: &str) -> Result<&'a CStr> {
    if text.is_null() {
        return Err(is_null(name));
    }
    // SAFETY: not null, so by the callers' contract it ends with a zero byte.
    Ok(unsafe { CStr::from_ptr(text) })
}

/// `count` values from C; null is fine for none.
///
/// # Safety
/// `values` points to `count` values, or is null.
pub(crate) unsafe fn values<'a, T>(values: *const T, count: usize, name: &str) -> Result<&'a [T]> {
    match count {
        0 => Ok(&[]),
        _ if values.is_null() => Err(is_null(name)),
        _ if count > isize::MAX as usize / size_of::<T>().max(1) => {
            Err(invalid(format!("{name} has an impossible length of {count}")))
        }
        // SAFETY: not null, so by this function's contract.
        _ => Ok(unsafe { slice::from_raw_parts(values, count) }),
    }
}

/// A string for C; where text has a zero byte, it ends there.
pub(crate) fn c_string(text: &str) -> CString {
    let text = text.split('\0').next().unwrap_or_default();
    CString::new(text).unwrap_or_default()
}

fn is_null(name: &str) -> Error {
    invalid(format!("{name} is NULL"))
}
