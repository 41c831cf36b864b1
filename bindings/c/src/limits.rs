//! Limits

use std::time::Duration;

use super::call::{call, free, into_handle, invalid, object_mut};
use super::error::vodkit_error;
use vodkit::{Limits, Result};

/// Bounds on what a source may ask of the engine. Functions that take limits take NULL for the defaults. Any
/// number may be set; 0 lets nothing through, and a very large one everything. Beyond one a function fails with
/// VODKIT_LIMIT_EXCEEDED.
pub struct vodkit_limits(pub(crate) Limits);

/// The default limits, for changing. The caller owns them.
#[unsafe(no_mangle)]
pub extern "C" fn vodkit_limits_new() -> *mut vodkit_limits {
    into_handle(vodkit_limits(Limits::default()))
}

/// Frees limits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_limits_free(limits: *mut vodkit_limits) {
    // SAFETY: the header's contract.
    unsafe { free(limits) }
}

/// # Safety
/// As the setters below.
unsafe fn set(
    limits: *mut vodkit_limits,
    error: *mut *mut vodkit_error,
    change: impl FnOnce(&mut Limits) -> Result<()>,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { call(error, || change(&mut object_mut(limits, "limits")?.0)) }
}

/// The largest source, in bytes. Default: 256 GiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_limits_set_source_bytes(
    limits: *mut vodkit_limits,
    bytes: u64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(limits, error, |limits| {
            limits.source_bytes = bytes;
            Ok(())
        })
    }
}

/// The longest playing time, in seconds. Default: 24 hours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_limits_set_duration(
    limits: *mut vodkit_limits,
    seconds: f64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(limits, error, |limits| {
            limits.duration = duration(seconds)?;
            Ok(())
        })
    }
}

/// The most pixels of one coded picture, width times height. Default: 8192 times 8192.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_limits_set_pixels(
    limits: *mut vodkit_limits,
    pixels: u64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(limits, error, |limits| {
            limits.pixels = pixels;
            Ok(())
        })
    }
}

/// The most tracks of all types. Default: 64.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_limits_set_tracks(
    limits: *mut vodkit_limits,
    tracks: u32,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(limits, error, |limits| {
            limits.tracks = tracks;
            Ok(())
        })
    }
}

/// The most packets of all tracks. Default: 40 million.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_limits_set_packets(
    limits: *mut vodkit_limits,
    packets: u64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(limits, error, |limits| {
            limits.packets = packets;
            Ok(())
        })
    }
}

/// The time, in seconds, that probing, and that planning, may take. Default: 600.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_limits_set_wall_time(
    limits: *mut vodkit_limits,
    seconds: f64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(limits, error, |limits| {
            limits.wall_time = duration(seconds)?;
            Ok(())
        })
    }
}

/// A time span from C.
pub(crate) fn duration(seconds: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|_| invalid(format!("{seconds} seconds is no time span")))
}

/// The limits behind a handle, or the defaults for NULL.
///
/// # Safety
/// `limits` is null or a live handle.
pub(crate) unsafe fn or_default(limits: *const vodkit_limits) -> Limits {
    // SAFETY: by this function's contract.
    unsafe { limits.as_ref() }.map_or_else(Limits::default, |limits| limits.0.clone())
}
