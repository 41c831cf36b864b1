//! Version

use std::ffi::{CStr, c_char};

/// The version of the interface that this header describes. It counts up with each change that a program
/// compiled before would not survive; the shared library's soname ends with it.
pub const VODKIT_ABI_VERSION: u32 = 2;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"",
};

/// The library's version, such as "0.1.0". The text lives as long as the library is loaded.
#[unsafe(no_mangle)]
pub extern "C" fn vodkit_version() -> *const c_char {
    VERSION.as_ptr()
}

/// The VODKIT_ABI_VERSION that the library was built with: a program compares it with its own.
#[unsafe(no_mangle)]
pub extern "C" fn vodkit_abi_version() -> u32 {
    VODKIT_ABI_VERSION
}
