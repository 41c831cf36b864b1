//! How a call comes in from C and goes back.

use std::any::Any;
use std::ffi::{CStr, CString, OsStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::slice;

use vodkit::{Error, ErrorKind, Result};

use crate::error::vodkit_error;

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

/// As [`call`], for `work` that makes what the caller is to own; `name` is what messages call its place.
///
/// # Safety
/// `place` is null or may be written to; `error` as for [`call`].
pub(crate) unsafe fn make<T>(
    place: *mut *mut T,
    name: &str,
    error: *mut *mut vodkit_error,
    work: impl FnOnce() -> Result<*mut T>,
) -> i32 {
    // SAFETY: by this function's contract.
    unsafe {
        call(error, || {
            let place = result(place, name)?;
            *place = work()?;
            Ok(())
        })
    }
}

/// Runs a getter; a panic becomes the default.
pub(crate) fn get<T: Default>(work: impl FnOnce() -> Option<T>) -> T {
    guarded(|| Ok(work())).ok().flatten().unwrap_or_default()
}

/// Runs a getter of a string that lives as long as its object; null where there is none.
pub(crate) fn get_str<'a>(work: impl FnOnce() -> Option<&'a CString>) -> *const c_char {
    guarded(|| Ok(work())).ok().flatten().map_or(std::ptr::null(), |text| text.as_ptr())
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

/// A struct of the header that can grow at its end: its first member, a `size_t`, is the size that the program's
/// header gave it.
///
/// # Safety
/// The type is `repr(C)`, begins with a `usize`, and may be copied byte by byte.
pub(crate) unsafe trait Growing: Copy {
    /// The size that it had in the first version of this interface: no program's is smaller.
    const MIN_SIZE: usize;
}

/// The bytes that the program's struct and ours have in common.
///
/// # Safety
/// `place` is null or points to a struct whose first member is set.
unsafe fn common_size<T: Growing>(place: *const T, name: &str) -> Result<usize> {
    if place.is_null() {
        return Err(is_null(name));
    }
    // SAFETY: not null, so by this function's contract; the trait says that a usize comes first.
    let size = unsafe { place.cast::<usize>().read() };
    if size < T::MIN_SIZE {
        let message =
            format!("struct_size of {name} is {size}, but must be {} at least: set it to its sizeof", T::MIN_SIZE);
        return Err(invalid(message));
    }
    Ok(size.min(size_of::<T>()))
}

/// Writes as much of `value` as the program's struct has room for, and how much that is.
///
/// # Safety
/// `place` is null or points to as many bytes as its first member says.
pub(crate) unsafe fn fill<T: Growing>(place: *mut T, name: &str, value: &T) -> Result<()> {
    // SAFETY: by this function's contract there are so many bytes; the trait says that a usize comes first.
    unsafe {
        let size = common_size(place, name)?;
        std::ptr::copy_nonoverlapping(std::ptr::from_ref(value).cast::<u8>(), place.cast::<u8>(), size);
        place.cast::<usize>().write(size);
    }
    Ok(())
}

/// Reads a program's struct; members that it does not know stay as `value` has them.
///
/// # Safety
/// `place` is null or points to as many bytes as its first member says, which are good values of their members.
pub(crate) unsafe fn read<T: Growing>(place: *const T, name: &str, mut value: T) -> Result<T> {
    // SAFETY: by this function's contract there are so many bytes; the trait says that they may be copied.
    unsafe {
        let size = common_size(place, name)?;
        std::ptr::copy_nonoverlapping(place.cast::<u8>(), std::ptr::from_mut(&mut value).cast::<u8>(), size);
    }
    Ok(value)
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

pub(crate) fn is_null(name: &str) -> Error {
    invalid(format!("{name} is NULL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_status_and_an_error_with_its_words() {
        let mut error = std::ptr::null_mut();
        // SAFETY: the place is one.
        let status = unsafe { call(&mut error, || panic!("at {}", 7)) };
        assert_eq!(status, ErrorKind::Internal.code() as i32);
        // SAFETY: the call has put an error there.
        let given = unsafe { vodkit_error::take(error) }.unwrap();
        assert!(given.full_message().ends_with(": at 7"), "{}", given.full_message());
    }

    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Grown {
        struct_size: usize,
        old: usize,
        new: usize,
    }

    // SAFETY: so it is.
    unsafe impl Growing for Grown {
        const MIN_SIZE: usize = 2 * size_of::<usize>();
    }

    #[test]
    fn a_struct_of_an_older_or_newer_header_is_filled_and_read_as_far_as_both_know_it() {
        let value = Grown { struct_size: 0, old: 1, new: 2 };
        for (size, expected) in [
            (Grown::MIN_SIZE, Grown { struct_size: Grown::MIN_SIZE, old: 1, new: 9 }),
            (size_of::<Grown>() + 8, Grown { struct_size: size_of::<Grown>(), old: 1, new: 2 }),
        ] {
            let mut place = Grown { struct_size: size, old: 9, new: 9 };
            // SAFETY: of the bytes said no more are touched than there are.
            unsafe { fill(&mut place, "it", &value) }.unwrap();
            assert_eq!(place, expected);
            let place = Grown { struct_size: size, old: 7, new: 7 };
            // SAFETY: as above.
            let read = unsafe { read(&place, "it", value) }.unwrap();
            assert_eq!((read.old, read.new), (7, if size > Grown::MIN_SIZE { 7 } else { 2 }));
        }
        let mut unset = Grown { struct_size: 0, old: 9, new: 9 };
        // SAFETY: as above.
        let refused = unsafe { fill(&mut unset, "it", &value) }.unwrap_err();
        assert!(refused.to_string().contains("struct_size of it is 0"), "{refused}");
    }
}
