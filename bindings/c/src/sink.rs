//! Sinks

use std::ffi::{CString, c_char, c_void};
use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::call::{c_string, call, free, into_handle, invalid, object, path_of, result};
use super::error::vodkit_error;
use super::user::{User, vodkit_finalizer_fn};
use vodkit::{CallbackSink, DirSink, Result, SharedSink};

/// Where a package goes. A job keeps what it needs: a sink may be freed at any time.
pub struct vodkit_sink(SharedSink);

/// Takes one whole file of a package. `key` is its place, such as "720p/00003.m4s"; key and data live until
/// the function returns. Returns 0, or anything else where the file could not be stored, which ends the job.
///
/// It is called from several threads at once: first with plan.json, then with each track's init.mp4, then
/// with the media segments as they are done, and when all are with each track's playlist.m3u8, manifest.mpd
/// and master.m3u8; each key comes once. It must not unwind, with a C++ exception say.
pub type vodkit_put_fn =
    Option<unsafe extern "C" fn(key: *const c_char, data: *const u8, size: usize, user: *mut c_void) -> i32>;

/// A folder. It is made with the first file; each file appears whole or not at all. A job on a folder goes on
/// where an earlier one of the same plan stopped; of jobs of other plans that begin there at the same moment
/// one alone goes on, and the others fail with VODKIT_OUTPUT_CONFLICT.
///
/// The caller owns `*sink`. Fails with VODKIT_INVALID_ARGUMENT where `path` is empty, and with
/// VODKIT_SINK_WRITE where it is there and is no folder; whether it can be written to is found out by the
/// job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_sink_open_dir(
    path: *const c_char,
    sink: *mut *mut vodkit_sink,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(sink, "sink")?;
            *place = into_handle(vodkit_sink(Arc::new(DirSink::open(path_of(path)?)?)));
            Ok(())
        })
    }
}

/// A function that is given each file. A job on it starts from the beginning.
///
/// The caller owns `*sink`. The library owns `user` from this call on, also where it fails: `finalizer`,
/// which may be NULL, is called once, when neither the sink nor a job on it is left.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_sink_from_callback(
    put: vodkit_put_fn,
    finalizer: vodkit_finalizer_fn,
    user: *mut c_void,
    sink: *mut *mut vodkit_sink,
    error: *mut *mut vodkit_error,
) -> i32 {
    let user = User::new(user, finalizer);
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(sink, "sink")?;
            let put = put.ok_or_else(|| invalid("put is NULL"))?;
            let sink = CallbackSink::new(move |key: &str, bytes: Bytes| {
                let key: CString = c_string(key);
                // SAFETY: the host gave this function for being called so.
                match put(key.as_ptr(), bytes.as_ptr(), bytes.len(), user.data()) {
                    0 => Ok(()),
                    code => Err(io::Error::other(format!("the put callback failed with {code}"))),
                }
            });
            *place = into_handle(vodkit_sink(Arc::new(sink)));
            Ok(())
        })
    }
}

/// Frees a sink.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_sink_free(sink: *mut vodkit_sink) {
    // SAFETY: the header's contract.
    unsafe { free(sink) }
}

/// The sink behind a handle.
///
/// # Safety
/// `sink` is null or a live handle.
pub(crate) unsafe fn shared<'a>(sink: *const vodkit_sink) -> Result<&'a SharedSink> {
    // SAFETY: by this function's contract.
    unsafe { object(sink, "sink") }.map(|sink| &sink.0)
}
