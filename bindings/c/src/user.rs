//! User data of callbacks

use std::ffi::c_void;

/// Is called once with the user data, when the library does not need it any more: maybe inside the call that
/// takes the data, maybe later on a thread of a job. It must not unwind, with a C++ exception say.
pub type vodkit_finalizer_fn = Option<unsafe extern "C" fn(user: *mut c_void)>;

/// User data of a callback; dropping it calls the finalizer.
pub(crate) struct User {
    data: *mut c_void,
    finalizer: vodkit_finalizer_fn,
}

// SAFETY: the header says of each callback that it is called from other threads, and the host agrees.
unsafe impl Send for User {}
// SAFETY: as above.
unsafe impl Sync for User {}

impl User {
    pub(crate) fn new(data: *mut c_void, finalizer: vodkit_finalizer_fn) -> Self {
        Self { data, finalizer }
    }

    pub(crate) fn data(&self) -> *mut c_void {
        self.data
    }
}

impl Drop for User {
    fn drop(&mut self) {
        if let Some(finalizer) = self.finalizer {
            // SAFETY: the header asks for a function that may be called with this data, once.
            unsafe { finalizer(self.data) }
        }
    }
}
