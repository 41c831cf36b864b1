//! Cancelling

use super::call::{free, into_handle, object};
use vodkit::{CancelToken, Result};

/// A switch that stops the call that it is given to, from any other thread.
pub struct vodkit_cancel_token(CancelToken);

/// A switch that is not thrown yet. The caller owns it; it may be freed once the calls that it was given to have
/// returned.
#[unsafe(no_mangle)]
pub extern "C" fn vodkit_cancel_token_new() -> *mut vodkit_cancel_token {
    into_handle(vodkit_cancel_token(CancelToken::new()))
}

/// Throws a switch: the call fails with VODKIT_CANCELLED, within 0.2 seconds. So do those to which it is given
/// later. May be called in a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_cancel_token_cancel(cancel: *const vodkit_cancel_token) {
    // SAFETY: the header's contract.
    if let Some(cancel) = unsafe { cancel.as_ref() } {
        cancel.0.cancel();
    }
}

/// Frees a switch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_cancel_token_free(cancel: *mut vodkit_cancel_token) {
    // SAFETY: the header's contract.
    unsafe { free(cancel) }
}

/// The switch behind a handle; for null one that nobody throws.
///
/// # Safety
/// `cancel` is null or a live handle.
pub(crate) unsafe fn shared(cancel: *const vodkit_cancel_token) -> Result<CancelToken> {
    if cancel.is_null() {
        return Ok(CancelToken::new());
    }
    // SAFETY: by this function's contract.
    unsafe { object(cancel, "cancel") }.map(|cancel| cancel.0.clone())
}
