//! Cancellation

use vodkit::CancelToken;

use crate::call::{free, get, into_handle, object};

/// Cancels the calls it is passed to, from any thread. One token may be passed to any number of calls, at once or one
/// after the other.
pub struct vodkit_cancel_token(pub(crate) CancelToken);

/// Creates a token. The caller owns it and may free it once the calls that use it have returned; jobs and segment
/// makers keep their own reference.
#[unsafe(no_mangle)]
pub extern "C" fn vodkit_cancel_token_new() -> *mut vodkit_cancel_token {
    into_handle(vodkit_cancel_token(CancelToken::new()))
}

/// Cancels: calls with this token fail with VODKIT_ERROR_CANCELLED within 0.2 seconds, and so does every later call.
/// There is no way back. Safe to call from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_cancel_token_cancel(token: *const vodkit_cancel_token) {
    // SAFETY: the header's contract.
    if let Some(token) = unsafe { token.as_ref() } {
        token.0.cancel();
    }
}

/// Whether the token was cancelled; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_cancel_token_is_cancelled(token: *const vodkit_cancel_token) -> bool {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(token, "token") }.ok()?.0.is_cancelled()))
}

/// Frees a token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_cancel_token_free(token: *mut vodkit_cancel_token) {
    // SAFETY: the header's contract.
    unsafe { free(token) }
}

/// The token behind a handle; for null one that nobody cancels.
///
/// # Safety
/// `token` is null or a live handle.
pub(crate) unsafe fn or_none(token: *const vodkit_cancel_token) -> CancelToken {
    // SAFETY: by this function's contract.
    unsafe { token.as_ref() }.map_or_else(CancelToken::new, |token| token.0.clone())
}
