//! Sources

use std::ffi::{c_char, c_void};
use std::io;

use super::call::{call, free, get, into_handle, invalid, object, path_of, result, text, values};
use super::cancel::{self, vodkit_cancel_token};
use super::error::vodkit_error;
use super::limits::{self, vodkit_limits};
use super::user::{User, vodkit_finalizer_fn};
use vodkit::{Error, ErrorKind, ReadAt, Result, Source};

/// Where a video comes from. Any number of threads may use one source at once. What uses it keeps what it
/// needs: it may be freed at any time.
pub struct vodkit_source(pub(crate) Source);

/// Reads up to `size` bytes at `offset` into `buffer`. Returns how many were read, 0 at or behind the end, or
/// a negative number where reading failed.
///
/// It is called from several threads at once. It must not unwind, with a C++ exception say.
pub type vodkit_read_fn =
    Option<unsafe extern "C" fn(offset: u64, buffer: *mut u8, size: usize, user: *mut c_void) -> i64>;

/// A source in a file.
///
/// The caller owns `*source`. Fails with VODKIT_NOT_FOUND, or with VODKIT_SOURCE_READ where `path` may not be
/// read or is a folder or device.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_source_open(
    path: *const c_char,
    source: *mut *mut vodkit_source,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let source = result(source, "source")?;
            *source = into_handle(vodkit_source(Source::file(path_of(path)?)?));
            Ok(())
        })
    }
}

/// A source of `size` bytes in memory, which are copied.
///
/// The caller owns `*source`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_source_from_bytes(
    data: *const u8,
    size: usize,
    source: *mut *mut vodkit_source,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let source = result(source, "source")?;
            let data = values(data, size, "data")?;
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(size).map_err(|cause| {
                let message = format!("no memory for a copy of the source's {size} bytes");
                Error::new(ErrorKind::Internal, message).with_cause(cause)
            })?;
            bytes.extend_from_slice(data);
            *source = into_handle(vodkit_source(Source::bytes(bytes)));
            Ok(())
        })
    }
}

/// A source of `length` bytes that `read` gets, wherever they are. `name` is what messages call it.
///
/// The caller owns `*source`. The library owns `user` from this call on, also where it fails: `finalizer`,
/// which may be NULL, is called once, when neither the source nor any work on it is left.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_source_from_callback(
    length: u64,
    read: vodkit_read_fn,
    name: *const c_char,
    finalizer: vodkit_finalizer_fn,
    user: *mut c_void,
    source: *mut *mut vodkit_source,
    error: *mut *mut vodkit_error,
) -> i32 {
    let user = User::new(user, finalizer);
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let source = result(source, "source")?;
            let read = read.ok_or_else(|| invalid("read is NULL"))?;
            let name = text(name, "name")?.to_owned();
            *source = into_handle(vodkit_source(Source::new(CallbackSource { length, read, name, user })));
            Ok(())
        })
    }
}

/// The same source with limits and a cancellation token of its own: all work on it keeps to these limits, and ends with
/// VODKIT_CANCELLED, within 0.2 seconds, once the token is cancelled. Nothing is read again.
///
/// The caller owns `*derived`. `limits` may be NULL for the defaults, `cancel` for none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_source_derive(
    source: *const vodkit_source,
    limits: *const vodkit_limits,
    cancel: *const vodkit_cancel_token,
    derived: *mut *mut vodkit_source,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(derived, "derived")?;
            let source = shared(source)?.clone().with_limits(limits::or_default(limits));
            *place = into_handle(vodkit_source(source.with_cancel(&cancel::shared(cancel)?)));
            Ok(())
        })
    }
}

/// The source's length in bytes; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_source_length(source: *const vodkit_source) -> u64 {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(source, "source") }.ok()?.0.len()))
}

/// Frees a source.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_source_free(source: *mut vodkit_source) {
    // SAFETY: the header's contract.
    unsafe { free(source) }
}

struct CallbackSource {
    length: u64,
    read: unsafe extern "C" fn(u64, *mut u8, usize, *mut c_void) -> i64,
    name: String,
    user: User,
}

impl ReadAt for CallbackSource {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // SAFETY: the host gave this function for being called so; the buffer is as long as said.
        let count = unsafe { (self.read)(offset, buffer.as_mut_ptr(), buffer.len(), self.user.data()) };
        match usize::try_from(count) {
            Ok(count) if count <= buffer.len() => Ok(count),
            Ok(count) => Err(io::Error::other(format!("the read callback says {count} bytes of {}", buffer.len()))),
            Err(_) => Err(io::Error::other(format!("the read callback failed with {count}"))),
        }
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// The source behind a handle.
///
/// # Safety
/// `source` is null or a live handle.
pub(crate) unsafe fn shared<'a>(source: *const vodkit_source) -> Result<&'a Source> {
    // SAFETY: by this function's contract.
    unsafe { object(source, "source") }.map(|source| &source.0)
}

/// The source behind a handle, with limits where they are given.
///
/// # Safety
/// `source` and `limits` are null or live handles.
pub(crate) unsafe fn with_limits(source: *const vodkit_source, limits: *const vodkit_limits) -> Result<Source> {
    // SAFETY: by this function's contract.
    let (source, limits) = unsafe { (shared(source)?.clone(), limits.as_ref()) };
    Ok(match limits {
        Some(limits) => source.with_limits(limits.0.clone()),
        None => source,
    })
}
