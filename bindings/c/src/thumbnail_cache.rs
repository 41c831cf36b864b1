//! Thumbnails that are kept

use std::ffi::c_char;

use vodkit::ThumbnailCache;

use crate::bytes::vodkit_bytes;
use crate::call::{free, into_handle, make, object, path_of};
use crate::cancel_token::vodkit_cancel_token;
use crate::error::vodkit_error;
use crate::options::or_default;
use crate::plan::{inner, vodkit_plan};
use crate::source::{cancellable, vodkit_source};
use crate::thumbnail::vodkit_thumbnail_options;

/// Keeps pictures in a folder of its own, which may grow to a number of bytes: those that were not asked for longest go
/// first. They are still there when the folder is opened anew. Of requests for the same picture at a time the first makes
/// it. Any number of threads may use one; the folder is for one process at a time.
pub struct vodkit_thumbnail_cache(ThumbnailCache);

/// Opens a folder, which need not exist yet, for so many bytes of pictures.
///
/// The caller owns `*cache`. Fails as vodkit_sink_open_dir does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail_cache_open(
    path: *const c_char,
    max_bytes: u64,
    cache: *mut *mut vodkit_thumbnail_cache,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(cache, "cache", error, || {
            Ok(into_handle(vodkit_thumbnail_cache(ThumbnailCache::open(path_of(path)?, max_bytes)?)))
        })
    }
}

/// As vodkit_plan_take_thumbnail, but a picture that is kept is not made anew, and the source not looked at for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail_cache_take(
    cache: *const vodkit_thumbnail_cache,
    plan: *const vodkit_plan,
    source: *const vodkit_source,
    options: *const vodkit_thumbnail_options,
    cancel: *const vodkit_cancel_token,
    bytes: *mut *mut vodkit_bytes,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(bytes, "bytes", error, || {
            let cache = &object(cache, "cache")?.0;
            let (plan, source) = (inner(plan)?, cancellable(source, cancel)?);
            Ok(into_handle(vodkit_bytes(cache.thumbnail(&source, plan, &or_default(options))?)))
        })
    }
}

/// Closes a folder; what is in it stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail_cache_free(cache: *mut vodkit_thumbnail_cache) {
    // SAFETY: the header's contract.
    unsafe { free(cache) }
}
