//! Jobs

use std::ffi::c_char;

use super::bytes::{self, vodkit_bytes};
use super::call::{call, free, get, into_handle, invalid, object, put, result, text};
use super::cancel::{self, vodkit_cancel_token};
use super::error::vodkit_error;
use super::limits::duration;
use super::options::{vodkit_job_options, vodkit_progress};
use super::plan::{inner, vodkit_plan};
use super::sink::{self, vodkit_sink};
use super::source::{self, vodkit_source};
use vodkit::{Job, JobOptions, Result, Summary};

/// A running job: all segments of a plan, and then the manifests, into a sink, on threads of its own. Any
/// number of threads may use one job at once.
pub struct vodkit_job(Job);

/// Starts making everything that `plan` says, from `source` into `sink`, and returns at once.
///
/// The caller owns `*job`. The job keeps what it needs of source, plan, sink and options: all may be freed at
/// once. `options` may be NULL. Fails with VODKIT_BUILD_MISMATCH or VODKIT_SOURCE_CHANGED, before anything is
/// written, and with VODKIT_INVALID_ARGUMENT for options out of range; all else that can fail is told by
/// vodkit_job_wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_start(
    source: *const vodkit_source,
    plan: *const vodkit_plan,
    sink: *const vodkit_sink,
    options: *const vodkit_job_options,
    job: *mut *mut vodkit_job,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(job, "job")?;
            let (source, plan) = (source::shared(source)?, inner(plan)?);
            let options = options.as_ref().map_or_else(JobOptions::default, |options| options.0.clone());
            *place = into_handle(vodkit_job(Job::start(source, plan, sink::shared(sink)?.clone(), options)?));
            Ok(())
        })
    }
}

/// Writes how far the job is to `*progress`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_progress(
    job: *const vodkit_job,
    progress: *mut vodkit_progress,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { call(error, || put(progress, "progress", (&object(job, "job")?.0.progress()).into())) }
}

/// Whether the job has come to its end, good or bad, so that vodkit_job_wait returns at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_is_finished(job: *const vodkit_job) -> bool {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(job, "job") }.ok()?.0.is_finished()))
}

/// Whether playing can begin: the first segments of the smallest rendition and of the sound are there, and
/// vodkit_job_get makes any other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_is_ready_to_stream(job: *const vodkit_job) -> bool {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(job, "job") }.ok()?.0.progress().ready_to_stream))
}

/// The file of the package at `key`, such as "master.m3u8" or "720p/00003.m4s", while the job runs and after. Any
/// number of threads may ask, but not the job's own, inside its callbacks.
///
/// A segment that is not there yet is made next, once, however many ask for it, and then those behind it; the rest
/// of the job holds still meanwhile. Manifests have estimated bit rates until all segments are there. Segments are
/// read back from the sink, which has to be able to give them.
///
/// The caller owns `*bytes`, which are NULL where the package has no file of that name. `cancel` may be NULL; what
/// nobody waits for any more is not made before its turn. Fails as vodkit_job_wait does, for this file alone; where
/// the job has failed or was cancelled, with what ended it.
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
        call(error, || {
            let place = result(bytes, "bytes")?;
            let found = object(job, "job")?.0.get_cancellable(text(key, "key")?, &cancel::shared(cancel)?)?;
            if let Some(found) = found {
                *place = into_handle(vodkit_bytes(found));
            }
            Ok(())
        })
    }
}

/// Stops the job, from any thread: vodkit_job_wait then returns within 0.2 seconds, or when a file that is
/// being written is done. Finished segments stay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_cancel(job: *const vodkit_job) {
    // SAFETY: the header's contract.
    if let Ok(job) = unsafe { object(job, "job") } {
        job.0.cancel();
    }
}

/// Waits until the job has come to its end. Each time that it is asked it says the same. A cancelled job has
/// its end before its threads have theirs: what callbacks use must last until their finalizers are called, or
/// vodkit_job_free has returned outside of them.
///
/// `summary` may be NULL; else the caller owns `*summary`, what was made, as JSON, and frees it with
/// vodkit_string_free: {"renditions": [{"id", "segments", "bytes", "average_rate", "peak_rate"}], "duration",
/// "elapsed", "segments_resumed"}, with rates in bits per second and times in seconds. Fails with whatever
/// ended the job: VODKIT_CANCELLED, VODKIT_OUTPUT_CONFLICT, VODKIT_SINK_WRITE, VODKIT_NO_SPACE, and those of
/// reading and decoding the source. Finished segments stay, so that the same job can be started again.
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

/// As vodkit_job_wait, but no longer than `seconds`, from 0 to any number. `*finished` tells whether the job
/// has come to its end; where it has not, the function returns VODKIT_OK and gives no summary. A failure with
/// `*finished` false is one of this call, not of the job.
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
            if finished.is_null() {
                return Err(invalid("finished is NULL"));
            }
            finished.write(false);
            let limit = duration(seconds)?;
            let job = object(job, "job")?;
            let Some(outcome) = job.0.wait_timeout(limit) else { return Ok(()) };
            // Not so where the job's own thread asks, which is refused.
            finished.write(job.0.is_finished());
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

/// Frees a job. Where it still runs, it is cancelled, and the function returns when its threads have ended;
/// inside a callback of the job it only cancels, and the threads end on their own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_job_free(job: *mut vodkit_job) {
    // SAFETY: the header's contract.
    unsafe { free(job) }
}
