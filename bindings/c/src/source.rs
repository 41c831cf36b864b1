//! Sources

use std::ffi::{c_char, c_void};
use std::io;

use vodkit::{Error, ErrorKind, Limits, ReadAt, Result, Source};

use crate::bytes::copied;
use crate::call::{call, free, get, into_handle, invalid, object, object_mut, path_of, result, text};
use crate::callback::{User, called, vodkit_finalize_fn};
use crate::cancel_token::vodkit_cancel_token;
use crate::error::vodkit_error;
use crate::limits::vodkit_limits;

/// Where a video comes from. Whatever uses a source keeps its own reference, so it may be freed at any time.
pub struct vodkit_source(pub(crate) Source);

/// Reads up to `size` bytes at `offset` into `buffer`. Returns the number of bytes read, 0 at or past the end, or a
/// negative number on failure. It may then store an error of vodkit_error_new through `error`, which the call that
/// needed the bytes fails with; otherwise that is VODKIT_ERROR_SOURCE_READ.
///
/// Called from several threads at once. Must not unwind.
pub type vodkit_source_read_fn = Option<
    unsafe extern "C" fn(
        offset: u64,
        buffer: *mut u8,
        size: usize,
        error: *mut *mut vodkit_error,
        user: *mut c_void,
    ) -> i64,
>;

/// Opens a file.
///
/// The caller owns `*source`. Fails with VODKIT_ERROR_NOT_FOUND, or with VODKIT_ERROR_SOURCE_READ if `path` may not be
/// read or is a directory or device.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_source_open(
    path: *const c_char,
    source: *mut *mut vodkit_source,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(source, "source")?;
            *place = into_handle(vodkit_source(Source::file(path_of(path)?)?));
            Ok(())
        })
    }
}

/// Creates a source from `size` bytes in memory, which are copied.
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
            let place = result(source, "source")?;
            *place = into_handle(vodkit_source(Source::bytes(copied(data, size)?)));
            Ok(())
        })
    }
}

/// Creates a source of `length` bytes that `read` fetches, from whatever storage the host has. `name` is what messages
/// call it. The content must not change while the source is in use.
///
/// The caller owns `*source`. The library owns `user` from this call on, even if it fails: `finalize`, which may be
/// NULL, is called once neither the source nor any work on it is left.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_source_from_callback(
    length: u64,
    read: vodkit_source_read_fn,
    name: *const c_char,
    finalize: vodkit_finalize_fn,
    user: *mut c_void,
    source: *mut *mut vodkit_source,
    error: *mut *mut vodkit_error,
) -> i32 {
    let user = User::new(user, finalize);
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(source, "source")?;
            let read = read.ok_or_else(|| invalid("read is NULL"))?;
            let name = text(name, "name")?.to_owned();
            *place = into_handle(vodkit_source(Source::new(CallbackReader { length, read, name, user })));
            Ok(())
        })
    }
}

/// Sets the limits for all work on the source that starts after this call: probing, planning, segments, thumbnails
/// and jobs. `limits` is copied; NULL restores the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_source_set_limits(
    source: *mut vodkit_source,
    limits: *const vodkit_limits,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let source = object_mut(source, "source")?;
            let limits = limits.as_ref().map_or_else(Limits::default, |limits| limits.0.clone());
            source.0 = source.0.clone().with_limits(limits);
            Ok(())
        })
    }
}

/// Length in bytes; 0 for NULL.
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

struct CallbackReader {
    length: u64,
    read: unsafe extern "C" fn(u64, *mut u8, usize, *mut *mut vodkit_error, *mut c_void) -> i64,
    name: String,
    user: User,
}

impl ReadAt for CallbackReader {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        let outcome = called(ErrorKind::SourceRead, "read", |error| {
            // SAFETY: the host gave this function for being called so; the buffer is as long as said.
            count = unsafe { (self.read)(offset, buffer.as_mut_ptr(), buffer.len(), error, self.user.data()) };
            count.min(0)
        });
        outcome.map_err(io::Error::other)?;
        match usize::try_from(count) {
            Ok(count) if count <= buffer.len() => Ok(count),
            _ => {
                let message = format!("the read callback says {count} bytes of {}", buffer.len());
                Err(io::Error::other(Error::new(ErrorKind::SourceRead, message)))
            }
        }
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// The source behind a handle, for work that a token may cancel.
///
/// # Safety
/// `source` and `cancel` are null or live handles.
pub(crate) unsafe fn cancellable(source: *const vodkit_source, cancel: *const vodkit_cancel_token) -> Result<Source> {
    // SAFETY: by this function's contract.
    let (source, cancel) = unsafe { (object(source, "source")?.0.clone(), cancel.as_ref()) };
    Ok(match cancel {
        Some(token) => source.with_cancel(&token.0),
        None => source,
    })
}
