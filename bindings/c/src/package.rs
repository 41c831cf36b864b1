//! Packages

use std::ffi::c_char;

use super::bytes;
use super::call::{call, free, into_handle, object, object_mut, path_of, put, result, text};
use super::error::vodkit_error;
use super::plan::{inner, vodkit_plan};
use super::sink::{shared, vodkit_sink};
use vodkit::Package;

/// A package in a sink, finished or not: what a job makes.
pub struct vodkit_package(Package);

/// The package that a sink has, whatever version of vodkit made it. A sink of callbacks has to have `get`.
///
/// The caller owns `*package`. Fails with VODKIT_NOT_FOUND where the sink has none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_open(
    sink: *const vodkit_sink,
    package: *mut *mut vodkit_package,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(package, "package")?;
            *place = into_handle(vodkit_package(Package::open(shared(sink)?.clone())?));
            Ok(())
        })
    }
}

/// Its plan.
///
/// The caller owns `*plan`. Fails with VODKIT_INVALID_PLAN where the package is of another schema version: it can be
/// played and removed all the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_plan(
    package: *const vodkit_package,
    plan: *mut *mut vodkit_plan,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(plan, "plan")?;
            *place = into_handle(vodkit_plan::new(object(package, "package")?.0.plan()?));
            Ok(())
        })
    }
}

/// The paths of the files that it has when it is finished, as a JSON array of strings: the manifests before what they
/// name, the plan last. Its thumbnail is among them, whether or not there is one.
///
/// The caller owns `*json` and frees it with vodkit_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_keys_to_json(
    package: *const vodkit_package,
    json: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(json, "json")?;
            *place = bytes::json(&object(package, "package")?.0.keys(), "the keys")?;
            Ok(())
        })
    }
}

/// Whether all of it is there: its multivariant playlist is written last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_is_finished(
    package: *const vodkit_package,
    finished: *mut bool,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { call(error, || put(finished, "finished", object(package, "package")?.0.is_finished()?)) }
}

/// Brings a finished package to another plan that makes the same segments: to other captions. The source is not
/// needed, players go on, and each file that they read is whole at each moment.
///
/// Fails with VODKIT_NOT_FOUND where the package is not finished (a job of the plan finishes it),
/// VODKIT_OUTPUT_CONFLICT where its plan differs in more than captions, VODKIT_SINK_WRITE and VODKIT_NO_SPACE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_update(
    package: *mut vodkit_package,
    plan: *const vodkit_plan,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { call(error, || object_mut(package, "package")?.0.update(inner(plan)?)) }
}

/// Writes one video rendition, the largest where `video` is NULL, and the default audio as a progressive MP4 with its
/// index first into the file `path`, which appears whole or not at all in place of what was there. Nothing is encoded.
/// `size`, unless NULL, takes its bytes.
///
/// Fails with VODKIT_OUT_OF_RANGE where `video` is no video rendition, VODKIT_NOT_FOUND where a segment is missing,
/// VODKIT_CORRUPT where one is not as it was made, and VODKIT_SINK_WRITE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_save_mp4(
    package: *const vodkit_package,
    video: *const c_char,
    path: *const c_char,
    size: *mut u64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let package = object(package, "package")?;
            let video = if video.is_null() { None } else { Some(text(video, "video")?) };
            let written = package.0.save_mp4(video, path_of(path)?)?;
            if !size.is_null() {
                size.write(written);
            }
            Ok(())
        })
    }
}

/// Removes the package, its manifests first and its plan last, so that no manifest names a file which is gone, and what
/// was interrupted can be done again. Other files in the sink stay. The handle is to be freed all the same.
///
/// Fails with VODKIT_SINK_WRITE where a file cannot be removed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_remove(package: *const vodkit_package, error: *mut *mut vodkit_error) -> i32 {
    // SAFETY: the header's contract.
    unsafe { call(error, || object(package, "package")?.0.clone().remove()) }
}

/// Frees the handle; the package stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_package_free(package: *mut vodkit_package) {
    // SAFETY: the header's contract.
    unsafe { free(package) }
}
