//! Segments

use std::ffi::c_char;

use super::bytes::vodkit_bytes;
use super::call::{call, free, into_handle, object_mut, result, text};
use super::error::vodkit_error;
use super::plan::{inner, vodkit_plan};
use super::source::{shared, vodkit_source};
use vodkit::SegmentMaker;

/// Makes the init segment of a track: what a player loads before any media segment.
///
/// In a package, and for its playlists, its place is "TRACK/init.mp4".
///
/// The caller owns `*bytes`. Fails with VODKIT_OUT_OF_RANGE, for images too, which need none, or
/// VODKIT_BUILD_MISMATCH.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_init_segment(
    plan: *const vodkit_plan,
    track_id: *const c_char,
    bytes: *mut *mut vodkit_bytes,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(bytes, "bytes")?;
            *place = into_handle(vodkit_bytes(vodkit::init_segment(inner(plan)?, text(track_id, "track_id")?)?));
            Ok(())
        })
    }
}

/// Makes media segment `index`, from 0, of a track. The bytes depend on the source and the plan alone, so any
/// number of threads or machines may make segments in any order. In a package, and for its playlists, its
/// place is "TRACK/00000.m4s": the index with five digits or more. Of images it is one sheet as a JPEG, and its
/// place "TRACK/00000.jpg".
///
/// The caller owns `*bytes`. Fails with VODKIT_OUT_OF_RANGE, VODKIT_BUILD_MISMATCH, VODKIT_SOURCE_CHANGED,
/// and where the source cannot be read or decoded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_segment(
    source: *const vodkit_source,
    plan: *const vodkit_plan,
    track_id: *const c_char,
    index: u32,
    bytes: *mut *mut vodkit_bytes,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(bytes, "bytes")?;
            let made = vodkit::segment(shared(source)?, inner(plan)?, text(track_id, "track_id")?, index)?;
            *place = into_handle(vodkit_bytes(made));
            Ok(())
        })
    }
}

/// Makes segments one after the other, and keeps the source open and decoders running in between. One thread uses it at
/// a time.
pub struct vodkit_segment_maker(SegmentMaker);

/// A maker of the segments of `plan`. That the plan is of this build, and the source the planned one, is checked here,
/// once. What it needs of source and plan it keeps.
///
/// The caller owns `*maker`. Fails with VODKIT_BUILD_MISMATCH, VODKIT_SOURCE_CHANGED and VODKIT_SOURCE_READ.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_segment_maker_new(
    source: *const vodkit_source,
    plan: *const vodkit_plan,
    maker: *mut *mut vodkit_segment_maker,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(maker, "maker")?;
            *place = into_handle(vodkit_segment_maker(SegmentMaker::new(shared(source)?, inner(plan)?)?));
            Ok(())
        })
    }
}

/// Makes media segment `index` (from 0) of a rendition; of a storyboard, one sheet as a JPEG.
///
/// The caller owns `*bytes`. Fails with VODKIT_OUT_OF_RANGE, VODKIT_SOURCE_READ, VODKIT_CORRUPT, VODKIT_ENCODE and
/// VODKIT_CANCELLED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_segment_maker_segment(
    maker: *mut vodkit_segment_maker,
    rendition: *const c_char,
    index: u32,
    bytes: *mut *mut vodkit_bytes,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(bytes, "bytes")?;
            let made = object_mut(maker, "maker")?.0.segment(text(rendition, "rendition")?, index)?;
            *place = into_handle(vodkit_bytes(made));
            Ok(())
        })
    }
}

/// Frees a maker.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_segment_maker_free(maker: *mut vodkit_segment_maker) {
    // SAFETY: the header's contract.
    unsafe { free(maker) }
}
