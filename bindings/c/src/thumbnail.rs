//! Thumbnails

use super::bytes::vodkit_bytes;
use super::call::{call, free, into_handle, invalid, object_mut, result};
use super::error::vodkit_error;
use super::limits::vodkit_limits;
use super::plan::{inner, vodkit_plan};
use super::source::{shared, vodkit_source, with_limits};
use super::vodkit_rational;
use vodkit::thumbnail::{Fit, Position};
use vodkit::{AnimationOptions, ImageFormat, Result, Thumbnail, ThumbnailOptions};

/// Which picture, how large, and in which format. By default: the first picture in the video's own size, as
/// JPEG.
pub struct vodkit_thumbnail_options(pub(crate) ThumbnailOptions);

/// What happens where the wished width and height have another shape than the video.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vodkit_fit {
    /// The picture fills the size; what sticks out is cut off on both sides.
    VODKIT_FIT_CROP = 0,
    /// The picture lies inside the size; one side becomes shorter than wished.
    VODKIT_FIT_CLIP = 1,
    /// The picture is stretched to the size.
    VODKIT_FIT_SCALE = 2,
    /// The picture lies inside the size, with black bars to fill it.
    VODKIT_FIT_FILL = 3,
}

/// Formats of pictures.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vodkit_image_format {
    /// JPEG of quality 85.
    VODKIT_IMAGE_JPEG = 0,
    /// PNG.
    VODKIT_IMAGE_PNG = 1,
    /// WebP without loss.
    VODKIT_IMAGE_WEBP = 2,
    /// Bare pixels: three bytes each (red, green, blue), row after row without gaps, from the top.
    VODKIT_IMAGE_RGB = 3,
}

const FITS: [(vodkit_fit, Fit); 4] = [
    (vodkit_fit::VODKIT_FIT_CROP, Fit::Crop),
    (vodkit_fit::VODKIT_FIT_CLIP, Fit::Clip),
    (vodkit_fit::VODKIT_FIT_SCALE, Fit::Scale),
    (vodkit_fit::VODKIT_FIT_FILL, Fit::Fill),
];

const FORMATS: [(vodkit_image_format, ImageFormat); 4] = [
    (vodkit_image_format::VODKIT_IMAGE_JPEG, ImageFormat::Jpeg),
    (vodkit_image_format::VODKIT_IMAGE_PNG, ImageFormat::Png),
    (vodkit_image_format::VODKIT_IMAGE_WEBP, ImageFormat::WebP),
    (vodkit_image_format::VODKIT_IMAGE_RGB, ImageFormat::Rgb),
];

/// Default options, for changing. The caller owns them.
#[unsafe(no_mangle)]
pub extern "C" fn vodkit_thumbnail_options_new() -> *mut vodkit_thumbnail_options {
    into_handle(vodkit_thumbnail_options(ThumbnailOptions::default()))
}

/// Frees options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail_options_free(options: *mut vodkit_thumbnail_options) {
    // SAFETY: the header's contract.
    unsafe { free(options) }
}

/// # Safety
/// As the setters below.
unsafe fn set(
    options: *mut vodkit_thumbnail_options,
    error: *mut *mut vodkit_error,
    change: impl FnOnce(&mut ThumbnailOptions) -> Result<()>,
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

/// The picture at a fraction of the duration: 0.0 is the first, 1.0 the last. Of this and
/// vodkit_thumbnail_options_set_seconds the last call counts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail_options_set_fraction(
    options: *mut vodkit_thumbnail_options,
    fraction: f64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.at = Position::Fraction(fraction);
            Ok(())
        })
    }
}

/// The picture in view at a time, in seconds from the start. Behind the end it is the last one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail_options_set_seconds(
    options: *mut vodkit_thumbnail_options,
    seconds: vodkit_rational,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.at = Position::Seconds(seconds.read("seconds")?);
            Ok(())
        })
    }
}

/// Width and height in pixels, 1 to 8192 each, or 0: as the other side asks for, or that of the video. `fit`
/// is a vodkit_fit; it matters where both sides are given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail_options_set_size(
    options: *mut vodkit_thumbnail_options,
    width: u32,
    height: u32,
    fit: i32,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.width = Some(width).filter(|width| *width > 0);
            options.height = Some(height).filter(|height| *height > 0);
            let known = FITS.iter().find(|(number, _)| *number as i32 == fit);
            options.fit = known.ok_or_else(|| invalid(format!("{fit} is not a vodkit_fit")))?.1;
            Ok(())
        })
    }
}

/// Whether the nearest keyframe does instead of the exact picture: quicker the farther apart keyframes are.
/// Default: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail_options_set_nearest_keyframe(
    options: *mut vodkit_thumbnail_options,
    nearest_keyframe: bool,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.nearest_keyframe = nearest_keyframe;
            Ok(())
        })
    }
}

/// The format of the bytes: a vodkit_image_format.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail_options_set_format(
    options: *mut vodkit_thumbnail_options,
    format: i32,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            let known = FORMATS.iter().find(|(number, _)| *number as i32 == format);
            let unknown = || invalid(format!("{format} is not a vodkit_image_format"));
            options.format = known.ok_or_else(unknown)?.1;
            Ok(())
        })
    }
}

/// A picture's size and place.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct vodkit_picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// When the picture comes into view, in seconds from the start.
    pub time: vodkit_rational,
}

/// Takes the picture that is shown at a position: the exact one, unless the options say otherwise.
///
/// The caller owns `*bytes`, the picture in the format of the options. `options` and `limits` may be NULL for
/// the defaults, and `picture` where its size is not wanted; it is written on success only. Fails as
/// vodkit_probe does, and with VODKIT_NOTHING_TO_PLAY where there is no video.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail(
    source: *const vodkit_source,
    options: *const vodkit_thumbnail_options,
    limits: *const vodkit_limits,
    bytes: *mut *mut vodkit_bytes,
    picture: *mut vodkit_picture,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(bytes, "bytes")?;
            let taken = vodkit::thumbnail(&with_limits(source, limits)?, &or_default(options))?;
            give(taken, place, picture);
            Ok(())
        })
    }
}

/// Takes the picture that the renditions of a plan show at a position: of a clip with its own times, with its
/// watermark. Quicker than vodkit_thumbnail, as the plan tells where the picture is.
///
/// The caller owns `*bytes`. `options` and `picture` may be NULL as for vodkit_thumbnail. Fails as vodkit_segment does,
/// and with VODKIT_NOTHING_TO_PLAY where the plan has no pictures.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_thumbnail(
    source: *const vodkit_source,
    plan: *const vodkit_plan,
    options: *const vodkit_thumbnail_options,
    bytes: *mut *mut vodkit_bytes,
    picture: *mut vodkit_picture,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(bytes, "bytes")?;
            let taken = vodkit::plan_thumbnail(shared(source)?, inner(plan)?, &or_default(options))?;
            give(taken, place, picture);
            Ok(())
        })
    }
}

/// Makes a GIF, which plays over and over, of some seconds as the renditions of a plan show them.
///
/// The caller owns `*bytes`. `options` say which picture it begins with, and its size: 1280 pixels a side at most, by
/// default 360 lines; NULL for the defaults. `seconds` it lasts, 1/10 to 60, shorter where the video ends;
/// `frame_rate`: pictures a second, 1 to 30. Fails as vodkit_plan_thumbnail does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_animation(
    source: *const vodkit_source,
    plan: *const vodkit_plan,
    options: *const vodkit_thumbnail_options,
    seconds: vodkit_rational,
    frame_rate: vodkit_rational,
    bytes: *mut *mut vodkit_bytes,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(bytes, "bytes")?;
            let (seconds, frame_rate) = (seconds.read("seconds")?, frame_rate.read("frame_rate")?);
            let options =
                AnimationOptions::default().first(or_default(options)).seconds(seconds).frame_rate(frame_rate);
            *place = into_handle(vodkit_bytes(vodkit::plan_animation(shared(source)?, inner(plan)?, &options)?));
            Ok(())
        })
    }
}

/// # Safety
/// `picture` is null or a place for one.
unsafe fn give(taken: Thumbnail, place: &mut *mut vodkit_bytes, picture: *mut vodkit_picture) {
    if !picture.is_null() {
        let described = vodkit_picture { width: taken.width, height: taken.height, time: taken.time.into() };
        // SAFETY: by this function's contract.
        unsafe { picture.write(described) };
    }
    *place = into_handle(vodkit_bytes(taken.bytes));
}

/// The options behind a handle, or the defaults for NULL.
///
/// # Safety
/// `options` is null or a live handle.
pub(crate) unsafe fn or_default(options: *const vodkit_thumbnail_options) -> ThumbnailOptions {
    // SAFETY: by this function's contract.
    unsafe { options.as_ref() }.map_or_else(ThumbnailOptions::default, |options| options.0.clone())
}
