//! Jobs

use std::ffi::c_char;

use vodkit::{Job, Result, Summary};

use crate::bytes::{self, vodkit_bytes};
use crate::call::{call, fill, free, get, into_handle, make, object, put, result, text};
use crate::cancel_token::{or_none, vodkit_cancel_token};
use crate::error::vodkit_error;
use crate::job_options::{vodkit_job_options, vodkit_progress};
use crate::limits::duration;
use crate::options::or_default;
use crate::plan::{inner, vodkit_plan};
use crate::sink::{shared, vodkit_sink};
use crate::source::{cancellable, vodkit_source};

/// A running job: makes all segments of a plan, and then the manifests, into a sink, on threads of its own.
pub struct vodkit_job(Job);

/// Starts making everything in `plan`, from `source` into `sink`, and returns at once. What an earlier job of the same
/// plan left in the sink is kept.
///
/// The caller owns `*job`. It keeps what it needs of the other arguments, so all of them may be freed. `options` may be
/// NULL for the defaults. `cancel`, which may be NULL, cancels the job as vodkit_job_cancel does. Fails with
/// VODKIT_ERROR_BUILD_MISMATCH or VODKIT_ERROR_SOURCE_CHANGED, before anything is written, and with
/// VODKIT_ERROR_INVALID_ARGUMENT for options out of range; all other failures are reported by vodkit_job_wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_start(
    source: *const vodkit_source,
    plan: *const vodkit_plan,
    sink: *const vodkit_sink,
    options: *const vodkit_job_options,
    cancel: *const vodkit_cancel_token,
    job: *mut *mut vodkit_job,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(job, "job", error, || {
            let source = cancellable(source, cancel)?;
            let started = Job::start(&source, inner(plan)?, shared(sink)?, or_default(options))?;
            Ok(into_handle(vodkit_job(started)))
        })
    }
}

/// Fills in `*progress`, whose struct_size must be set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_progress(
    job: *const vodkit_job,
    progress: *mut vodkit_progress,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { call(error, || fill(progress, "progress", &(&object(job, "job")?.0.progress()).into())) }
}

/// Returns as JSON what of the source the package does not have so far, or not as it was: what the summary will have, in the
/// form that vodkit_plan_warnings_to_json has, while the job runs and after it was cancelled.
///
/// The caller owns `*json` and frees it with vodkit_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_warnings_to_json(
    job: *const vodkit_job,
    json: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { make(json, "json", error, || bytes::json(&object(job, "job")?.0.warnings(), "the warnings")) }
}

/// Whether the job has ended, successfully or not, so that vodkit_job_wait returns at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_is_finished(job: *const vodkit_job) -> bool {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(job, "job") }.ok()?.0.is_finished()))
}

/// Whether playback can start; the same as ready_to_stream in vodkit_progress.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_is_ready_to_stream(job: *const vodkit_job) -> bool {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(job, "job") }.ok()?.0.progress().ready_to_stream))
}

/// Returns the file at path `key` of the package, such as "master.m3u8" or "720p/00003.m4s", while the job runs and
/// afterwards. Any number of threads may ask, except the job's own inside its callbacks.
///
/// A segment that does not exist yet is made next, once, however many ask for it, and then those that follow it; the
/// rest of the job pauses meanwhile. Manifests have estimated bit rates until all segments are done. Segments are read
/// back from the sink, which must be readable.
///
/// The caller owns `*bytes`, which is NULL if the package has no such file. `cancel` may be NULL; it cancels this call
/// and not the job. Fails as vodkit_job_wait does, for this file alone; if the job failed or was cancelled, with what
/// ended it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_get(
    job: *const vodkit_job,
    key: *const c_char,
    cancel: *const vodkit_cancel_token,
    bytes: *mut *mut vodkit_bytes,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(bytes, "bytes", error, || {
            let found = object(job, "job")?.0.get_cancellable(text(key, "key")?, &or_none(cancel))?;
            Ok(found.map_or(std::ptr::null_mut(), |found| into_handle(vodkit_bytes(found))))
        })
    }
}

/// Cancels the job, from any thread. vodkit_job_wait then returns within 0.2 seconds, or when a file that is being
/// written is done. Finished segments stay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_cancel(job: *const vodkit_job) {
    // SAFETY: the header's contract.
    if let Ok(job) = unsafe { object(job, "job") } {
        job.0.cancel();
    }
}

/// Waits until the job has ended. It can be called any number of times and always reports the same. A cancelled job
/// ends before its threads do: what its callbacks use must live until their finalizers are called, or until
/// vodkit_job_free has returned outside of them.
///
/// `summary` may be NULL; otherwise the caller owns `*summary` and frees it with vodkit_string_free: JSON of the form
/// {"renditions": [{"id", "segments", "bytes", "average_rate", "peak_rate"}], "duration", "elapsed",
/// "segments_resumed", "warnings"}, with rates in bits per second, times in seconds, and warnings as
/// vodkit_plan_warnings_to_json has them. Fails with whatever ended the job:
/// VODKIT_ERROR_CANCELLED, VODKIT_ERROR_OUTPUT_CONFLICT, VODKIT_ERROR_SINK_WRITE, VODKIT_ERROR_NO_SPACE, and failures
/// to read and decode the source. Finished segments stay, so the same job can be started again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_wait(
    job: *const vodkit_job,
    summary: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = if summary.is_null() { None } else { Some(result(summary, "summary")?) };
            let made = object(job, "job")?.0.wait()?;
            give(place, &made)
        })
    }
}

/// As vodkit_job_wait, but waits at most `seconds`, 0 or more. `*finished` is set to whether the job has ended; if it
/// has not, the function returns VODKIT_OK and no summary. A failure with `*finished` false is one of this call, not of
/// the job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_wait_timeout(
    job: *const vodkit_job,
    seconds: f64,
    finished: *mut bool,
    summary: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = if summary.is_null() { None } else { Some(result(summary, "summary")?) };
            put(finished, "finished", false)?;
            let limit = duration(seconds)?;
            let job = object(job, "job")?;
            let Some(outcome) = job.0.wait_timeout(limit) else { return Ok(()) };
            // Not so where the job's own thread asks, which is refused.
            put(finished, "finished", job.0.is_finished())?;
            give(place, &outcome?)
        })
    }
}

fn give(place: Option<&mut *mut c_char>, summary: &Summary) -> Result<()> {
    if let Some(place) = place {
        *place = bytes::json(summary, "the summary")?;
    }
    Ok(())
}

/// Frees a job. If it still runs it is cancelled, and the function returns when its threads have ended; inside a
/// callback of the job it only cancels, and the threads end on their own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_free(job: *mut vodkit_job) {
    // SAFETY: the header's contract.
    unsafe { free(job) }
}
