//! Memory that FFmpeg holds.

/// Bytes as FFmpeg holds them; none where there is no pointer, or no size.
///
/// # Safety
/// Where it is not null, `data` has `size` bytes that live and stay as they are for `'a`.
pub(super) unsafe fn held<'a>(data: *const u8, size: i32) -> &'a [u8] {
    match usize::try_from(size) {
        // SAFETY: as the caller promises.
        Ok(size) if size > 0 && !data.is_null() => unsafe { std::slice::from_raw_parts(data, size) },
        _ => &[],
    }
}
