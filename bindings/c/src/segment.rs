//! Segments

use std::ffi::{c_char, c_void};

use vodkit::{ErrorKind, SegmentMaker, init_segment, segment};

use crate::bytes::vodkit_bytes;
use crate::call::{c_string, call, free, into_handle, invalid, make, object, object_mut, text};
use crate::callback::{User, called, vodkit_finalize_fn};
use crate::cancel_token::vodkit_cancel_token;
use crate::error::vodkit_error;
use crate::plan::{inner, vodkit_plan};
use crate::source::{cancellable, vodkit_source};
use crate::task::vodkit_task;

/// Makes the init segment of a rendition, which players load before any media segment.
///
/// The caller owns `*bytes`. Fails with VODKIT_ERROR_OUT_OF_RANGE, for text and a storyboard too, which have none, and with
/// VODKIT_ERROR_BUILD_MISMATCH.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_make_init_segment(
    plan: *const vodkit_plan,
    rendition_id: *const c_char,
    bytes: *mut *mut vodkit_bytes,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(bytes, "bytes", error, || {
            Ok(into_handle(vodkit_bytes(init_segment(inner(plan)?, text(rendition_id, "rendition_id")?)?)))
        })
    }
}

/// Makes media segment `index`, counted from 0, of a rendition; of text, a WebVTT file; of a storyboard, one sheet as JPEG. The bytes depend on
/// the source and the plan alone, so segments can be made in any order, on any thread or machine. A segment maker is
/// faster for many of them.
///
/// The caller owns `*bytes`. `cancel` may be NULL. Fails with VODKIT_ERROR_OUT_OF_RANGE, VODKIT_ERROR_BUILD_MISMATCH,
/// VODKIT_ERROR_SOURCE_CHANGED, VODKIT_ERROR_CANCELLED, and if the source cannot be read or decoded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_make_segment(
    plan: *const vodkit_plan,
    source: *const vodkit_source,
    rendition_id: *const c_char,
    index: u32,
    cancel: *const vodkit_cancel_token,
    bytes: *mut *mut vodkit_bytes,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(bytes, "bytes", error, || {
            let (plan, source) = (inner(plan)?, cancellable(source, cancel)?);
            Ok(into_handle(vodkit_bytes(segment(&source, plan, text(rendition_id, "rendition_id")?, index)?)))
        })
    }
}

/// Makes many segments of one plan. It keeps the source open and its decoders running in between, so segments are
/// fastest in ascending order. One maker serves one thread at a time; use one for each thread.
pub struct vodkit_segment_maker(SegmentMaker);

/// Receives a segment of a task. `key` is its path in a package, such as "720p/00003.m4s". `rendition_id`, `key` and
/// `bytes` are valid during the call; vodkit_bytes_share keeps the bytes. Returns 0, or anything else to end the task;
/// it may then store an error of vodkit_error_new through `error`.
///
/// Called on the thread that calls vodkit_segment_maker_run. Must not unwind and must not use the maker.
pub type vodkit_segment_fn = Option<
    unsafe extern "C" fn(
        rendition_id: *const c_char,
        index: u32,
        key: *const c_char,
        bytes: *const vodkit_bytes,
        error: *mut *mut vodkit_error,
        user: *mut c_void,
    ) -> i32,
>;

/// Creates a segment maker, and checks once that the plan is of this build and the source the planned one.
///
/// The caller owns `*maker`, which keeps what it needs of the source and the plan. `cancel`, which may be NULL, cancels
/// this call and whatever the maker does. Fails with VODKIT_ERROR_BUILD_MISMATCH, VODKIT_ERROR_SOURCE_CHANGED and
/// VODKIT_ERROR_SOURCE_READ.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_segment_maker_new(
    source: *const vodkit_source,
    plan: *const vodkit_plan,
    cancel: *const vodkit_cancel_token,
    maker: *mut *mut vodkit_segment_maker,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(maker, "maker", error, || {
            let made = SegmentMaker::new(&cancellable(source, cancel)?, inner(plan)?)?;
            Ok(into_handle(vodkit_segment_maker(made)))
        })
    }
}

/// As vodkit_plan_make_init_segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_segment_maker_make_init_segment(
    maker: *const vodkit_segment_maker,
    rendition_id: *const c_char,
    bytes: *mut *mut vodkit_bytes,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(bytes, "bytes", error, || {
            let maker = &object(maker, "maker")?.0;
            Ok(into_handle(vodkit_bytes(maker.init(text(rendition_id, "rendition_id")?)?)))
        })
    }
}

/// As vodkit_plan_make_segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_segment_maker_make_segment(
    maker: *mut vodkit_segment_maker,
    rendition_id: *const c_char,
    index: u32,
    bytes: *mut *mut vodkit_bytes,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(bytes, "bytes", error, || {
            let maker = &mut object_mut(maker, "maker")?.0;
            Ok(into_handle(vodkit_bytes(maker.segment(text(rendition_id, "rendition_id")?, index)?)))
        })
    }
}

/// Makes all segments of a task and passes each to `put`.
///
/// The library owns `user` during this call, even if it fails: `finalize`, which may be NULL, is called before it
/// returns. Fails as vodkit_plan_make_segment does, if a segment is out of range before anything is made, and with the
/// error of `put`, or VODKIT_ERROR_SINK_WRITE if that gave none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_segment_maker_run(
    maker: *mut vodkit_segment_maker,
    task: *const vodkit_task,
    put: vodkit_segment_fn,
    finalize: vodkit_finalize_fn,
    user: *mut c_void,
    error: *mut *mut vodkit_error,
) -> i32 {
    let user = User::new(user, finalize);
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let maker = &mut object_mut(maker, "maker")?.0;
            let task = &object(task, "task")?.task;
            let put = put.ok_or_else(|| invalid("put is NULL"))?;
            maker.run(task, |rendition, index, bytes| {
                let (id, key) = (c_string(&rendition.id), c_string(&rendition.segment_key(index)));
                let bytes = vodkit_bytes(bytes);
                called(ErrorKind::SinkWrite, "put", |error| {
                    put(id.as_ptr(), index, key.as_ptr(), &bytes, error, user.data()).into()
                })
            })
        })
    }
}

/// Frees a segment maker.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_segment_maker_free(maker: *mut vodkit_segment_maker) {
    // SAFETY: the header's contract.
    unsafe { free(maker) }
}
