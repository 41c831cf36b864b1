//! Thumbnails in series

use vodkit::ThumbnailMaker;

use crate::bytes::vodkit_bytes;
use crate::call::{free, into_handle, make, object_mut};
use crate::cancel_token::vodkit_cancel_token;
use crate::error::vodkit_error;
use crate::options::or_default;
use crate::plan::{inner, vodkit_plan};
use crate::source::{cancellable, vodkit_source};
use crate::thumbnail::{give, vodkit_picture, vodkit_thumbnail_options};

/// Takes many pictures of one plan. It keeps the source open in between, and the decoder running where positions follow each
/// other closely, so pictures are fastest in ascending order. One maker serves one thread at a time; use one for each
/// thread.
pub struct vodkit_thumbnail_maker(ThumbnailMaker);

/// Creates a thumbnail maker, and checks once that the source is the planned one.
///
/// The caller owns `*maker`, which keeps what it needs of the source and the plan. `cancel`, which may be NULL, cancels
/// this call and whatever the maker does. Fails with VODKIT_ERROR_SOURCE_CHANGED and VODKIT_ERROR_SOURCE_READ.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail_maker_new(
    source: *const vodkit_source,
    plan: *const vodkit_plan,
    cancel: *const vodkit_cancel_token,
    maker: *mut *mut vodkit_thumbnail_maker,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(maker, "maker", error, || {
            let made = ThumbnailMaker::new(&cancellable(source, cancel)?, inner(plan)?)?;
            Ok(into_handle(vodkit_thumbnail_maker(made)))
        })
    }
}

/// As vodkit_plan_take_thumbnail.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail_maker_take(
    maker: *mut vodkit_thumbnail_maker,
    options: *const vodkit_thumbnail_options,
    bytes: *mut *mut vodkit_bytes,
    picture: *mut vodkit_picture,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(bytes, "bytes", error, || {
            let maker = &mut object_mut(maker, "maker")?.0;
            give(maker.thumbnail(&or_default(options))?, picture)
        })
    }
}

/// Frees a thumbnail maker.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail_maker_free(maker: *mut vodkit_thumbnail_maker) {
    // SAFETY: the header's contract.
    unsafe { free(maker) }
}
