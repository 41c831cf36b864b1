//! Animations

use vodkit::{AnimationOptions, Result, plan_animation};

use crate::bytes::vodkit_bytes;
use crate::call::{call, free, into_handle, object_mut, result};
use crate::cancel_token::vodkit_cancel_token;
use crate::error::vodkit_error;
use crate::plan::{inner, vodkit_plan};
use crate::source::{cancellable, vodkit_source};
use crate::thumbnail::{or_default, vodkit_thumbnail_options};
use crate::vodkit_rational;

/// Which part of a video becomes an animated GIF, and how. Setters check their ranges and change nothing if they fail.
pub struct vodkit_animation_options(AnimationOptions);

/// Creates options with the default values. The caller owns them.
#[unsafe(no_mangle)]
pub extern "C" fn vodkit_animation_options_new() -> *mut vodkit_animation_options {
    into_handle(vodkit_animation_options(AnimationOptions::default()))
}

/// Frees options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_animation_options_free(options: *mut vodkit_animation_options) {
    // SAFETY: the header's contract.
    unsafe { free(options) }
}

/// # Safety
/// As the setters below.
unsafe fn set(
    options: *mut vodkit_animation_options,
    error: *mut *mut vodkit_error,
    change: impl FnOnce(&mut AnimationOptions) -> Result<()>,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let options = object_mut(options, "options")?;
            let mut changed = options.0.clone();
            change(&mut changed)?;
            changed.check()?;
            options.0 = changed;
            Ok(())
        })
    }
}

/// Sets the first picture and the size, which may be at most 1280 pixels a side. The format is ignored. `first` is
/// copied; NULL restores the default: the first picture, at most 360 pixels high.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_animation_options_set_first(
    options: *mut vodkit_animation_options,
    first: *const vodkit_thumbnail_options,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.first = or_default(first);
            Ok(())
        })
    }
}

/// Sets the duration in seconds, 1/10 to 60. It is shorter if the video ends before. Default: 5/1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_animation_options_set_seconds(
    options: *mut vodkit_animation_options,
    seconds: vodkit_rational,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.seconds = seconds.read("seconds")?;
            Ok(())
        })
    }
}

/// Sets the frame rate in frames per second, 1 to 30. Default: 8/1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_animation_options_set_frame_rate(
    options: *mut vodkit_animation_options,
    rate: vodkit_rational,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.frame_rate = rate.read("rate")?;
            Ok(())
        })
    }
}

/// Makes a GIF that loops for ever from some seconds of video, as the renditions of a plan show them.
///
/// The caller owns `*bytes`. `options` may be NULL for the defaults, `cancel` may be NULL. Fails as
/// vodkit_plan_take_thumbnail does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_make_animation(
    plan: *const vodkit_plan,
    source: *const vodkit_source,
    options: *const vodkit_animation_options,
    cancel: *const vodkit_cancel_token,
    bytes: *mut *mut vodkit_bytes,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(bytes, "bytes")?;
            let (plan, source) = (inner(plan)?, cancellable(source, cancel)?);
            let options = options.as_ref().map_or_else(AnimationOptions::default, |options| options.0.clone());
            *place = into_handle(vodkit_bytes(plan_animation(&source, plan, &options)?));
            Ok(())
        })
    }
}
