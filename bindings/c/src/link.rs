//! Sources behind links

use std::ffi::c_char;

use vodkit::{CancelToken, HttpOptions, Result, Source};

use crate::call::{call, free, into_handle, object_mut, result, text};
use crate::cancel_token::{or_none, vodkit_cancel_token};
use crate::error::vodkit_error;
use crate::limits::duration;
use crate::source::vodkit_source;

/// How a link is read.
pub struct vodkit_link_options(HttpOptions);

/// Creates options with the default values. The caller owns them.
#[unsafe(no_mangle)]
pub extern "C" fn vodkit_link_options_new() -> *mut vodkit_link_options {
    into_handle(vodkit_link_options(HttpOptions::default()))
}

/// Frees options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_link_options_free(options: *mut vodkit_link_options) {
    // SAFETY: the header's contract.
    unsafe { free(options) }
}

/// # Safety
/// As the setters below.
unsafe fn set(
    options: *mut vodkit_link_options,
    error: *mut *mut vodkit_error,
    change: impl FnOnce(&mut HttpOptions) -> Result<()>,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { call(error, || change(&mut object_mut(options, "options")?.0)) }
}

/// Sets whether the link, or a redirect, may lead to an address that is not public: this machine, the local network,
/// a cloud's metadata service. Leave it off for links from strangers. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_link_options_set_allow_private_addresses(
    options: *mut vodkit_link_options,
    allow: bool,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.allow_private_addresses = allow;
            Ok(())
        })
    }
}

/// Sets the maximum number of redirects. Default: 5.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_link_options_set_redirects(
    options: *mut vodkit_link_options,
    redirects: u32,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.redirects = redirects;
            Ok(())
        })
    }
}

/// Sets the timeout in seconds: reading fails if less than 16 KiB arrive in that time, retries included. Default: 20.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_link_options_set_timeout(
    options: *mut vodkit_link_options,
    seconds: f64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.timeout = duration(seconds)?;
            Ok(())
        })
    }
}

/// Sets the size of the read cache in bytes; less than 4 MiB counts as 4 MiB. Default: 32 MiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_link_options_set_cache_bytes(
    options: *mut vodkit_link_options,
    bytes: u64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.cache_bytes = bytes;
            Ok(())
        })
    }
}

/// Sets the maximum size of the file in bytes. Default: 256 GiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_link_options_set_source_bytes(
    options: *mut vodkit_link_options,
    bytes: u64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.source_bytes = bytes;
            Ok(())
        })
    }
}

/// Sets how many seconds a download may take if the server does not support ranges. Default: 3600.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_link_options_set_download_time(
    options: *mut vodkit_link_options,
    seconds: f64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.download_time = duration(seconds)?;
            Ok(())
        })
    }
}

/// Sets the root certificates, in PEM, that `https` servers are verified against; "" restores the default, Mozilla's
/// list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_link_options_set_root_certificates(
    options: *mut vodkit_link_options,
    pem: *const c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(options, error, |options| {
            options.root_certificates = text(pem, "pem")?.into();
            Ok(())
        })
    }
}

/// Opens an `http` or `https` link. Requests the beginning of the file, or downloads all of it if the server does not
/// support ranges. Afterwards the file is read on demand, and interrupted transfers are resumed.
///
/// The caller owns `*source`. `options` may be NULL for the defaults. `cancel`, which may be NULL, cancels this call; a
/// server that sends nothing delays that by up to a third of the timeout. Fails with VODKIT_ERROR_INVALID_ARGUMENT for something that is no link or no certificate,
/// VODKIT_ERROR_ADDRESS_REFUSED if an address is not public, VODKIT_ERROR_NOT_FOUND if there is no such host or file,
/// VODKIT_ERROR_NOT_MEDIA for a web page, VODKIT_ERROR_LIMIT_EXCEEDED for files that are too large and too many
/// redirects, and VODKIT_ERROR_SOURCE_READ for all other faults of the server or network.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_source_open_link(
    link: *const c_char,
    options: *const vodkit_link_options,
    cancel: *const vodkit_cancel_token,
    source: *mut *mut vodkit_source,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(source, "source")?;
            let options = options.as_ref().map_or_else(HttpOptions::default, |options| options.0.clone());
            let opened = Source::http(text(link, "link")?, &options.cancel(or_none(cancel)))?;
            // Later work has tokens of its own.
            *place = into_handle(vodkit_source(opened.with_cancel(&CancelToken::new())));
            Ok(())
        })
    }
}
