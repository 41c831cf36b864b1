//! Plans

use std::ffi::{CString, c_char};
use std::sync::OnceLock;

use vodkit::plan::{Media, Rendition, Segment, Task};
use vodkit::{Error, ErrorKind, Plan, Result};

use crate::bytes::{self, string};
use crate::call::{c_string, free, get, get_str, into_handle, make, object, text};
use crate::cancel_token::vodkit_cancel_token;
use crate::error::vodkit_error;
use crate::ladder::vodkit_ladder;
use crate::options::or_default;
use crate::source::{cancellable, vodkit_source};
use crate::vodkit_rational;

/// Everything that was decided about a video: its renditions, how each is encoded, and where its segments are cut. A
/// plan never changes.
pub struct vodkit_plan {
    pub(crate) plan: Plan,
    hash: CString,
    renditions: Vec<Strings>,
    /// Language and name.
    pub(crate) captions: Vec<[CString; 2]>,
    tasks: OnceLock<Vec<Task>>,
}

/// A rendition's strings as C has them.
struct Strings {
    id: CString,
    codecs: CString,
    encoded_because: Option<CString>,
    init_key: Option<CString>,
    playlist_key: CString,
    cues_key: Option<CString>,
    /// Only for who asks: there are many.
    segments: OnceLock<Vec<(CString, Segment)>>,
}

impl Strings {
    fn new(rendition: &Rendition) -> Self {
        Self {
            id: c_string(&rendition.id),
            codecs: c_string(&rendition.codecs),
            encoded_because: rendition.encoded_because.as_deref().map(c_string),
            init_key: rendition.init_key().as_deref().map(c_string),
            playlist_key: c_string(&rendition.playlist_key()),
            cues_key: rendition.cues_key().as_deref().map(c_string),
            segments: OnceLock::new(),
        }
    }
}

impl vodkit_plan {
    pub(crate) fn new(plan: Plan) -> Self {
        let captions = plan.captions().iter();
        Self {
            hash: c_string(plan.hash()),
            renditions: plan.renditions().iter().map(Strings::new).collect(),
            captions: captions.map(|own| [&own.language, &own.name].map(|text| c_string(text))).collect(),
            tasks: OnceLock::new(),
            plan,
        }
    }

    pub(crate) fn tasks(&self) -> &[Task] {
        self.tasks.get_or_init(|| self.plan.tasks())
    }

    fn segment(&self, rendition: usize, index: u32) -> Option<&(CString, Segment)> {
        let planned = self.plan.renditions().get(rendition)?;
        let with_key = |segment: Segment| (c_string(&segment.key), segment);
        let segments = &self.renditions.get(rendition)?.segments;
        segments.get_or_init(|| planned.segments().into_iter().map(with_key).collect()).get(index as usize)
    }
}

/// Type of a rendition.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum vodkit_rendition_type {
    /// No such rendition.
    #[default]
    VODKIT_RENDITION_TYPE_NONE = 0,
    /// Video in H.264.
    VODKIT_RENDITION_TYPE_VIDEO = 1,
    /// Audio in AAC-LC.
    VODKIT_RENDITION_TYPE_AUDIO = 2,
    /// Sheets of small pictures in JPEG.
    VODKIT_RENDITION_TYPE_STORYBOARD = 3,
    /// Text in WebVTT.
    VODKIT_RENDITION_TYPE_TEXT = 4,
}

/// Decides how a video becomes a stream. Reads the source once or twice, of an MP4 mostly just its index, and writes
/// nothing.
///
/// The caller owns `*plan`. `ladder` may be NULL for the default, `cancel` may be NULL. Fails as vodkit_source_probe
/// does, and with VODKIT_ERROR_NOTHING_TO_PLAY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_new(
    source: *const vodkit_source,
    ladder: *const vodkit_ladder,
    cancel: *const vodkit_cancel_token,
    plan: *mut *mut vodkit_plan,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(plan, "plan", error, || {
            let plan = vodkit::plan(&cancellable(source, cancel)?, &or_default(ladder))?;
            Ok(into_handle(vodkit_plan::new(plan)))
        })
    }
}

/// Reads a plan that vodkit_plan_to_json wrote.
///
/// The caller owns `*plan`. Fails with VODKIT_ERROR_INVALID_PLAN if it is no plan, has another schema version, or was
/// changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_from_json(
    json: *const c_char,
    plan: *mut *mut vodkit_plan,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { make(plan, "plan", error, || Ok(into_handle(vodkit_plan::new(Plan::from_json(text(json, "json")?)?)))) }
}

/// Returns the plan as JSON, always the same text for the same plan.
///
/// The caller owns `*json` and frees it with vodkit_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_to_json(
    plan: *const vodkit_plan,
    json: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { make(json, "json", error, || Ok(string(&inner(plan)?.to_json()))) }
}

/// SHA-256 of the plan in hexadecimal: equal plans have equal hashes. NULL for NULL. Valid as long as the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_hash(plan: *const vodkit_plan) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| Some(&unsafe { object(plan, "plan") }.ok()?.hash))
}

/// Playing time in seconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_duration(plan: *const vodkit_plan) -> f64 {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { inner(plan) }.ok()?.duration().to_f64()))
}

/// Returns as JSON what of the source the renditions do not have, or not as it was: an array, often empty, of {"kind",
/// "track", "message"}. `kind` is a name for programs that never changes its meaning: "track_left_out" for a track that
/// is not in the package, or channels of one that are sounds of their own, "closed_captions_left_out" for captions in the pictures that are not turned into text,
/// "transparency_lost" for pictures that are shown on black, or without their transparency, "source_incomplete" for a
/// source that is truncated or damaged: the package has what comes before, "source_damaged" for parts of which the
/// container's own counters or checksums say that they are damaged, whether they are copied or encoded,
/// "presentation_not_followed" for a source that states how it is to be presented where the package does not follow:
/// pictures around the viewer or for each eye, another speed, another order, or another codec midway. A job may also have "damaged_data", for data
/// that could not be decoded whole. `track` is the source's track by its position, and left out where it is about no single
/// one. `message` is an English sentence.
///
/// The caller owns `*json` and frees it with vodkit_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_warnings_to_json(
    plan: *const vodkit_plan,
    json: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { make(json, "json", error, || bytes::json(&inner(plan)?.warnings(), "the warnings")) }
}

/// Returns the source's chapters as JSON: an array, often empty, of {"start", "end", "title"}, with times as exact
/// fractions of seconds of the presentation, such as "1001/30". `title` is left out where a chapter has none.
///
/// The caller owns `*json` and frees it with vodkit_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_chapters_to_json(
    plan: *const vodkit_plan,
    json: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { make(json, "json", error, || bytes::json(&inner(plan)?.chapters(), "the chapters")) }
}

/// Number of renditions: video from the largest to the smallest, audio with the default first, text, the
/// storyboard.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_count(plan: *const vodkit_plan) -> usize {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { inner(plan) }.ok()?.renditions().len()))
}

/// # Safety
/// `plan` is null or a live handle.
unsafe fn strings<'a>(plan: *const vodkit_plan, rendition: usize) -> Option<&'a Strings> {
    // SAFETY: by this function's contract.
    unsafe { object(plan, "plan") }.ok()?.renditions.get(rendition)
}

/// Id of the rendition at index `rendition`, counted from 0, such as "720p": its name, and that of its folder in a
/// package. NULL if there is no such rendition. Valid as long as the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_id(plan: *const vodkit_plan, rendition: usize) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| Some(&unsafe { strings(plan, rendition) }?.id))
}

/// Type of a rendition, as a vodkit_rendition_type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_type(plan: *const vodkit_plan, rendition: usize) -> i32 {
    let kind = |plan: &Plan| {
        Some(match plan.renditions().get(rendition)?.media {
            Media::Video(..) => vodkit_rendition_type::VODKIT_RENDITION_TYPE_VIDEO,
            Media::Audio(_) => vodkit_rendition_type::VODKIT_RENDITION_TYPE_AUDIO,
            Media::Text(_) => vodkit_rendition_type::VODKIT_RENDITION_TYPE_TEXT,
            Media::Storyboard(..) => vodkit_rendition_type::VODKIT_RENDITION_TYPE_STORYBOARD,
            _ => vodkit_rendition_type::VODKIT_RENDITION_TYPE_NONE,
        })
    };
    // SAFETY: the header's contract.
    get(|| kind(unsafe { inner(plan) }.ok()?)) as i32
}

/// Codec string (RFC 6381) of a rendition, "webvtt" for text, "jpeg" for a storyboard; NULL if there is no such
/// rendition. Valid as long as the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_codecs(plan: *const vodkit_plan, rendition: usize) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| Some(&unsafe { strings(plan, rendition) }?.codecs))
}

/// Whether a rendition is a passthrough: its samples are the source's own, not encoded again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_is_passthrough(plan: *const vodkit_plan, rendition: usize) -> bool {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { inner(plan) }.ok()?.renditions().get(rendition)?.is_passthrough()))
}

/// Why a rendition is encoded although the ladder asked for passthrough, as an English sentence; NULL if the ladder did
/// not ask, if the rendition is a passthrough, and if there is no such rendition. Valid as long as the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_encoded_because(
    plan: *const vodkit_plan,
    rendition: usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| unsafe { strings(plan, rendition) }?.encoded_because.as_ref())
}

/// Path in a package of a rendition's init segment, such as "720p/init.mp4"; NULL for text and a storyboard, which have
/// none, and if there is no such rendition. Valid as long as the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_init_key(plan: *const vodkit_plan, rendition: usize) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| unsafe { strings(plan, rendition) }?.init_key.as_ref())
}

/// Path in a package of a rendition's HLS media playlist, such as "720p/playlist.m3u8"; NULL if there is no such
/// rendition. Valid as long as the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_playlist_key(
    plan: *const vodkit_plan,
    rendition: usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| Some(&unsafe { strings(plan, rendition) }?.playlist_key))
}

/// Path in a package of a storyboard's WebVTT, "storyboard/storyboard.vtt"; NULL for other renditions, and if there is
/// no such rendition. Valid as long as the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_cues_key(plan: *const vodkit_plan, rendition: usize) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| unsafe { strings(plan, rendition) }?.cues_key.as_ref())
}

/// Number of media segments of a rendition; 0 if there is no such rendition.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_rendition_segment_count(plan: *const vodkit_plan, rendition: usize) -> u32 {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { inner(plan) }.ok()?.renditions().get(rendition)?.segment_count))
}

/// Path in a package of media segment `index`, counted from 0, of the rendition at index `rendition`, such as
/// "720p/00003.m4s"; NULL if there is no such segment. Valid as long as the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_segment_key(
    plan: *const vodkit_plan,
    rendition: usize,
    index: u32,
) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| Some(&unsafe { object(plan, "plan") }.ok()?.segment(rendition, index)?.0))
}

/// Start of a media segment in seconds; 0/1 if there is no such segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_segment_start(
    plan: *const vodkit_plan,
    rendition: usize,
    index: u32,
) -> vodkit_rational {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(plan, "plan") }.ok()?.segment(rendition, index)?.1.start.into()))
}

/// Duration of a media segment in seconds; 0/1 if there is no such segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_segment_duration(
    plan: *const vodkit_plan,
    rendition: usize,
    index: u32,
) -> vodkit_rational {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(plan, "plan") }.ok()?.segment(rendition, index)?.1.duration.into()))
}

/// Returns all media segments of the rendition at index `rendition` as JSON: an array of {"index", "key", "start",
/// "duration"}, with times as exact fractions of seconds, such as "1001/30".
///
/// The caller owns `*json` and frees it with vodkit_string_free. Fails with VODKIT_ERROR_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_segments_to_json(
    plan: *const vodkit_plan,
    rendition: usize,
    json: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(json, "json", error, || {
            let none = || Error::new(ErrorKind::OutOfRange, format!("the plan has no rendition {rendition}"));
            let rendition = inner(plan)?.renditions().get(rendition).ok_or_else(none)?;
            bytes::json(&rendition.segments(), "the segments")
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
