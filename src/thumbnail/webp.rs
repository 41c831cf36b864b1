//! Lossy WebP, by libwebp.

use bytes::Bytes;
use image::RgbImage;

/// Encodes an image with a quality from 1 to 100; `None` if memory is short.
pub(super) fn encode(image: &RgbImage, quality: u8) -> Option<Bytes> {
    let (width, height) = (i32::try_from(image.width()).ok()?, i32::try_from(image.height()).ok()?);
    let mut made = std::ptr::null_mut();
    // SAFETY: the image has `height` rows of three bytes for each of `width` pixels, and sets `made` only if it succeeds.
    let size = unsafe {
        libwebp_sys::WebPEncodeRGB(image.as_ptr(), width, height, width.checked_mul(3)?, quality.into(), &mut made)
    };
    if size == 0 || made.is_null() {
        return None;
    }
    // SAFETY: it has made so many bytes, which are ours until they are freed.
    let bytes = Bytes::copy_from_slice(unsafe { std::slice::from_raw_parts(made, size) });
    // SAFETY: they came from libwebp, and are freed once.
    unsafe { libwebp_sys::WebPFree(made.cast()) };
    Some(bytes)
}
