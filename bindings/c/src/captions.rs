//! Captions

use std::ffi::c_char;

use super::bytes::string;
use super::call::{call, get, into_handle, object, result, text};
use super::error::vodkit_error;
use super::plan::{inner, vodkit_plan};
use vodkit::{Captions, manifest};

/// Says what is wrong with captions, if anything is, before there is a plan; vodkit_plan_with_captions does so too.
///
/// Fails with VODKIT_INVALID_ARGUMENT where the language is no tag of RFC 5646, the name cannot stand in a playlist, or
/// the text is not WebVTT or has more than 1 MiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_check_captions(
    language: *const c_char,
    name: *const c_char,
    webvtt: *const c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let (language, name) = (text(language, "language")?, text(name, "name")?);
            Captions::new(language, name, text(webvtt, "webvtt")?).check()
        })
    }
}

/// Another plan: the same with captions, in the place of those in the same language. `language` is a tag of
/// RFC 5646 such as "en", `name` is shown to people, `webvtt` is the text in WebVTT, whose times count from the
/// package's 0. All segments stay what they are: a job of the plan goes on from a package without the captions, and
/// vodkit_update_package brings them into one that is finished.
///
/// The caller owns `*with`, and `plan` still. Fails with VODKIT_INVALID_ARGUMENT where the language is no tag, another
/// has the name, the text is not WebVTT or has more than 1 MiB, or there are 64 languages already.
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

/// Another plan: the same without the captions in a language.
///
/// The caller owns `*without`, and `plan` still. Fails with VODKIT_OUT_OF_RANGE where there are none.
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

/// In how many languages a plan has captions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_captions_count(plan: *const vodkit_plan) -> usize {
    // SAFETY: the header's contract.
    get(|| Some(unsafe { inner(plan) }.ok()?.captions().len()))
}

/// The language of captions `index`, from 0; NULL where there are none. Lives as long as the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_captions_language(plan: *const vodkit_plan, index: usize) -> *const c_char {
    // SAFETY: the header's contract.
    let found = unsafe { object(plan, "plan") }.ok().and_then(|plan| plan.captions.get(index));
    found.map_or(std::ptr::null(), |[language, _]| language.as_ptr())
}

/// The name of captions `index`, from 0; NULL where there are none. Lives as long as the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_plan_captions_name(plan: *const vodkit_plan, index: usize) -> *const c_char {
    // SAFETY: the header's contract.
    let found = unsafe { object(plan, "plan") }.ok().and_then(|plan| plan.captions.get(index));
    found.map_or(std::ptr::null(), |[_, name]| name.as_ptr())
}

/// The captions in a language, in WebVTT; in a package captions/LANGUAGE.vtt.
///
/// The caller owns `*webvtt` and frees it with vodkit_string_free. Fails with VODKIT_OUT_OF_RANGE where there are none.
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

/// The HLS media playlist of the captions in a language; in a package captions/LANGUAGE.m3u8.
///
/// The caller owns `*manifest` and frees it with vodkit_string_free. Fails with VODKIT_OUT_OF_RANGE where there are
/// none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_hls_captions_playlist(
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
