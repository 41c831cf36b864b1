//! Probing

use std::ffi::{CString, c_char};

use super::bytes;
use super::call::{c_string, call, free, get, into_handle, object, result};
use super::error::vodkit_error;
use super::limits::vodkit_limits;
use super::source::{vodkit_source, with_limits};
use super::vodkit_rational;
use vodkit::MediaInfo;
use vodkit::media::{Track, TrackKind, VideoInfo};

/// What is in a video. Everything is in its JSON; what programs ask for most has a function.
pub struct vodkit_media_info {
    info: MediaInfo,
    container: CString,
    codecs: Vec<CString>,
}

/// What a track holds.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum vodkit_track_type {
    /// Data, time codes, attachments; also what a track has that is not there.
    #[default]
    VODKIT_TRACK_OTHER = 0,
    /// Pictures.
    VODKIT_TRACK_VIDEO = 1,
    /// Sound.
    VODKIT_TRACK_AUDIO = 2,
    /// Subtitles.
    VODKIT_TRACK_SUBTITLE = 3,
    /// Sheets of small pictures: a plan's storyboard.
    VODKIT_TRACK_IMAGES = 4,
}

/// Finds out what is in a video, reading it once from start to end.
///
/// The caller owns `*info`. `limits` may be NULL. Fails with VODKIT_NOT_MEDIA, VODKIT_TRUNCATED,
/// VODKIT_LIMIT_EXCEEDED, VODKIT_SOURCE_READ or VODKIT_UNSUPPORTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_probe(
    source: *const vodkit_source,
    limits: *const vodkit_limits,
    info: *mut *mut vodkit_media_info,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(info, "info")?;
            let info = vodkit::probe(&with_limits(source, limits)?)?;
            let container = c_string(&info.container);
            let codecs = info.tracks.iter().map(|track| c_string(&track.codec)).collect();
            *place = into_handle(vodkit_media_info { info, container, codecs });
            Ok(())
        })
    }
}

/// All that was found, as JSON; times are exact fractions of seconds, such as "1001/30".
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
        call(error, || {
            let place = result(json, "json")?;
            *place = bytes::json(&object(info, "info")?.info, "what was found")?;
            Ok(())
        })
    }
}

/// # Safety
/// `info` is null or a live handle.
unsafe fn of<T: Default>(
    info: *const vodkit_media_info,
    find: impl FnOnce(&'static vodkit_media_info) -> Option<T>,
) -> T {
    // SAFETY: by this function's contract; what `find` gives does not outlive the call but for pointers,
    // whose life the header states.
    get(|| find(unsafe { object(info, "info") }.ok()?))
}

fn track(info: &vodkit_media_info, index: usize) -> Option<&Track> {
    info.info.tracks.get(index)
}

fn main_video(info: &vodkit_media_info) -> Option<&VideoInfo> {
    info.info.main_video().map(|(_, video)| video)
}

/// The container's short names, such as "mov,mp4,m4a,3gp,3g2,mj2". Lives as long as the info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_container(info: *const vodkit_media_info) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { object(info, "info") }.map_or(std::ptr::null(), |info| info.container.as_ptr())
}

/// Playing time in seconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_duration(info: *const vodkit_media_info) -> f64 {
    // SAFETY: the header's contract.
    unsafe { of(info, |info| Some(info.info.duration.to_f64())) }
}

/// Mean bits per second of the whole file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_bit_rate(info: *const vodkit_media_info) -> u64 {
    // SAFETY: the header's contract.
    unsafe { of(info, |info| Some(info.info.bit_rate)) }
}

/// Width of the main video in square pixels as seen, turned upright; 0 where there is no video.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_width(info: *const vodkit_media_info) -> u32 {
    // SAFETY: the header's contract.
    unsafe { of(info, |info| Some(main_video(info)?.width)) }
}

/// Height of the main video in square pixels as seen, turned upright; 0 where there is no video.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_height(info: *const vodkit_media_info) -> u32 {
    // SAFETY: the header's contract.
    unsafe { of(info, |info| Some(main_video(info)?.height)) }
}

/// Frames per second of the main video, exact; 0/1 where there is no video.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_frame_rate(info: *const vodkit_media_info) -> vodkit_rational {
    // SAFETY: the header's contract.
    unsafe { of(info, |info| Some(main_video(info)?.frame_rate.into())) }
}

/// Number of tracks, of all types.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_track_count(info: *const vodkit_media_info) -> usize {
    // SAFETY: the header's contract.
    unsafe { of(info, |info| Some(info.info.tracks.len())) }
}

/// What track `index`, from 0, holds: a vodkit_track_type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_track_type(info: *const vodkit_media_info, index: usize) -> i32 {
    let kind = |info| {
        Some(match track(info, index)?.kind {
            TrackKind::Video(_) => vodkit_track_type::VODKIT_TRACK_VIDEO,
            TrackKind::Audio(_) => vodkit_track_type::VODKIT_TRACK_AUDIO,
            TrackKind::Subtitle => vodkit_track_type::VODKIT_TRACK_SUBTITLE,
            _ => vodkit_track_type::VODKIT_TRACK_OTHER,
        })
    };
    // SAFETY: the header's contract.
    unsafe { of(info, kind) as i32 }
}

/// The codec's short name of track `index`, such as "h264"; NULL where there is no such track. Lives as long
/// as the info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_track_codec(info: *const vodkit_media_info, index: usize) -> *const c_char {
    // SAFETY: the header's contract.
    let codec = unsafe { object(info, "info") }.ok().and_then(|info| info.codecs.get(index));
    codec.map_or(std::ptr::null(), |codec| codec.as_ptr())
}

/// Frees what a probe found.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_info_free(info: *mut vodkit_media_info) {
    // SAFETY: the header's contract.
    unsafe { free(info) }
}
