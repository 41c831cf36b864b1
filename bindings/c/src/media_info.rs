//! Probing

use std::ffi::{CString, c_char};

use vodkit::media::{QuickTrack, QuickTrackKind, QuickVideo};
use vodkit::{MediaInfo, QuickInfo, Source, probe, probe_quick};

use crate::bytes;
use crate::call::{c_string, free, get, get_str, into_handle, make, object};
use crate::cancel_token::vodkit_cancel_token;
use crate::error::vodkit_error;
use crate::source::{cancellable, vodkit_source};
use crate::vodkit_rational;

/// What is in a video. The JSON has all of it; the most common questions have a function each.
pub struct vodkit_media_info {
    info: QuickInfo,
    /// What the JSON has of a probe that was not quick.
    whole: Option<MediaInfo>,
    container: CString,
    codecs: Vec<CString>,
}

/// Type of a track in a source.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum vodkit_track_type {
    /// Data, time codes, attachments; also the answer for a track that does not exist.
    #[default]
    VODKIT_TRACK_TYPE_OTHER = 0,
    /// Video, or a cover picture.
    VODKIT_TRACK_TYPE_VIDEO = 1,
    /// Audio.
    VODKIT_TRACK_TYPE_AUDIO = 2,
    /// Subtitles.
    VODKIT_TRACK_TYPE_SUBTITLE = 3,
}

/// Finds out what is in a video. Reads the source once; of an MP4 only its index.
///
/// The caller owns `*info`. `cancel` may be NULL. Fails with VODKIT_ERROR_NOT_MEDIA, VODKIT_ERROR_TRUNCATED,
/// VODKIT_ERROR_LIMIT_EXCEEDED, VODKIT_ERROR_SOURCE_READ, VODKIT_ERROR_UNSUPPORTED, VODKIT_ERROR_ENCRYPTED or
/// VODKIT_ERROR_CANCELLED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_source_probe(
    source: *const vodkit_source,
    cancel: *const vodkit_cancel_token,
    info: *mut *mut vodkit_media_info,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        found(source, cancel, info, error, |source| {
            let info = probe(source)?;
            Ok((info.clone().into(), Some(info)))
        })
    }
}

/// Finds out what the header of a video says is in it, in milliseconds: some hundred kilobytes of an MP4 are read, however large it is.
///
/// What only all frames could tell is not known: functions give 0 for it, and the JSON has null, or leaves it out, as where keyframes
/// are. The caller owns `*info`. `cancel` may be NULL. Fails as vodkit_source_probe does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_source_probe_quick(
    source: *const vodkit_source,
    cancel: *const vodkit_cancel_token,
    info: *mut *mut vodkit_media_info,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { found(source, cancel, info, error, |source| Ok((probe_quick(source)?, None))) }
}

/// # Safety
/// As the header has it for a probe.
unsafe fn found(
    source: *const vodkit_source,
    cancel: *const vodkit_cancel_token,
    info: *mut *mut vodkit_media_info,
    error: *mut *mut vodkit_error,
    find: impl FnOnce(&Source) -> vodkit::Result<(QuickInfo, Option<MediaInfo>)>,
) -> i32 {
    // SAFETY: by this function's contract.
    unsafe {
        make(info, "info", error, || {
            let (info, whole) = find(&cancellable(source, cancel)?)?;
            let container = c_string(&info.container);
            let codecs = info.tracks.iter().map(|track| c_string(&track.codec)).collect();
            Ok(into_handle(vodkit_media_info { info, whole, container, codecs }))
        })
    }
}

/// Whether a quick probe found it, which knows no more than the header says; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_is_quick(info: *const vodkit_media_info) -> bool {
    // SAFETY: the header's contract.
    unsafe { of(info, |info| Some(info.info.quick)) }
}

/// Returns everything that was found as JSON. Times are exact fractions of seconds, such as "1001/30".
///
/// The caller owns `*json` and frees it with vodkit_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_to_json(
    info: *const vodkit_media_info,
    json: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(json, "json", error, || {
            let info = object(info, "info")?;
            let what = "what was found";
            info.whole.as_ref().map_or_else(|| bytes::json(&info.info, what), |whole| bytes::json(whole, what))
        })
    }
}

/// # Safety
/// `info` is null or a live handle.
unsafe fn of<T: Default>(
    info: *const vodkit_media_info,
    find: impl FnOnce(&'static vodkit_media_info) -> Option<T>,
) -> T {
    // SAFETY: by this function's contract; what `find` gives does not outlive the call.
    get(|| find(unsafe { object(info, "info") }.ok()?))
}

fn track(info: &vodkit_media_info, index: usize) -> Option<&QuickTrack> {
    info.info.tracks.get(index)
}

fn main_video(info: &vodkit_media_info) -> Option<&QuickVideo> {
    info.info.main_video().map(|(_, video)| video)
}

/// The container's short names, such as "mov,mp4,m4a,3gp,3g2,mj2"; NULL for NULL. Valid as long as the info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_container(info: *const vodkit_media_info) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| Some(&unsafe { object(info, "info") }.ok()?.container))
}

/// Playing time in seconds; 0 if it is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_duration(info: *const vodkit_media_info) -> f64 {
    // SAFETY: the header's contract.
    unsafe { of(info, |info| Some(info.info.duration?.to_f64())) }
}

/// Average bit rate of the whole file in bits per second; 0 if it is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_bit_rate(info: *const vodkit_media_info) -> u64 {
    // SAFETY: the header's contract.
    unsafe { of(info, |info| info.info.bit_rate) }
}

/// Display width of the main video in square pixels, after rotation; 0 if there is no video.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_width(info: *const vodkit_media_info) -> u32 {
    // SAFETY: the header's contract.
    unsafe { of(info, |info| Some(main_video(info)?.width)) }
}

/// Display height of the main video in square pixels, after rotation; 0 if there is no video.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_height(info: *const vodkit_media_info) -> u32 {
    // SAFETY: the header's contract.
    unsafe { of(info, |info| Some(main_video(info)?.height)) }
}

/// Exact frame rate of the main video in frames per second; 0/1 if there is no video, or it
/// is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_frame_rate(info: *const vodkit_media_info) -> vodkit_rational {
    // SAFETY: the header's contract.
    unsafe { of(info, |info| Some(main_video(info)?.frame_rate?.into())) }
}

/// Number of tracks of all types.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_track_count(info: *const vodkit_media_info) -> usize {
    // SAFETY: the header's contract.
    unsafe { of(info, |info| Some(info.info.tracks.len())) }
}

/// Type of the track at `index`, counted from 0, as a vodkit_track_type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_track_type(info: *const vodkit_media_info, index: usize) -> i32 {
    let kind = |info| {
        Some(match track(info, index)?.kind {
            QuickTrackKind::Video(_) => vodkit_track_type::VODKIT_TRACK_TYPE_VIDEO,
            QuickTrackKind::Audio(_) => vodkit_track_type::VODKIT_TRACK_TYPE_AUDIO,
            QuickTrackKind::Subtitle => vodkit_track_type::VODKIT_TRACK_TYPE_SUBTITLE,
            _ => vodkit_track_type::VODKIT_TRACK_TYPE_OTHER,
        })
    };
    // SAFETY: the header's contract.
    unsafe { of(info, kind) as i32 }
}

/// Short name of the codec of the track at `index`, such as "h264"; NULL if there is no such track. Valid as long as
/// the info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_track_codec(info: *const vodkit_media_info, index: usize) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| unsafe { object(info, "info") }.ok()?.codecs.get(index))
}

/// Frees the result of a probe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_free(info: *mut vodkit_media_info) {
    // SAFETY: the header's contract.
    unsafe { free(info) }
}
