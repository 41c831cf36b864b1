//! Sinks

use std::ffi::{c_char, c_void};
use std::io;
use std::ptr::null_mut;
use std::sync::Arc;

use bytes::Bytes;
use vodkit::{DirSink, Error, ErrorKind, MemorySink, Result, SharedSink, Sink};

use crate::bytes::vodkit_bytes;
use crate::call::{Growing, c_string, free, into_handle, invalid, make, object, path_of, read, text};
use crate::callback::{User, called, io_error, vodkit_finalize_fn};
use crate::error::vodkit_error;

/// Where a package goes. Whatever uses a sink keeps its own reference, so it may be freed at any time.
pub struct vodkit_sink(SharedSink);

/// Stores `bytes` under `key`, replacing what was there. `key` is a relative path such as "720p/00003.m4s", never with
/// "." or ".." in it. Readers of the key must see either what was there before or all of the bytes. `key` and `bytes`
/// are valid during the call; vodkit_bytes_share keeps the bytes.
pub type vodkit_sink_put_fn = Option<
    unsafe extern "C" fn(
        key: *const c_char,
        bytes: *const vodkit_bytes,
        error: *mut *mut vodkit_error,
        user: *mut c_void,
    ) -> i32,
>;

/// Stores `bytes` under `key` only if nothing is there, and sets `*stored` to whether it did. It must be atomic: of jobs
/// that start at the same moment in the same place only one may be told true.
pub type vodkit_sink_put_new_fn = Option<
    unsafe extern "C" fn(
        key: *const c_char,
        bytes: *const vodkit_bytes,
        stored: *mut bool,
        error: *mut *mut vodkit_error,
        user: *mut c_void,
    ) -> i32,
>;

/// Sets `*bytes` to what is under `key`, or leaves it NULL if nothing is. The handle, from vodkit_bytes_new or
/// vodkit_bytes_share, passes to the library.
pub type vodkit_sink_get_fn = Option<
    unsafe extern "C" fn(
        key: *const c_char,
        bytes: *mut *mut vodkit_bytes,
        error: *mut *mut vodkit_error,
        user: *mut c_void,
    ) -> i32,
>;

/// Sets `*found` to whether something is under `key`, and `*size` to its size in bytes. Both start as false and 0.
pub type vodkit_sink_size_fn = Option<
    unsafe extern "C" fn(
        key: *const c_char,
        found: *mut bool,
        size: *mut u64,
        error: *mut *mut vodkit_error,
        user: *mut c_void,
    ) -> i32,
>;

/// Removes what is under `key`. Nothing there is no failure.
pub type vodkit_sink_remove_fn =
    Option<unsafe extern "C" fn(key: *const c_char, error: *mut *mut vodkit_error, user: *mut c_void) -> i32>;

/// The functions of a sink of the host's own. Each returns 0, or anything else on failure; it may then store an error
/// of vodkit_error_new through `error`, whose message becomes the cause of VODKIT_ERROR_SINK_WRITE. The status
/// VODKIT_ERROR_NO_SPACE is kept.
///
/// They are called from several threads at once, and must not unwind. For a job they are called first with plan.json,
/// then with each rendition's init.mp4, then with media segments as they are done, and at the end with the manifests,
/// master.m3u8 last.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct vodkit_sink_callbacks {
    /// sizeof(vodkit_sink_callbacks).
    pub struct_size: usize,
    /// Required.
    pub put: vodkit_sink_put_fn,
    /// NULL if the sink cannot be read: a job on it then always starts from the beginning, and can be neither played
    /// from nor updated.
    pub get: vodkit_sink_get_fn,
    /// NULL for the size of what `get` returns.
    pub size: vodkit_sink_size_fn,
    /// NULL if nothing can be removed, which then is no failure.
    pub remove: vodkit_sink_remove_fn,
    /// NULL for `get` and then `put`, which is not atomic.
    pub put_new: vodkit_sink_put_new_fn,
}

// SAFETY: it is repr(C), begins with its size, and is made of function pointers, of which any may be NULL.
unsafe impl Growing for vodkit_sink_callbacks {
    const MIN_SIZE: usize = size_of::<Self>();
}

/// Opens a folder of the local file system, which is created with the first file. Every file appears whole or not at
/// all. A job resumes what an earlier job of the same plan left there; of jobs of other plans that start in the same
/// folder at the same moment, all but one fail with VODKIT_ERROR_OUTPUT_CONFLICT.
///
/// The caller owns `*sink`. Fails with VODKIT_ERROR_INVALID_ARGUMENT if `path` is empty and with
/// VODKIT_ERROR_SINK_WRITE if it exists and is not a folder; whether it is writable shows only in the job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_sink_open_dir(
    path: *const c_char,
    sink: *mut *mut vodkit_sink,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { make(sink, "sink", error, || Ok(into_handle(vodkit_sink(Arc::new(DirSink::open(path_of(path)?)?))))) }
}

/// Opens a sink in memory, which holds its files until it is freed and nothing that uses it is left. The caller owns
/// `*sink`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_sink_open_memory(sink: *mut *mut vodkit_sink, error: *mut *mut vodkit_error) -> i32 {
    // SAFETY: the header's contract.
    unsafe { make(sink, "sink", error, || Ok(into_handle(vodkit_sink(Arc::new(MemorySink::new()))))) }
}

/// Sets `*bytes` to the file under `key` of any sink that can be read. The caller owns `*bytes`.
///
/// Fails with VODKIT_ERROR_NOT_FOUND if there is none, and VODKIT_ERROR_SINK_WRITE if it cannot be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_sink_get(
    sink: *const vodkit_sink,
    key: *const c_char,
    bytes: *mut *mut vodkit_bytes,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { make(bytes, "bytes", error, || get(&*shared(sink)?, text(key, "key")?)) }
}

fn get(sink: &dyn Sink, key: &str) -> Result<*mut vodkit_bytes> {
    let unreadable =
        |cause| Error::new(ErrorKind::SinkWrite, format!("cannot read {key} in {}", sink.name())).with_cause(cause);
    let missing = || Error::new(ErrorKind::NotFound, format!("{} has no {key}", sink.name()));
    Ok(into_handle(vodkit_bytes(sink.get(key).map_err(unreadable)?.ok_or_else(missing)?)))
}

/// Creates a sink from the host's own functions. `callbacks` is copied. `name` is what messages call the sink.
///
/// The caller owns `*sink`. The library owns `user` from this call on, even if it fails: `finalize`, which may be NULL,
/// is called once neither the sink nor anything that uses it is left.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_sink_from_callbacks(
    callbacks: *const vodkit_sink_callbacks,
    name: *const c_char,
    finalize: vodkit_finalize_fn,
    user: *mut c_void,
    sink: *mut *mut vodkit_sink,
    error: *mut *mut vodkit_error,
) -> i32 {
    let user = User::new(user, finalize);
    // SAFETY: the header's contract.
    unsafe {
        make(sink, "sink", error, || {
            let (put, get, size, remove, put_new) = (None, None, None, None, None);
            let none = vodkit_sink_callbacks { struct_size: 0, put, get, size, remove, put_new };
            let callbacks = read(callbacks, "callbacks", none)?;
            let put = callbacks.put.ok_or_else(|| invalid("put is NULL"))?;
            let name = text(name, "name")?.to_owned();
            Ok(into_handle(vodkit_sink(Arc::new(HostSink { put, callbacks, name, user }))))
        })
    }
}

/// Frees a sink.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_sink_free(sink: *mut vodkit_sink) {
    // SAFETY: the header's contract.
    unsafe { free(sink) }
}

type PutFn = unsafe extern "C" fn(*const c_char, *const vodkit_bytes, *mut *mut vodkit_error, *mut c_void) -> i32;

struct HostSink {
    put: PutFn,
    callbacks: vodkit_sink_callbacks,
    name: String,
    user: User,
}

impl HostSink {
    /// Calls one of the functions, which gets the key, a place for an error and the user data.
    fn called(
        &self,
        name: &str,
        key: &str,
        callback: impl FnOnce(*const c_char, *mut *mut vodkit_error, *mut c_void) -> i32,
    ) -> io::Result<()> {
        let key = c_string(key);
        let outcome =
            called(ErrorKind::SinkWrite, name, |error| callback(key.as_ptr(), error, self.user.data()).into());
        outcome.map_err(io_error)
    }
}

impl Sink for HostSink {
    fn put(&self, key: &str, bytes: Bytes) -> io::Result<()> {
        let bytes = vodkit_bytes(bytes);
        // SAFETY: the host gave this function for being called so.
        self.called("put", key, |key, error, user| unsafe { (self.put)(key, &bytes, error, user) })
    }

    fn put_new(&self, key: &str, bytes: Bytes) -> io::Result<bool> {
        let Some(put_new) = self.callbacks.put_new else {
            let free = self.get(key)?.is_none();
            if free {
                self.put(key, bytes)?;
            }
            return Ok(free);
        };
        let (bytes, mut stored) = (vodkit_bytes(bytes), false);
        // SAFETY: the host gave this function for being called so.
        self.called("put_new", key, |key, error, user| unsafe { put_new(key, &bytes, &mut stored, error, user) })?;
        Ok(stored)
    }

    fn get(&self, key: &str) -> io::Result<Option<Bytes>> {
        let Some(get) = self.callbacks.get else { return Ok(None) };
        let mut found = null_mut();
        // SAFETY: the host gave this function for being called so.
        let outcome = self.called("get", key, |key, error, user| unsafe { get(key, &mut found, error, user) });
        // SAFETY: by the header's contract it is null, or a handle that is ours now.
        let found = (!found.is_null()).then(|| unsafe { Box::from_raw(found) }.0);
        outcome.map(|()| found)
    }

    fn size(&self, key: &str) -> io::Result<Option<u64>> {
        let Some(size_of) = self.callbacks.size else {
            return Ok(self.get(key)?.map(|bytes| bytes.len() as u64));
        };
        let (mut found, mut size) = (false, 0);
        // SAFETY: the host gave this function for being called so.
        self.called("size", key, |key, error, user| unsafe { size_of(key, &mut found, &mut size, error, user) })?;
        Ok(found.then_some(size))
    }

    fn remove(&self, key: &str) -> io::Result<()> {
        let Some(remove) = self.callbacks.remove else { return Ok(()) };
        // SAFETY: the host gave this function for being called so.
        self.called("remove", key, |key, error, user| unsafe { remove(key, error, user) })
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// The sink behind a handle.
///
/// # Safety
/// `sink` is null or a live handle.
pub(crate) unsafe fn shared(sink: *const vodkit_sink) -> Result<SharedSink> {
    // SAFETY: by this function's contract.
    unsafe { object(sink, "sink") }.map(|sink| sink.0.clone())
}
