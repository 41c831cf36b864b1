//! FFmpeg's log lines become `tracing` events, and the last error line is kept as a cause.

use std::cell::RefCell;
use std::sync::Once;

use rsmpeg::ffi;

thread_local! {
    static LAST_ERROR: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Must run before anything of FFmpeg is opened.
pub(super) fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(install);
    // What went wrong before is not the cause of what may go wrong now.
    take_last_error();
}

/// The last error that FFmpeg logged on this thread, once.
pub(super) fn take_last_error() -> Option<String> {
    LAST_ERROR.with(|last| last.borrow_mut().take())
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", not(docs_rs)))]
fn install() {
    // SAFETY: `receive` has the signature that av_log calls and does not unwind.
    unsafe { ffi::av_log_set_callback(Some(receive)) }
}

// A va_list has another Rust type on each other platform; there the log is silent.
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
    // A panic must not cross into C, and neither a subscriber nor the destructor of a thread can be trusted.
    let _ = std::panic::catch_unwind(|| {
        if level <= ffi::AV_LOG_ERROR as i32 {
            tracing::debug!(target: "vodkit::ffmpeg", "{text}");
            let _ = LAST_ERROR.try_with(|last| *last.borrow_mut() = Some(text.to_owned()));
        } else {
            tracing::trace!(target: "vodkit::ffmpeg", "{text}");
        }
    });
}
