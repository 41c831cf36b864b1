//! Captions

use std::ffi::c_char;

use vodkit::{Captions, manifest};

use crate::bytes::string;
use crate::call::{call, get, get_str, into_handle, object, result, text};
use crate::error::vodkit_error;
use crate::plan::{inner, vodkit_plan};

/// Checks captions without a plan, just as vodkit_plan_with_captions does.
///
/// Fails with VODKIT_ERROR_INVALID_ARGUMENT if the language is not a tag of RFC 5646, the name cannot appear in a
/// playlist, or the text is not WebVTT or is larger than 1 MiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_captions_check(
    language: *const c_char,
    name: *const c_char,
    webvtt: *const c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || Captions::new(text(language, "language")?, text(name, "name")?, text(webvtt, "webvtt")?).check())
    }
}

/// Returns the same plan with captions, which replace those in the same language. `language` is a tag of RFC 5646 such
/// as "en", `name` is shown to viewers, `webvtt` is the text, with times from the package's 0. No segment changes: a
/// job of the new plan resumes a package without the captions, and vodkit_package_update adds them to a finished one.
///
/// The caller owns `*with`, and still owns `plan`. Fails with VODKIT_ERROR_INVALID_ARGUMENT as vodkit_captions_check
/// does, and if another language has the name or there are 64 languages already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_with_captions(
    plan: *const vodkit_plan,
    language: *const c_char,
    name: *const c_char,
    webvtt: *const c_char,
    with: *mut *mut vodkit_plan,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(with, "with")?;
            let (language, name, webvtt) = (text(language, "language")?, text(name, "name")?, text(webvtt, "webvtt")?);
            *place = into_handle(vodkit_plan::new(inner(plan)?.with_captions(language, name, webvtt)?));
            Ok(())
        })
    }
}

/// Returns the same plan without the captions in a language.
///
/// The caller owns `*without`, and still owns `plan`. Fails with VODKIT_ERROR_OUT_OF_RANGE if there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_without_captions(
    plan: *const vodkit_plan,
    language: *const c_char,
    without: *mut *mut vodkit_plan,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(without, "without")?;
            *place = into_handle(vodkit_plan::new(inner(plan)?.without_captions(text(language, "language")?)?));
            Ok(())
        })
    }
}

/// Number of languages that a plan has captions in.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_captions_count(plan: *const vodkit_plan) -> usize {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { inner(plan) }.ok()?.captions().len()))
}

/// Language of the captions at `index`, counted from 0; NULL if there are none. Valid as long as the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_captions_language(plan: *const vodkit_plan, index: usize) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| unsafe { object(plan, "plan") }.ok()?.captions.get(index).map(|[language, _]| language))
}

/// Name of the captions at `index`, counted from 0; NULL if there are none. Valid as long as the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_captions_name(plan: *const vodkit_plan, index: usize) -> *const c_char {
    // SAFETY: the header's contract.
    get_str(|| unsafe { object(plan, "plan") }.ok()?.captions.get(index).map(|[_, name]| name))
}

/// Returns the captions in a language as WebVTT; in a package they are "captions/LANGUAGE.vtt".
///
/// The caller owns `*webvtt` and frees it with vodkit_string_free. Fails with VODKIT_ERROR_OUT_OF_RANGE if there are
/// none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_captions(
    plan: *const vodkit_plan,
    language: *const c_char,
    webvtt: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(webvtt, "webvtt")?;
            *place = string(&inner(plan)?.captions_in(text(language, "language")?)?.webvtt);
            Ok(())
        })
    }
}

/// Returns the HLS media playlist of the captions in a language; in a package it is "captions/LANGUAGE.m3u8".
///
/// The caller owns `*manifest` and frees it with vodkit_string_free. Fails with VODKIT_ERROR_OUT_OF_RANGE if there are
/// none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_captions_playlist(
    plan: *const vodkit_plan,
    language: *const c_char,
    manifest: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(manifest, "manifest")?;
            let plan = inner(plan)?;
            *place = string(&manifest::captions_playlist(plan, plan.captions_in(text(language, "language")?)?));
            Ok(())
        })
    }
}
