//! Plans

use std::ffi::{CString, c_char};

use super::bytes::{self, string};
use super::call::{c_string, call, free, get, into_handle, object, result, text};
use super::error::vodkit_error;
use super::ladder;
use super::ladder::vodkit_ladder;
use super::limits::vodkit_limits;
use super::source::{vodkit_source, with_limits};
use vodkit::plan::Media;
use vodkit::{Error, ErrorKind, Plan, Result};

use super::probe::vodkit_track_type;

/// Everything that was decided about a video. It never changes; any number of threads may use one plan at
/// once.
pub struct vodkit_plan {
    pub(crate) plan: Plan,
    hash: CString,
    ids: Vec<CString>,
    codecs: Vec<CString>,
    not_copied: Vec<Option<CString>>,
    /// Language and name.
    pub(crate) captions: Vec<[CString; 2]>,
}

impl vodkit_plan {
    pub(crate) fn new(plan: Plan) -> Self {
        let hash = c_string(plan.hash());
        let renditions = plan.renditions().iter();
        let ids = renditions.clone().map(|rendition| c_string(&rendition.id)).collect();
        let codecs = renditions.clone().map(|rendition| c_string(&rendition.codecs)).collect();
        let not_copied = renditions.map(|rendition| rendition.encoded_because.as_deref().map(c_string)).collect();
        let captions =
            plan.captions().iter().map(|own| [&own.language, &own.name].map(|text| c_string(text))).collect();
        Self { plan, hash, ids, codecs, not_copied, captions }
    }
}

/// Decides how a video becomes a stream, reading it once or twice. Writes nothing.
///
/// The caller owns `*plan`. `ladder` and `limits` may be NULL. Fails as vodkit_probe does, and with
/// VODKIT_NOTHING_TO_PLAY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_new(
    source: *const vodkit_source,
    ladder: *const vodkit_ladder,
    limits: *const vodkit_limits,
    plan: *mut *mut vodkit_plan,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(plan, "plan")?;
            let ladder = ladder::or_default(ladder);
            *place = into_handle(vodkit_plan::new(vodkit::plan(&with_limits(source, limits)?, &ladder)?));
            Ok(())
        })
    }
}

/// Reads a plan that vodkit_plan_to_json wrote.
///
/// The caller owns `*plan`. Fails with VODKIT_INVALID_PLAN where it is no plan, is of another version, or
/// was changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_from_json(
    json: *const c_char,
    plan: *mut *mut vodkit_plan,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(plan, "plan")?;
            *place = into_handle(vodkit_plan::new(Plan::from_json(text(json, "json")?)?));
            Ok(())
        })
    }
}

/// The plan as JSON, always the same text for the same plan.
///
/// The caller owns `*json` and frees it with vodkit_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_to_json(
    plan: *const vodkit_plan,
    json: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(json, "json")?;
            *place = string(&inner(plan)?.to_json());
            Ok(())
        })
    }
}

/// What tells this plan from others: a SHA-256 in hexadecimal. Lives as long as the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_hash(plan: *const vodkit_plan) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { object(plan, "plan") }.map_or(std::ptr::null(), |plan| plan.hash.as_ptr())
}

/// Playing time in seconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_duration(plan: *const vodkit_plan) -> f64 {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { inner(plan) }.ok()?.duration().to_f64()))
}

/// Number of tracks: each becomes one rendition.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_count(plan: *const vodkit_plan) -> usize {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { inner(plan) }.ok()?.renditions().len()))
}

/// The id of track `index`, from 0, such as "720p"; NULL where there is no such track. Lives as long as the
/// plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_id(plan: *const vodkit_plan, index: usize) -> *const c_char {
    // SAFETY: the header's contract.
    let id = unsafe { object(plan, "plan") }.ok().and_then(|plan| plan.ids.get(index));
    id.map_or(std::ptr::null(), |id| id.as_ptr())
}

/// The codec string (RFC 6381) of track `index`, "jpeg" for images; NULL where there is no such track. Lives as
/// long as the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_codecs(plan: *const vodkit_plan, index: usize) -> *const c_char {
    // SAFETY: the header's contract.
    let codecs = unsafe { object(plan, "plan") }.ok().and_then(|plan| plan.codecs.get(index));
    codecs.map_or(std::ptr::null(), |codecs| codecs.as_ptr())
}

/// What track `index` holds: VODKIT_TRACK_VIDEO, VODKIT_TRACK_AUDIO or VODKIT_TRACK_IMAGES.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_type(plan: *const vodkit_plan, index: usize) -> i32 {
    // SAFETY: the header's contract.
    let plan = unsafe { inner(plan) };
    let kind = |plan: &Plan| {
        Some(match plan.renditions().get(index)?.media {
            Media::Video(..) => vodkit_track_type::VODKIT_TRACK_VIDEO,
            Media::Audio(_) => vodkit_track_type::VODKIT_TRACK_AUDIO,
            Media::Storyboard(..) => vodkit_track_type::VODKIT_TRACK_IMAGES,
            _ => return None,
        })
    };
    get(|| kind(plan.ok()?)) as i32
}

/// Whether the samples of track `index` are the video's own, not encoded anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_is_passthrough(plan: *const vodkit_plan, index: usize) -> bool {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { inner(plan) }.ok()?.renditions().get(index)?.is_passthrough()))
}

/// Why track `index` is encoded although the ladder asked for copying, as a sentence in English; NULL where it did
/// not, where the track is copied, and where there is no such track. Lives as long as the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_encoded_because(
    plan: *const vodkit_plan,
    index: usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    let reason = unsafe { object(plan, "plan") }.ok().and_then(|plan| plan.not_copied.get(index)?.as_ref());
    reason.map_or(std::ptr::null(), |reason| reason.as_ptr())
}

/// Number of media segments of track `index`; 0 where there is no such track.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_segments(plan: *const vodkit_plan, index: usize) -> u32 {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { inner(plan) }.ok()?.renditions().get(index)?.segment_count))
}

/// The media segments of the rendition at `index` as JSON: an array of objects with `index`, `key` (the path in a
/// package), `start` and `duration` (seconds, as fractions such as "4" or "1001/250").
///
/// The caller owns `*json` (vodkit_string_free). Fails with VODKIT_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_segments_to_json(
    plan: *const vodkit_plan,
    index: usize,
    json: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(json, "json")?;
            let none = || Error::new(ErrorKind::OutOfRange, format!("the plan has no rendition {index}"));
            let rendition = inner(plan)?.renditions().get(index).ok_or_else(none)?;
            *place = bytes::json(&rendition.segments(), "the segments")?;
            Ok(())
        })
    }
}

/// All segments of the plan as tasks, in JSON: an array of objects with `renditions` (ids), `first` and `count` (the
/// indexes of consecutive segments that are cheaper made together), and `cost`, to be compared with other tasks' of the
/// same plan.
///
/// The caller owns `*json` (vodkit_string_free).
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
            *place = bytes::json(&inner(plan)?.tasks(), "the tasks")?;
            Ok(())
        })
    }
}

/// Frees a plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_free(plan: *mut vodkit_plan) {
    // SAFETY: the header's contract.
    unsafe { free(plan) }
}

/// The plan behind a handle.
///
/// # Safety
/// `plan` is null or a live handle.
pub(crate) unsafe fn inner<'a>(plan: *const vodkit_plan) -> Result<&'a Plan> {
    // SAFETY: by this function's contract.
    unsafe { object(plan, "plan") }.map(|plan| &plan.plan)
}
