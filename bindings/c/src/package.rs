//! Packages

use std::ffi::{c_char, c_void};
use std::io::{self, Write};

use vodkit::{ErrorKind, Package, Result};

use crate::bytes;
use crate::call::{call, free, into_handle, invalid, make, object, object_mut, path_of, put, text};
use crate::callback::{User, called, io_error, vodkit_finalize_fn};
use crate::error::vodkit_error;
use crate::plan::{inner, vodkit_plan};
use crate::sink::{shared, vodkit_sink};

/// A package in a sink, finished or not, as a job left it. The sink must be readable.
pub struct vodkit_package(Package);

/// Writes `size` bytes that follow those of the calls before. Returns 0, or anything else on failure; it may then store
/// an error of vodkit_error_new through `error`.
///
/// Called on the thread that called the library. Must not unwind.
pub type vodkit_write_fn =
    Option<unsafe extern "C" fn(data: *const u8, size: usize, error: *mut *mut vodkit_error, user: *mut c_void) -> i32>;

/// Opens the package in a sink, whatever version of the library made it.
///
/// The caller owns `*package`. Fails with VODKIT_ERROR_NOT_FOUND if the sink has none, and VODKIT_ERROR_SINK_WRITE if it
/// cannot be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_open(
    sink: *const vodkit_sink,
    package: *mut *mut vodkit_package,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { make(package, "package", error, || Ok(into_handle(vodkit_package(Package::open(shared(sink)?)?)))) }
}

/// Returns the package's plan.
///
/// The caller owns `*plan`. Fails with VODKIT_ERROR_INVALID_PLAN if the package has another schema version. It can still
/// be played and removed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_plan(
    package: *const vodkit_package,
    plan: *mut *mut vodkit_plan,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { make(plan, "plan", error, || Ok(into_handle(vodkit_plan::new(object(package, "package")?.0.plan()?)))) }
}

/// Returns the paths of the files that the package has when it is finished, as a JSON array of strings: manifests before
/// what they name, the plan last. "thumbnail.jpg" and "damage.json" are among them whether or not there is one.
///
/// The caller owns `*json` and frees it with vodkit_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_keys_to_json(
    package: *const vodkit_package,
    json: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { make(json, "json", error, || bytes::json(&object(package, "package")?.0.keys(), "the keys")) }
}

/// Sets `*finished` to whether all of the package is there. Fails with VODKIT_ERROR_SINK_WRITE if the sink cannot be
/// read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_is_finished(
    package: *const vodkit_package,
    finished: *mut bool,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            put(finished, "finished", false)?;
            put(finished, "finished", object(package, "package")?.0.is_finished()?)
        })
    }
}

/// Changes a finished package to a plan that differs from its own in captions only. It needs no source, playback
/// continues, and every file that players read is whole at every moment.
///
/// Fails with VODKIT_ERROR_NOT_FOUND if the package is not finished, VODKIT_ERROR_OUTPUT_CONFLICT if the plans differ in
/// more than captions, or if the package was replaced, updated or removed by others since it was opened,
/// VODKIT_ERROR_SINK_WRITE and VODKIT_ERROR_NO_SPACE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_update(
    package: *mut vodkit_package,
    plan: *const vodkit_plan,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { call(error, || object_mut(package, "package")?.0.update(inner(plan)?)) }
}

/// Writes a finished package as one MP4 with its index first into the file `path`, which appears whole or not at all and
/// replaces what was there. The MP4 has the video rendition `rendition_id`, the largest if NULL, and the default audio;
/// nothing is encoded. `*size`, unless `size` is NULL, is set to the number of bytes.
///
/// Fails with VODKIT_ERROR_OUT_OF_RANGE if `rendition_id` is no video rendition, VODKIT_ERROR_NOT_FOUND if a segment is
/// missing, VODKIT_ERROR_CORRUPT if one is damaged, VODKIT_ERROR_OUTPUT_CONFLICT if the package was replaced, updated or
/// removed by others since it was opened, and VODKIT_ERROR_SINK_WRITE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_save_mp4(
    package: *const vodkit_package,
    rendition_id: *const c_char,
    path: *const c_char,
    size: *mut u64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let package = &object(package, "package")?.0;
            give(size, package.save_mp4(chosen(rendition_id)?, path_of(path)?)?);
            Ok(())
        })
    }
}

/// As vodkit_package_save_mp4, but passes the bytes to `write` in order. If it fails, part of them may have been
/// written.
///
/// The library owns `user` during this call, even if it fails: `finalize`, which may be NULL, is called before it
/// returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_write_mp4(
    package: *const vodkit_package,
    rendition_id: *const c_char,
    write: vodkit_write_fn,
    finalize: vodkit_finalize_fn,
    user: *mut c_void,
    size: *mut u64,
    error: *mut *mut vodkit_error,
) -> i32 {
    let user = User::new(user, finalize);
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let package = &object(package, "package")?.0;
            let write = write.ok_or_else(|| invalid("write is NULL"))?;
            give(size, package.write_mp4(chosen(rendition_id)?, &mut HostWriter { write, user: &user })?);
            Ok(())
        })
    }
}

/// Removes the package from its sink, its manifests first and its plan last. Other files stay. The handle must still be
/// freed.
///
/// Fails with VODKIT_ERROR_SINK_WRITE if a file cannot be removed; the call can then be repeated. Fails with
/// VODKIT_ERROR_OUTPUT_CONFLICT if the package was replaced, updated or removed since it was opened.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_remove(package: *mut vodkit_package, error: *mut *mut vodkit_error) -> i32 {
    // SAFETY: the header's contract.
    unsafe { call(error, || object_mut(package, "package")?.0.clone().remove()) }
}

/// Frees a package handle. The package itself stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_free(package: *mut vodkit_package) {
    // SAFETY: the header's contract.
    unsafe { free(package) }
}

/// # Safety
/// `rendition_id` is null or ends with a zero byte.
unsafe fn chosen<'a>(rendition_id: *const c_char) -> Result<Option<&'a str>> {
    // SAFETY: by this function's contract.
    (!rendition_id.is_null()).then(|| unsafe { text(rendition_id, "rendition_id") }).transpose()
}

/// # Safety
/// `size` is null or may be written to.
unsafe fn give(size: *mut u64, written: u64) {
    if !size.is_null() {
        // SAFETY: by this function's contract.
        unsafe { size.write(written) };
    }
}

struct HostWriter<'a> {
    write: unsafe extern "C" fn(*const u8, usize, *mut *mut vodkit_error, *mut c_void) -> i32,
    user: &'a User,
}

impl Write for HostWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        called(ErrorKind::SinkWrite, "write", |error| {
            // SAFETY: the host gave this function for being called so.
            unsafe { (self.write)(bytes.as_ptr(), bytes.len(), error, self.user.data()) }.into()
        })
        .map_err(io_error)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
