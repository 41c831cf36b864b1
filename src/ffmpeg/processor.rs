//! The same audio on every processor. FFmpeg calculates it in floating point, and its code for FMA and wider registers adds
//! up in another order than that for SSE2. Which it takes is chosen when a decoder, an encoder or a resampler is opened.

/// Opens what calculates audio with the code that every processor of the architecture can run.
#[cfg(target_arch = "x86_64")]
pub(super) fn with_common_code<T>(open: impl FnOnce() -> T) -> T {
    use rsmpeg::ffi;
    use std::sync::{Mutex, PoisonError};

    const COMMON: u32 = ffi::AV_CPU_FLAG_MMX
        | ffi::AV_CPU_FLAG_MMXEXT
        | ffi::AV_CPU_FLAG_CMOV
        | ffi::AV_CPU_FLAG_SSE
        | ffi::AV_CPU_FLAG_SSE2;
    static OPENING: Mutex<()> = Mutex::new(());

    let _alone = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    // What others open in the meantime is slower for it, not other: video is the same with any code.
    // SAFETY: these read and write one atomic number.
    let here = unsafe {
        let here = ffi::av_get_cpu_flags();
        ffi::av_force_cpu_flags(here & COMMON as i32);
        here
    };
    let opened = open();
    // SAFETY: as above.
    unsafe { ffi::av_force_cpu_flags(here) };
    opened
}

/// Elsewhere there is one code for audio.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn with_common_code<T>(open: impl FnOnce() -> T) -> T {
    open()
}
