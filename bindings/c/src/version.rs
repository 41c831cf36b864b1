//! Version

use std::ffi::{CStr, c_char};

/// Version of the interface that this header describes. It goes up with every change that breaks programs compiled
/// against an earlier header; the shared library's soname ends with it.
pub const VODKIT_ABI_VERSION: u32 = 2;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"",
};

/// The library's version, such as "0.1.0". Static; do not free.
#[unsafe(no_mangle)]
pub extern "C" fn vodkit_version() -> *const c_char {
    VERSION.as_ptr()
}

/// The VODKIT_ABI_VERSION that the library was built with. A program can compare it with its own.
#[unsafe(no_mangle)]
pub extern "C" fn vodkit_abi_version() -> u32 {
    VODKIT_ABI_VERSION
}
