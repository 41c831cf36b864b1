//! FFmpeg's memory as slices.

/// The slice at `data`; empty if the pointer is null or the size is not positive.
///
/// # Safety
/// Unless it is null, `data` points to `size` of them that stay allocated and unchanged for `'a`.
pub(super) unsafe fn ffi_slice<'a, T>(data: *const T, size: i32) -> &'a [T] {
    match usize::try_from(size) {
        // SAFETY: as the caller promises.
        Ok(size) if size > 0 && !data.is_null() => unsafe { std::slice::from_raw_parts(data, size) },
        _ => &[],
    }
}
