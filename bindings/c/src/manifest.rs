//! Manifests

use std::ffi::c_char;

use vodkit::manifest::{self, Bandwidth};
use vodkit::{Error, ErrorKind, Plan, Result, layout};

use crate::bytes::string;
use crate::call::{free, into_handle, invalid, make, text, values};
use crate::error::vodkit_error;
use crate::plan::{inner, vodkit_plan};

/// Bit rates of a plan's renditions, for its manifests.
pub struct vodkit_bandwidth(Bandwidth);

/// Calculates bit rates from the sizes of the segments; manifests with them are those of a finished package. `sizes`
/// has the bytes of all media segments, those of the plan's first rendition in order, then those of the second, and so
/// on; `count` is how many there are.
///
/// The caller owns `*bandwidth`. Fails with VODKIT_ERROR_INVALID_ARGUMENT if the plan has another number of segments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_bandwidth_new(
    plan: *const vodkit_plan,
    sizes: *const u64,
    count: usize,
    bandwidth: *mut *mut vodkit_bandwidth,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(bandwidth, "bandwidth", error, || {
            let (plan, sizes) = (inner(plan)?, values(sizes, count, "sizes")?);
            Ok(into_handle(vodkit_bandwidth(Bandwidth::measured(plan, &by_rendition(plan, sizes)?))))
        })
    }
}

fn by_rendition(plan: &Plan, sizes: &[u64]) -> Result<Vec<Vec<u64>>> {
    let counts = plan.renditions().iter().map(|rendition| rendition.segment_count as usize);
    let planned: usize = counts.clone().sum();
    if sizes.len() != planned {
        return Err(invalid(format!("{} sizes were given for {planned} segments", sizes.len())));
    }
    let mut rest = sizes.iter().copied();
    Ok(counts.map(|count| rest.by_ref().take(count).collect()).collect())
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
        make(text, "manifest", error, || {
            let plan = inner(plan)?;
            let given = bandwidth.as_ref().map(|given| given.0.clone());
            Ok(string(&made(plan, &given.unwrap_or_else(|| Bandwidth::estimated(plan)))))
        })
    }
}

/// Returns the HLS multivariant playlist (RFC 8216); in a package it is "master.m3u8".
///
/// The caller owns `*manifest` and frees it with vodkit_string_free. `bandwidth` may be NULL for an estimate from the
/// plan, before the segments are made; its peak rates are upper bounds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_multivariant_playlist(
    plan: *const vodkit_plan,
    bandwidth: *const vodkit_bandwidth,
    manifest: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { write(plan, bandwidth, manifest, error, manifest::multivariant_playlist) }
}

/// Returns the DASH manifest (ISO/IEC 23009-1); in a package it is "manifest.mpd".
///
/// The caller owns `*manifest` and frees it with vodkit_string_free. `bandwidth` may be NULL, as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_dash_manifest(
    plan: *const vodkit_plan,
    bandwidth: *const vodkit_bandwidth,
    manifest: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { write(plan, bandwidth, manifest, error, manifest::dash_manifest) }
}

/// Returns the HLS media playlist (RFC 8216) of a rendition; in a package it is "ID/playlist.m3u8".
///
/// The caller owns `*manifest` and frees it with vodkit_string_free. Fails with VODKIT_ERROR_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_media_playlist(
    plan: *const vodkit_plan,
    rendition_id: *const c_char,
    manifest: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(manifest, "manifest", error, || {
            let rendition = inner(plan)?.rendition(text(rendition_id, "rendition_id")?)?;
            Ok(string(&manifest::media_playlist(rendition)))
        })
    }
}

/// Returns the WebVTT of the storyboard: for each picture its time, its sheet, and its place on the sheet in pixels,
/// such as "00001.jpg#xywh=160,0,160,90". In a package it lies beside the sheets as "storyboard.vtt".
///
/// The caller owns `*vtt` and frees it with vodkit_string_free. Fails with VODKIT_ERROR_OUT_OF_RANGE if the plan has no
/// storyboard.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_storyboard_vtt(
    plan: *const vodkit_plan,
    vtt: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(vtt, "vtt", error, || {
            let made = inner(plan)?.storyboard().and_then(|(rendition, _)| manifest::storyboard_vtt(rendition));
            let none = || Error::new(ErrorKind::OutOfRange, "the plan has no storyboard");
            Ok(string(&made.ok_or_else(none)?))
        })
    }
}

/// Returns a manifest with only those qualities that a player with a bandwidth of `bits_per_second` can play: a hint that
/// all players obey, as they know of no others. `manifest` is the text of an HLS multivariant playlist or of a DASH manifest
/// (MPD), of any packager; nothing else in it changes.
///
/// Left out are variants whose BANDWIDTH is above `bits_per_second`, and renditions that only those name; in an MPD what
/// is above together with the audio or the video beside it. What has the lowest rate always stays, of each codec if there are
/// several: 0 leaves the lowest.
///
/// The caller owns `*within` and frees it with vodkit_string_free. Fails with VODKIT_ERROR_INVALID_ARGUMENT if the text is
/// neither, cannot be read, or states no rate.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_manifest_within_bandwidth(
    manifest: *const c_char,
    bits_per_second: u64,
    within: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(within, "within", error, || {
            Ok(string(&manifest::within_bandwidth(text(manifest, "manifest")?, bits_per_second)?))
        })
    }
}

/// Returns the media type of the file at path `key` in a package, for Content-Type: "video/iso.segment" for
/// "720p/00000.m4s". `*media_type` is NULL if no package has a file of that name, so a server that serves nothing else
/// never leaves the package's folder, whatever it is asked for.
///
/// The caller owns `*media_type` and frees it with vodkit_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_key_media_type(
    key: *const c_char,
    media_type: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(media_type, "media_type", error, || {
            Ok(layout::media_type(text(key, "key")?).map_or(std::ptr::null_mut(), string))
        })
    }
}
