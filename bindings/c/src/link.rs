//! Sources behind links

use std::ffi::c_char;

use super::call::{call, free, into_handle, object_mut, result, text};
use super::error::vodkit_error;
use super::limits::duration;
use super::source::vodkit_source;
use vodkit::{HttpOptions, Result, Source};

/// How a link is read. Functions that take link options take NULL for the defaults.
pub struct vodkit_link_options(HttpOptions);

/// Default options, for changing. The caller owns them.
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

/// Whether a link, or a redirect of it, may lead to an address that is not of the public internet: this machine,
/// the local network, a cloud's metadata service. Links from strangers may not. Default: no.
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

/// Redirects that are followed. Default: 5.
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

/// For how many seconds less than 16 KiB may come before reading fails, with all that is tried again in that time.
/// Default: 20.
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

/// Memory for what was read last, in bytes. Default: 32 MiB; 4 MiB at least.
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

/// The largest file, in bytes. Default: 256 GiB.
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

/// How many seconds a download may take from a server that gives files only as a whole. Default: 3600.
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

/// Certificates, in PEM, that those of `https` servers have to go back to. Default: the authorities that Mozilla
/// trusts.
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

/// A source behind an `http` or `https` link. Asks for the file's beginning, or downloads all of it where the
/// server cannot give parts. It is then read as needed, and what breaks off is taken up again.
///
/// The caller owns `*source`. `options` may be NULL. Fails with VODKIT_INVALID_ARGUMENT for what is no link or
/// no certificate,
/// VODKIT_ADDRESS_REFUSED where it leads to an address that is not allowed, VODKIT_NOT_FOUND where there is no such
/// host or file, VODKIT_NOT_MEDIA for a web page, VODKIT_LIMIT_EXCEEDED for files or ways too long, and
/// VODKIT_SOURCE_READ for all else that servers do.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_source_open_link(
    link: *const c_char,
    options: *const vodkit_link_options,
    source: *mut *mut vodkit_source,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let source = result(source, "source")?;
            let options = options.as_ref().map_or_else(HttpOptions::default, |options| options.0.clone());
            *source = into_handle(vodkit_source(Source::http(text(link, "link")?, &options)?));
            Ok(())
        })
    }
}
