//! Callbacks

use std::ffi::c_void;
use std::io;
use std::ptr::null_mut;

use vodkit::{Error, ErrorKind, Result};

use crate::error::vodkit_error;

/// Releases the user data of a callback. Called exactly once, when the library no longer needs the data: during the
/// call that takes it, or later on one of the library's threads. Must not unwind.
pub type vodkit_finalize_fn = Option<unsafe extern "C" fn(user: *mut c_void)>;

/// User data of a callback; dropping it calls the finalizer.
pub(crate) struct User {
    data: *mut c_void,
    finalize: vodkit_finalize_fn,
}

// SAFETY: the header says of each callback that it is called from other threads, and the host agrees.
unsafe impl Send for User {}
// SAFETY: as above.
unsafe impl Sync for User {}

impl User {
    pub(crate) fn new(data: *mut c_void, finalize: vodkit_finalize_fn) -> Self {
        Self { data, finalize }
    }

    pub(crate) fn data(&self) -> *mut c_void {
        self.data
    }
}

impl Drop for User {
    fn drop(&mut self) {
        if let Some(finalize) = self.finalize {
            // SAFETY: the header asks for a function that may be called with this data, once.
            unsafe { finalize(self.data) }
        }
    }
}

/// The error of a callback, for the library's traits: that there is no space left stays known.
pub(crate) fn io_error(error: Error) -> io::Error {
    match error.kind() {
        ErrorKind::NoSpace => io::Error::new(io::ErrorKind::StorageFull, error),
        _ => io::Error::other(error),
    }
}

/// Runs a callback that gets a place for an error and returns 0, or anything else where it failed. `kind` is the
/// failure of one that says no more than that; `name` is what the message calls it.
pub(crate) fn called(
    kind: ErrorKind,
    name: &str,
    callback: impl FnOnce(*mut *mut vodkit_error) -> i64,
) -> Result<(), Error> {
    let mut place = null_mut();
    let code = callback(&mut place);
    // SAFETY: by the header's contract the callback left the place alone, or put an error there that is ours now.
    let given = unsafe { vodkit_error::take(place) };
    if code == 0 {
        return Ok(());
    }
    Err(given.unwrap_or_else(|| Error::new(kind, format!("the {name} callback failed with {code}"))))
}
