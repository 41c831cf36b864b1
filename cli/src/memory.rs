//! What encoders have given back goes back to the system.

/// Maps each large piece of memory by itself, whatever was freed before. Without it glibc learns from the first large piece
/// that is freed to keep such in its heaps, one for each thread, where they are in each other's way: the ladder of 720, 480 and
/// 360 lines took a fifth more with two workers. Smaller ones cost more system calls, and save no more.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn map_large_pieces() {
    const LARGE: i32 = 1 << 20;
    // SAFETY: it sets a number of the allocator.
    unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE) };
}

/// Other allocators do so anyway.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn map_large_pieces() {}
