//! Tasks

use std::ffi::{CString, c_char};

use vodkit::plan::Task;
use vodkit::{Error, ErrorKind};

use crate::bytes;
use crate::call::{c_string, call, free, get, get_str, into_handle, invalid, object, result, text};
use crate::error::vodkit_error;
use crate::plan::vodkit_plan;

/// Consecutive segments of a plan that are cheaper to make together than apart, because they share a decoder: for hosts
/// that distribute the work themselves. Whatever the order, and on whichever machines, the bytes are the same.
pub struct vodkit_task {
    pub(crate) task: Task,
    renditions: Vec<CString>,
}

impl vodkit_task {
    fn new(task: Task) -> Self {
        let renditions = task.renditions.iter().map(|id| c_string(id)).collect();
        Self { task, renditions }
    }
}

/// Number of tasks of a plan. Together they are all its media segments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_task_count(plan: *const vodkit_plan) -> usize {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(plan, "plan") }.ok()?.tasks().len()))
}

/// Returns the task at `index`, counted from 0.
///
/// The caller owns `*task`. Fails with VODKIT_ERROR_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_task(
    plan: *const vodkit_plan,
    index: usize,
    task: *mut *mut vodkit_task,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(task, "task")?;
            let tasks = object(plan, "plan")?.tasks();
            let none = || Error::new(ErrorKind::OutOfRange, format!("no task {index}: the plan has {}", tasks.len()));
            *place = into_handle(vodkit_task::new(tasks.get(index).ok_or_else(none)?.clone()));
            Ok(())
        })
    }
}

/// Returns all tasks of a plan as JSON: an array of what vodkit_task_from_json reads.
///
/// The caller owns `*json` and frees it with vodkit_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_tasks_to_json(
    plan: *const vodkit_plan,
    json: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(json, "json")?;
            *place = bytes::json(&object(plan, "plan")?.tasks(), "the tasks")?;
            Ok(())
        })
    }
}

/// Reads a task from JSON, to send it to another machine: {"renditions": ["720p", "480p"], "first": 0, "count": 3,
/// "cost": 1000}. Either all renditions are encoded video, or there is just one.
///
/// The caller owns `*task`. Fails with VODKIT_ERROR_INVALID_ARGUMENT. Whether a plan has its segments is checked by
/// vodkit_segment_maker_run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_task_from_json(
    json: *const c_char,
    task: *mut *mut vodkit_task,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(task, "task")?;
            let task = serde_json::from_str(text(json, "json")?)
                .map_err(|cause| invalid("the JSON is not a task").with_cause(cause))?;
            *place = into_handle(vodkit_task::new(task));
            Ok(())
        })
    }
}

/// Returns a task as JSON.
///
/// The caller owns `*json` and frees it with vodkit_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_task_to_json(
    task: *const vodkit_task,
    json: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(json, "json")?;
            *place = bytes::json(&object(task, "task")?.task, "the task")?;
            Ok(())
        })
    }
}

/// Number of renditions that a task makes segments of.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_task_rendition_count(task: *const vodkit_task) -> usize {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(task, "task") }.ok()?.renditions.len()))
}

/// Id of a task's rendition at `index`, counted from 0; NULL if there is none. Valid as long as the task.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_task_rendition_id(task: *const vodkit_task, index: usize) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| unsafe { object(task, "task") }.ok()?.renditions.get(index))
}

/// Index of the first segment that a task makes, of each of its renditions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_task_first(task: *const vodkit_task) -> u32 {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(task, "task") }.ok()?.task.first))
}

/// Number of segments that a task makes, of each of its renditions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_task_segment_count(task: *const vodkit_task) -> u32 {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(task, "task") }.ok()?.task.count))
}

/// What a task costs, relative to other tasks of the same plan. Workers that take the most expensive task first end at
/// about the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_task_cost(task: *const vodkit_task) -> u64 {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(task, "task") }.ok()?.task.cost))
}

/// Frees a task.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_task_free(task: *mut vodkit_task) {
    // SAFETY: the header's contract.
    unsafe { free(task) }
}
