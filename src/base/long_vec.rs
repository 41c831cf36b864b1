//! Memory for many small things.

/// An empty `Vec` with room for `count`, which Linux is asked to back with huge pages: to make its ordinary pages one by one takes
/// a good part of what filling it does.
pub(crate) fn long_vec<T>(count: usize) -> Vec<T> {
    let made: Vec<T> = Vec::with_capacity(count);
    #[cfg(target_os = "linux")]
    {
        /// On x86-64, and on AArch64 with its usual pages.
        const HUGE: usize = 2 << 20;
        let start = made.as_ptr().addr();
        let (first, end) = (start.next_multiple_of(HUGE), start + made.capacity() * size_of::<T>());
        if let Some(whole @ 1..) = end.checked_sub(first).map(|length| length / HUGE * HUGE) {
            // What fails now costs time alone.
            // SAFETY: the range lies within what the `Vec` owns; the call changes none of it.
            unsafe { libc::madvise(std::ptr::without_provenance_mut(first), whole, libc::MADV_HUGEPAGE) };
        }
    }
    made
}
