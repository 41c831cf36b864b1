//! FFmpeg's log lines become `tracing` events, and the last error line becomes the cause of an error.

use std::cell::{Cell, RefCell};
use std::sync::Once;

use rsmpeg::ffi;

thread_local! {
    static LAST_ERROR: RefCell<Option<String>> = const { RefCell::new(None) };
    static DAMAGED_PAGE: Cell<bool> = const { Cell::new(false) };
    static MISSING_PICTURE: Cell<bool> = const { Cell::new(false) };
}

/// How decoders begin to say that pictures are missing before the one that they decode: of H.264, of HEVC and VVC.
const MISSING: [&[u8]; 2] = [b"Frame num gap", b"Could not find ref with POC"];

/// Must run before any FFmpeg object is opened. Also forgets the last error, which is not the cause of a later one.
pub(super) fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(install);
    take_last_error();
}

/// Takes the last error that FFmpeg logged on this thread.
pub(super) fn take_last_error() -> Option<String> {
    LAST_ERROR.with(|last| last.borrow_mut().take())
}

/// Takes whether a page of Ogg had a wrong checksum on this thread: FFmpeg says so in no other way, and twice of some.
pub(super) fn take_damaged_page() -> bool {
    DAMAGED_PAGE.take()
}

/// Takes whether a decoder on this thread missed pictures that come before what it decoded: it fills them up, and says so in
/// no other way.
pub(super) fn take_missing_picture() -> bool {
    MISSING_PICTURE.take()
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", not(docs_rs)))]
fn install() {
    // SAFETY: `receive` has the signature that av_log calls and does not unwind.
    unsafe { ffi::av_log_set_callback(Some(receive)) }
}

// The Rust type of a va_list differs on other platforms; there the log is silent.
#[cfg(any(docs_rs, not(all(target_os = "linux", target_arch = "x86_64"))))]
fn install() {
    // SAFETY: sets a global level, nothing else.
    unsafe { ffi::av_log_set_level(ffi::AV_LOG_QUIET) }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", not(docs_rs)))]
unsafe extern "C" fn receive(
    context: *mut std::ffi::c_void,
    level: std::ffi::c_int,
    format: *const std::ffi::c_char,
    arguments: *mut ffi::__va_list_tag,
) {
    // SAFETY: the format that av_log was called with is a C string.
    let begin = unsafe { std::ffi::CStr::from_ptr(format) }.to_bytes();
    if MISSING.iter().any(|words| begin.starts_with(words)) {
        let _ = MISSING_PICTURE.try_with(|found| found.set(true));
    }
    if level > ffi::AV_LOG_WARNING as i32 {
        return;
    }
    let mut line = [0_u8; 512];
    let mut print_prefix = 1;
    // SAFETY: the arguments are those that av_log was called with; the buffer's length is given.
    unsafe {
        ffi::av_log_format_line2(context, level, format, arguments, line.as_mut_ptr().cast(), 512, &mut print_prefix);
    }
    let text = std::ffi::CStr::from_bytes_until_nul(&line).unwrap_or_default().to_string_lossy();
    let text = text.trim();
    // A panic must not cross into C. A host's subscriber may panic, and so may thread-local storage that is being
    // destroyed.
    let _ = std::panic::catch_unwind(|| {
        if level <= ffi::AV_LOG_ERROR as i32 {
            tracing::debug!(target: "vodkit::ffmpeg", "{text}");
            if text.ends_with("CRC mismatch!") {
                let _ = DAMAGED_PAGE.try_with(|found| found.set(true));
            }
            let _ = LAST_ERROR.try_with(|last| *last.borrow_mut() = Some(text.to_owned()));
        } else {
            tracing::trace!(target: "vodkit::ffmpeg", "{text}");
        }
    });
}
