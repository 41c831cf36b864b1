//! Thumbnails

use vodkit::thumbnail::{ChromaSampling, Fit, Position};
use vodkit::{ImageFormat, Result, Thumbnail, ThumbnailOptions, plan_thumbnail, thumbnail};

use crate::bytes::vodkit_bytes;
use crate::call::{Growing, fill, free, into_handle, invalid, make};
use crate::cancel_token::vodkit_cancel_token;
use crate::error::vodkit_error;
use crate::options::{options, or_default, set};
use crate::plan::{inner, vodkit_plan};
use crate::source::{cancellable, vodkit_source};
use crate::vodkit_rational;

/// Which picture, how large, and in which format. Setters check their ranges and change nothing if they fail. Default: the
/// first picture in the video's own size, as JPEG.
pub struct vodkit_thumbnail_options(pub(crate) ThumbnailOptions);

options!(vodkit_thumbnail_options(ThumbnailOptions), "options", ThumbnailOptions::check);

/// How a picture is fitted into a width and height of another shape.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vodkit_fit {
    /// Fills the size; what sticks out is cut off on both sides.
    VODKIT_FIT_CROP = 0,
    /// Fits inside the size; one side becomes shorter than asked for.
    VODKIT_FIT_CLIP = 1,
    /// Stretched to the size.
    VODKIT_FIT_SCALE = 2,
    /// Fits inside the size, with black bars around it.
    VODKIT_FIT_FILL = 3,
}

/// Format of a picture.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vodkit_image_format {
    /// JPEG.
    VODKIT_IMAGE_FORMAT_JPEG = 0,
    /// PNG.
    VODKIT_IMAGE_FORMAT_PNG = 1,
    /// WebP.
    VODKIT_IMAGE_FORMAT_WEBP = 2,
    /// Raw pixels: width x height x 3 bytes of red, green and blue, from the top left, without padding.
    VODKIT_IMAGE_FORMAT_RGB = 3,
}

/// How many samples of colour a JPEG keeps.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vodkit_chroma {
    /// One for four pixels (4:2:0), as in nearly all videos.
    VODKIT_CHROMA_420 = 0,
    /// One for each pixel (4:4:4), for text and drawings.
    VODKIT_CHROMA_444 = 1,
}

const CHROMAS: [(vodkit_chroma, ChromaSampling); 2] = [
    (vodkit_chroma::VODKIT_CHROMA_420, ChromaSampling::Quarter),
    (vodkit_chroma::VODKIT_CHROMA_444, ChromaSampling::Full),
];

const FITS: [(vodkit_fit, Fit); 4] = [
    (vodkit_fit::VODKIT_FIT_CROP, Fit::Crop),
    (vodkit_fit::VODKIT_FIT_CLIP, Fit::Clip),
    (vodkit_fit::VODKIT_FIT_SCALE, Fit::Scale),
    (vodkit_fit::VODKIT_FIT_FILL, Fit::Fill),
];

const FORMATS: [(vodkit_image_format, ImageFormat); 4] = [
    (vodkit_image_format::VODKIT_IMAGE_FORMAT_JPEG, ImageFormat::Jpeg),
    (vodkit_image_format::VODKIT_IMAGE_FORMAT_PNG, ImageFormat::Png),
    (vodkit_image_format::VODKIT_IMAGE_FORMAT_WEBP, ImageFormat::WebP),
    (vodkit_image_format::VODKIT_IMAGE_FORMAT_RGB, ImageFormat::Rgb),
];

/// Creates options with the default values. The caller owns them.
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

/// Selects the picture at a fraction of the duration, 0.0 (the first) to 1.0 (the last). This and
/// vodkit_thumbnail_options_set_seconds replace each other.
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

/// Selects the picture on screen at a time in seconds from the start, 0 or more. Past the end it is the last one.
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

/// Sets width and height in pixels, 1 to 8192 each. 0 makes a side follow from the other one, or keeps the video's own
/// size if both are 0. `fit`, a vodkit_fit, matters if both sides are given. Default: 0, 0, VODKIT_FIT_CROP.
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

/// Sets whether the nearest keyframe is good enough, which is faster than the exact picture. Default: false.
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

/// Sets the format, a vodkit_image_format. Default: VODKIT_IMAGE_FORMAT_JPEG.
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

/// Sets the quality of JPEG and lossy WebP, 1 to 100; 0 is the default: 85 of JPEG, 80 of WebP.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail_options_set_quality(
    options: *mut vodkit_thumbnail_options,
    quality: u32,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.quality = Some(u8::try_from(quality).unwrap_or(u8::MAX)).filter(|quality| *quality > 0);
            Ok(())
        })
    }
}

/// Sets whether WebP is lossless, and then about three times as large. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail_options_set_lossless(
    options: *mut vodkit_thumbnail_options,
    lossless: bool,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.lossless = lossless;
            Ok(())
        })
    }
}

/// Sets how much of colour a JPEG keeps, a vodkit_chroma. Default: VODKIT_CHROMA_420.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_thumbnail_options_set_chroma(
    options: *mut vodkit_thumbnail_options,
    chroma: i32,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            let known = CHROMAS.iter().find(|(number, _)| *number as i32 == chroma);
            options.chroma = known.ok_or_else(|| invalid(format!("{chroma} is not a vodkit_chroma")))?.1;
            Ok(())
        })
    }
}

/// Size and time of a picture.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct vodkit_picture {
    /// Size of the struct in bytes. The caller sets it to sizeof(vodkit_picture); the library sets it to how much it has
    /// filled in.
    pub struct_size: usize,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// When the picture appears, in seconds from the start.
    pub time: vodkit_rational,
}

// SAFETY: it is repr(C), begins with its size, and is made of numbers.
unsafe impl Growing for vodkit_picture {
    const MIN_SIZE: usize = size_of::<Self>();
}

/// Takes a picture of a video: the one on screen at the position asked for, to the frame; of a source without video its
/// cover.
///
/// The caller owns `*bytes`, the picture in the format asked for. `options` may be NULL for the defaults, `cancel` may be
/// NULL. `picture` may be NULL; otherwise its struct_size must be set, and it is filled in on success. Fails as
/// vodkit_source_probe does, and with VODKIT_ERROR_NOTHING_TO_PLAY if there is neither.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_source_take_thumbnail(
    source: *const vodkit_source,
    options: *const vodkit_thumbnail_options,
    cancel: *const vodkit_cancel_token,
    bytes: *mut *mut vodkit_bytes,
    picture: *mut vodkit_picture,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(bytes, "bytes", error, || give(thumbnail(&cancellable(source, cancel)?, &or_default(options))?, picture))
    }
}

/// Takes a picture as the renditions of a plan show it: with a clip's own times and with the watermark. Faster than
/// vodkit_source_take_thumbnail, because the plan knows where the picture is.
///
/// The caller owns `*bytes`. `options`, `cancel` and `picture` are as above. Fails as vodkit_plan_make_segment does, and
/// with VODKIT_ERROR_NOTHING_TO_PLAY if the plan has no video.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_take_thumbnail(
    plan: *const vodkit_plan,
    source: *const vodkit_source,
    options: *const vodkit_thumbnail_options,
    cancel: *const vodkit_cancel_token,
    bytes: *mut *mut vodkit_bytes,
    picture: *mut vodkit_picture,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(bytes, "bytes", error, || {
            let (plan, source) = (inner(plan)?, cancellable(source, cancel)?);
            give(plan_thumbnail(&source, plan, &or_default(options))?, picture)
        })
    }
}

/// # Safety
/// `picture` is null or a place for one.
pub(crate) unsafe fn give(taken: Thumbnail, picture: *mut vodkit_picture) -> Result<*mut vodkit_bytes> {
    if !picture.is_null() {
        let Thumbnail { width, height, time, .. } = taken;
        let described = vodkit_picture { struct_size: size_of::<vodkit_picture>(), width, height, time: time.into() };
        // SAFETY: by this function's contract.
        unsafe { fill(picture, "picture", &described) }?;
    }
    Ok(into_handle(vodkit_bytes(taken.bytes)))
}
