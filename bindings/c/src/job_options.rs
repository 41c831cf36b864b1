//! Job options

use std::ffi::c_void;
use std::ops::ControlFlow;
use std::sync::Arc;

use vodkit::{JobOptions, Progress};

use crate::call::{Growing, call, free, into_handle, invalid, object_mut};
use crate::callback::{User, vodkit_finalize_fn};
use crate::error::vodkit_error;
use crate::options::{options, set};
use crate::pool::vodkit_pool;
use crate::thumbnail::vodkit_thumbnail_options;

/// How a job runs. None of it changes a byte of the output.
pub struct vodkit_job_options(pub(crate) JobOptions);

options!(vodkit_job_options(JobOptions), "options");

/// How far a job is.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct vodkit_progress {
    /// Size of the struct in bytes. Whoever passes one to vodkit_job_progress sets it to sizeof(vodkit_progress); the
    /// library sets it to how much it has filled in.
    pub struct_size: usize,
    /// Media segments that are done, including those of an earlier run.
    pub segments_done: u64,
    /// All media segments.
    pub segments_total: u64,
    /// Fraction of the work that is done, 0 to 1.
    pub fraction: f64,
    /// The work that is done, in seconds of video across all renditions.
    pub seconds_encoded: f64,
    /// Duration of the video in seconds.
    pub seconds_total: f64,
    /// Seconds of video encoded per second, by this run.
    pub speed: f64,
    /// Seconds since the job started.
    pub elapsed: f64,
    /// Estimated seconds left; negative until this run has made its first segment.
    pub time_left: f64,
    /// Whether playback can start: the first segments of the smallest video rendition and of the default audio are
    /// there, and vodkit_job_get makes any other.
    pub ready_to_stream: bool,
    /// Unused, 0.
    pub reserved: [u8; 7],
    /// Number of warnings so far, see vodkit_job_wait.
    pub warnings: u64,
}

// SAFETY: it is repr(C), begins with its size, and is made of numbers.
unsafe impl Growing for vodkit_progress {
    const MIN_SIZE: usize = size_of::<Self>();
}

impl From<&Progress> for vodkit_progress {
    fn from(progress: &Progress) -> Self {
        Self {
            struct_size: size_of::<Self>(),
            segments_done: progress.segments_done,
            segments_total: progress.segments_total,
            fraction: progress.fraction(),
            seconds_encoded: progress.seconds_encoded,
            seconds_total: progress.seconds_total,
            speed: progress.speed,
            elapsed: progress.elapsed.as_secs_f64(),
            time_left: progress.time_left.map_or(-1.0, |left| left.as_secs_f64()),
            ready_to_stream: progress.ready_to_stream,
            reserved: [0; 7],
            warnings: progress.warnings,
        }
    }
}

/// Receives a job's progress after each segment, and once before the first if an earlier run left some. `progress` is
/// valid during the call. Returns 0, or anything else to cancel the job.
///
/// Called from the job's threads, one call at a time, each further than the one before; possibly before
/// vodkit_job_start has returned, and never after vodkit_job_free has. Must not unwind. It may call any function on the
/// job except those that wait, and may free it; other threads may then still be in it. It holds its worker meanwhile: it
/// must not wait for another job of the same pool either.
pub type vodkit_progress_fn = Option<unsafe extern "C" fn(progress: *const vodkit_progress, user: *mut c_void) -> i32>;

/// Creates options with the default values. The caller owns them.
#[unsafe(no_mangle)]
pub extern "C" fn vodkit_job_options_new() -> *mut vodkit_job_options {
    into_handle(vodkit_job_options(JobOptions::default()))
}

/// Frees options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_options_free(options: *mut vodkit_job_options) {
    // SAFETY: the header's contract.
    unsafe { free(options) }
}

/// Sets how many segments are made at a time, each on one thread. 0, the default, is one per core, or per worker of the
/// pool; more than 1024 count as 1024.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_options_set_workers(
    options: *mut vodkit_job_options,
    workers: u32,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.workers = workers as usize;
            Ok(())
        })
    }
}

/// Sets the pool of workers that the job shares with others; NULL, the default, gives it workers of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_options_set_pool(
    options: *mut vodkit_job_options,
    pool: *const vodkit_pool,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.pool = pool.as_ref().map(|pool| pool.0.clone());
            Ok(())
        })
    }
}

/// Sets the job's priority in its pool: of the jobs that wait for a worker, the one with the highest number goes first,
/// and equals take turns. Default: 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_options_set_priority(
    options: *mut vodkit_job_options,
    priority: i32,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.priority = priority;
            Ok(())
        })
    }
}

/// Sets whether the job replaces what the sink holds: a package of another plan, or other files with the same names.
/// Otherwise that fails with VODKIT_ERROR_OUTPUT_CONFLICT. Replacing a package takes at least 1.5 seconds, in which a
/// job that still makes the other one notices and ends with that error. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_options_set_overwrite(
    options: *mut vodkit_job_options,
    overwrite: bool,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.overwrite = overwrite;
            Ok(())
        })
    }
}

/// Sets whether the job makes only what vodkit_job_get asks for, and a little ahead of it: for videos that hardly
/// anybody watches. Such a job ends when everything has been asked for. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_options_set_on_request(
    options: *mut vodkit_job_options,
    on_request: bool,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.on_request = on_request;
            Ok(())
        })
    }
}

/// Sets the picture that the job writes as "thumbnail.jpg" if the source has video or a cover. Its format must be JPEG,
/// the default, or vodkit_job_start fails. `thumbnail` is copied; NULL, the default, writes none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_options_set_thumbnail(
    options: *mut vodkit_job_options,
    thumbnail: *const vodkit_thumbnail_options,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.thumbnail = thumbnail.as_ref().map(|given| given.0.clone());
            Ok(())
        })
    }
}

/// Sets the function that receives the job's progress. Default: none.
///
/// The library owns `user` from this call on, even if it fails: `finalize`, which may be NULL, is called once neither
/// the options nor a job with them is left, or when another function is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_options_set_on_progress(
    options: *mut vodkit_job_options,
    on_progress: vodkit_progress_fn,
    finalize: vodkit_finalize_fn,
    user: *mut c_void,
    error: *mut *mut vodkit_error,
) -> i32 {
    let user = User::new(user, finalize);
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let on_progress = on_progress.ok_or_else(|| invalid("on_progress is NULL"))?;
            let tell = Arc::new(move |progress: &Progress| {
                let progress = vodkit_progress::from(progress);
                // SAFETY: the host gave this function for being called so.
                match on_progress(&progress, user.data()) {
                    0 => ControlFlow::Continue(()),
                    _ => ControlFlow::Break(()),
                }
            });
            let before = object_mut(options, "options")?.0.on_progress.replace(tell);
            // Only now, with the options free: its finalizer is the host's code.
            drop(before);
            Ok(())
        })
    }
}
