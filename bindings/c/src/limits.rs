//! Limits

use std::time::Duration;

use vodkit::{Limits, Result};

use crate::call::{call, free, into_handle, invalid, object_mut};
use crate::error::vodkit_error;

/// Bounds on what a source may demand of the engine, as sources often come from strangers. Work on a source that
/// exceeds one fails with VODKIT_ERROR_LIMIT_EXCEEDED. Any value may be set: 0 lets nothing through.
pub struct vodkit_limits(pub(crate) Limits);

/// Creates limits with the default values. The caller owns them.
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

/// Sets the maximum size of the source in bytes. Default: 256 GiB.
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

/// Sets the maximum playing time in seconds. Default: 86,400 (24 hours).
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

/// Sets the maximum number of pixels in a coded picture, width times height. Default: 8192 x 8192.
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

/// Sets the maximum number of tracks of all types. Default: 64.
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

/// Sets the maximum number of packets in all tracks. Default: 40 million.
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

/// Sets how many seconds a probe, a plan or a thumbnail of a source may take. Default: 600.
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
