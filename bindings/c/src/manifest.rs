//! Manifests

use std::ffi::c_char;

use super::bytes::string;
use super::call::{call, free, into_handle, invalid, object, result, text, values};
use super::error::vodkit_error;
use super::plan::{inner, vodkit_plan};
use vodkit::manifest::{self, Bandwidth};
use vodkit::{Error, ErrorKind, Plan, Result};

/// Bit rates of a plan's tracks, for its manifests. Functions that take one take NULL for an estimate from
/// the plan, for manifests that are served before the segments are made: its peaks are upper bounds.
pub struct vodkit_bandwidth(Bandwidth);

/// The bit rates that segments really have; with them manifests are those of a job. `sizes` are the bytes of
/// all media segments: those of the plan's first track in order, then those of the second, and so on; `count`
/// is their number.
///
/// The caller owns `*bandwidth`. Fails with VODKIT_INVALID_ARGUMENT where the plan has another number of
/// segments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_bandwidth_measured(
    plan: *const vodkit_plan,
    sizes: *const u64,
    count: usize,
    bandwidth: *mut *mut vodkit_bandwidth,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(bandwidth, "bandwidth")?;
            let (plan, sizes) = (inner(plan)?, values(sizes, count, "sizes")?);
            *place = into_handle(vodkit_bandwidth(Bandwidth::measured(plan, &by_track(plan, sizes)?)));
            Ok(())
        })
    }
}

fn by_track(plan: &Plan, sizes: &[u64]) -> Result<Vec<Vec<u64>>> {
    let planned: usize = plan.renditions().iter().map(|rendition| rendition.segment_count as usize).sum();
    if sizes.len() != planned {
        return Err(invalid(format!("{} sizes were given for {planned} segments", sizes.len())));
    }
    let mut rest = sizes.iter().copied();
    Ok(plan
        .renditions()
        .iter()
        .map(|rendition| rest.by_ref().take(rendition.segment_count as usize).collect())
        .collect())
}

/// Frees bit rates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_bandwidth_free(bandwidth: *mut vodkit_bandwidth) {
    // SAFETY: the header's contract.
    unsafe { free(bandwidth) }
}

/// # Safety
/// As the functions below.
unsafe fn write(
    plan: *const vodkit_plan,
    bandwidth: *const vodkit_bandwidth,
    text: *mut *mut c_char,
    error: *mut *mut vodkit_error,
    made: fn(&Plan, &Bandwidth) -> String,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(text, "manifest")?;
            let plan = inner(plan)?;
            let given = object(bandwidth, "bandwidth").ok().map(|given| given.0.clone());
            *place = string(&made(plan, &given.unwrap_or_else(|| Bandwidth::estimated(plan))));
            Ok(())
        })
    }
}

/// The HLS multivariant playlist (RFC 8216), which lies beside the tracks' folders as master.m3u8.
///
/// The caller owns `*manifest` and frees it with vodkit_string_free. `bandwidth` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_hls_multivariant_playlist(
    plan: *const vodkit_plan,
    bandwidth: *const vodkit_bandwidth,
    manifest: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { write(plan, bandwidth, manifest, error, manifest::multivariant_playlist) }
}

/// An HLS multivariant playlist with the variant first that a player with `bandwidth` bits per second should begin
/// with: the best that this carries, or else the smallest. Players start with the first and change when they have
/// measured.
///
/// `playlist` may be that of any package, made here or read from its file. The caller owns `*manifest` and frees it with
/// vodkit_string_free. Fails with VODKIT_INVALID_ARGUMENT where the text is no multivariant playlist.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_hls_starting_at(
    playlist: *const c_char,
    bandwidth: u64,
    manifest: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(manifest, "manifest")?;
            *place = string(&manifest::with_first_variant(text(playlist, "playlist")?, bandwidth)?);
            Ok(())
        })
    }
}

/// The HLS media playlist (RFC 8216) of a track, which lies in the track's folder as playlist.m3u8.
///
/// The caller owns `*manifest` and frees it with vodkit_string_free. Fails with VODKIT_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_hls_media_playlist(
    plan: *const vodkit_plan,
    track_id: *const c_char,
    manifest: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(manifest, "manifest")?;
            let plan = inner(plan)?;
            *place = string(&manifest::media_playlist(plan.rendition(text(track_id, "track_id")?)?));
            Ok(())
        })
    }
}

/// The DASH manifest (ISO/IEC 23009-1), which lies beside the tracks' folders as manifest.mpd.
///
/// The caller owns `*manifest` and frees it with vodkit_string_free. `bandwidth` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_dash_manifest(
    plan: *const vodkit_plan,
    bandwidth: *const vodkit_bandwidth,
    manifest: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { write(plan, bandwidth, manifest, error, manifest::dash_manifest) }
}

/// The storyboard as WebVTT thumbnails: for each picture the time that it stands for, the sheet, and the place
/// on it in pixels, such as "00000.jpg#xywh=160,0,160,90". It lies beside the sheets as storyboard.vtt.
///
/// The caller owns `*vtt` and frees it with vodkit_string_free. Fails with VODKIT_OUT_OF_RANGE where the plan
/// has no storyboard.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_storyboard_vtt(
    plan: *const vodkit_plan,
    vtt: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(vtt, "vtt")?;
            let made = inner(plan)?.storyboard().and_then(|(rendition, _)| manifest::storyboard_vtt(rendition));
            let none = || Error::new(ErrorKind::OutOfRange, "the plan has no storyboard");
            *place = string(&made.ok_or_else(none)?);
            Ok(())
        })
    }
}

/// The media type of the file at `key` in a package, for a server's Content-Type: "video/iso.segment" for
/// "720p/00000.m4s". `*media_type` is NULL for what is no place in any package: whoever serves nothing else never
/// leaves the package's folder, whatever is asked for.
///
/// The caller owns `*media_type` and frees it with vodkit_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_media_type(
    key: *const c_char,
    media_type: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(media_type, "media_type")?;
            *place = vodkit::layout::media_type(text(key, "key")?).map_or(std::ptr::null_mut(), string);
            Ok(())
        })
    }
}
