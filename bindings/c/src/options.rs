//! Job options

use std::ffi::c_void;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::call::{call, free, into_handle, invalid, object, object_mut};
use super::error::vodkit_error;
use super::thumbnail::vodkit_thumbnail_options;
use super::user::{User, vodkit_finalizer_fn};
use vodkit::{JobOptions, Progress, Result};

/// How a job runs. None of it changes a byte of what it makes. Functions that take options take NULL for the
/// defaults.
pub struct vodkit_job_options(pub(crate) JobOptions);

/// How far a job is.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct vodkit_progress {
    /// Media segments that are there, those of an earlier run included.
    pub segments_done: u64,
    /// Media segments that there will be.
    pub segments_total: u64,
    /// The part of the work that is done, from 0 to 1.
    pub fraction: f64,
    /// Seconds of the video that the work done so far amounts to, all renditions together.
    pub seconds_encoded: f64,
    /// Seconds of the whole video.
    pub seconds_total: f64,
    /// Seconds of video encoded in one second of time, by this run.
    pub speed: f64,
    /// Seconds since the job started.
    pub elapsed: f64,
    /// About how many seconds are left; below 0 until this run has made a segment, where there is one to make.
    pub time_left: f64,
}

impl From<&Progress> for vodkit_progress {
    fn from(progress: &Progress) -> Self {
        Self {
            segments_done: progress.segments_done,
            segments_total: progress.segments_total,
            fraction: progress.fraction(),
            seconds_encoded: progress.seconds_encoded,
            seconds_total: progress.seconds_total,
            speed: progress.speed,
            elapsed: progress.elapsed.as_secs_f64(),
            time_left: progress.time_left.map_or(-1.0, |left| left.as_secs_f64()),
        }
    }
}

/// Is told how far a job is, after each segment, and before the first where an earlier run left some. Returns
/// 0, or anything else to cancel the job.
///
/// It is called from several threads, but one call at a time, each further than the one before; the first
/// time maybe before vodkit_job_start has returned, and until vodkit_job_free has. It must not unwind, with a
/// C++ exception say. It may call any function on the job but those that wait, and may free it; other threads
/// may then still be in it.
pub type vodkit_progress_fn = Option<unsafe extern "C" fn(progress: *const vodkit_progress, user: *mut c_void) -> i32>;

/// Default options, for changing. The caller owns them.
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

/// # Safety
/// As the setters below.
unsafe fn set(
    options: *mut vodkit_job_options,
    error: *mut *mut vodkit_error,
    change: impl FnOnce(&mut JobOptions) -> Result<()>,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { call(error, || change(&mut object_mut(options, "options")?.0)) }
}

/// Segments that are made at the same time, each on one thread; 0, the default: one for each core. More than
/// 1024 count as 1024.
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

/// Whether what the sink holds is replaced: a package of another plan, or other files of the same names;
/// else that fails with VODKIT_OUTPUT_CONFLICT. Default: no.
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

/// Whether nothing is made but what vodkit_job_get asks for, and a little ahead of it: for videos that hardly
/// anybody watches. The job then ends only when all has been asked for. Default: no.
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

/// A picture to write beside the manifests as thumbnail.jpg, where the video has pictures; its format must be
/// JPEG, the default, or vodkit_job_start fails. Default, and with NULL: none. `thumbnail` is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_options_set_thumbnail(
    options: *mut vodkit_job_options,
    thumbnail: *const vodkit_thumbnail_options,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.thumbnail = object(thumbnail, "thumbnail").ok().map(|given| given.0.clone());
            Ok(())
        })
    }
}

/// The function that is told how far the job is. Default: none.
///
/// The library owns `user` from this call on, also where it fails: `finalizer`, which may be NULL, is called
/// once, when neither the options nor a job with them is left, or another function was set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_options_set_on_progress(
    options: *mut vodkit_job_options,
    on_progress: vodkit_progress_fn,
    finalizer: vodkit_finalizer_fn,
    user: *mut c_void,
    error: *mut *mut vodkit_error,
) -> i32 {
    let user = User::new(user, finalizer);
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
