//! Pools

use vodkit::Pool;

use crate::call::{free, get, into_handle, object};

/// Workers that several jobs share, so that together they make no more segments at a time. What vodkit_job_get waits
/// for is made at once all the same; a worker of that job pauses meanwhile.
pub struct vodkit_pool(pub(crate) Pool);

/// Creates a pool of `workers`, at most 1024; 0 for one per core. The caller owns it and may free it at any time, as
/// jobs keep their own reference.
#[unsafe(no_mangle)]
pub extern "C" fn vodkit_pool_new(workers: u32) -> *mut vodkit_pool {
    into_handle(vodkit_pool(Pool::new(workers as usize)))
}

/// Number of workers; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_pool_workers(pool: *const vodkit_pool) -> usize {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { object(pool, "pool") }.ok()?.0.workers()))
}

/// Frees a pool.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_pool_free(pool: *mut vodkit_pool) {
    // SAFETY: the header's contract.
    unsafe { free(pool) }
}
