//! Rules of captions: their texts, and what HLS and DASH say of them.

use dash_mpd::{AdaptationSet, MPD};
use m3u8_rs::{AlternativeMedia, AlternativeMediaType, MasterPlaylist, MediaPlaylist};

use super::dash::Dash;
use super::folder::{Folder, resolve};
use super::hls::Hls;
use super::report::{Finding, Notes};
use super::{LAYOUT, MANIFEST, MASTER};
use crate::plan::{Captions, Plan};

const MEDIA: &str = "RFC 8216 4.3.4.1";
const SUBTITLES: &str = "RFC 8216 4.3.4.2";
const SET: &str = "ISO/IEC 23009-1 5.3.3.2";

/// Checks the captions of the plan, and that there are no others.
pub(super) fn check(folder: &Folder, plan: &Plan, hls: &Hls, dash: &Dash, findings: &mut Vec<Finding>) {
    if let Some(master) = hls.master() {
        compare_renditions(master, plan, &mut Notes::new(MASTER, findings));
    }
    if let Some(mpd) = dash.mpd() {
        compare_sets(mpd, plan, &mut Notes::new(MANIFEST, findings));
    }
    for captions in &plan.captions {
        let key = captions.key();
        let mut notes = Notes::new(&key, findings);
        match folder.text(&key) {
            Ok(text) => notes.check(text == captions.webvtt, LAYOUT, || "its text is not that of the plan".into()),
            Err(message) => notes.add(LAYOUT, message),
        }
        let key = captions.playlist_key();
        if let Some(playlist) = hls.media(&key) {
            compare_playlist(playlist, plan, captions, &key, &mut Notes::new(&key, findings));
        }
    }
}

/// Whether it is a playlist of captions: their text needs neither an init segment nor other segments.
pub(super) fn is_captions(playlist: &MediaPlaylist) -> bool {
    playlist.segments.first().is_some_and(|segment| segment.uri.ends_with(".vtt"))
}

/// Whether it is the set of one file of captions, which is not cut into segments.
pub(super) fn is_text(set: &AdaptationSet) -> bool {
    set.contentType.as_deref() == Some("text")
}

/// The adaptation sets of captions.
pub(super) fn text_sets(mpd: &MPD) -> impl Iterator<Item = &AdaptationSet> {
    mpd.periods.iter().flat_map(|period| &period.adaptations).filter(|set| is_text(set))
}

/// The files that an adaptation set of captions names.
pub(super) fn files_of(set: &AdaptationSet) -> impl Iterator<Item = &str> {
    let inner = set.representations.iter().flat_map(|representation| &representation.BaseURL);
    set.BaseURL.iter().chain(inner).map(|url| url.base.as_str())
}

fn compare_renditions(master: &MasterPlaylist, plan: &Plan, notes: &mut Notes) {
    let texts: Vec<_> = master.alternatives.iter().filter(|rendition| is_subtitles(rendition)).collect();
    notes.check(texts.len() == plan.captions.len(), LAYOUT, || {
        format!("it has {} renditions of captions, but the plan has {}", texts.len(), plan.captions.len())
    });
    for captions in &plan.captions {
        let own = |rendition: &&&AlternativeMedia| {
            rendition.uri.as_deref().and_then(|uri| resolve(MASTER, uri)) == Some(captions.playlist_key())
        };
        let same = texts.iter().find(own).is_some_and(|rendition| {
            rendition.name == captions.name && rendition.language.as_ref() == Some(&captions.language)
        });
        notes.check(same, MEDIA, || {
            format!("it has no rendition \"{}\" of the captions in {}", captions.name, captions.language)
        });
    }
    for variant in master.variants.iter().filter(|_| !texts.is_empty()) {
        let there = texts.iter().any(|rendition| Some(&rendition.group_id) == variant.subtitles.as_ref());
        notes.check(there, SUBTITLES, || format!("the variant {} has no group of captions", variant.uri));
    }
}

fn is_subtitles(rendition: &AlternativeMedia) -> bool {
    rendition.media_type == AlternativeMediaType::Subtitles
}

fn compare_sets(mpd: &MPD, plan: &Plan, notes: &mut Notes) {
    let sets: Vec<_> = text_sets(mpd).collect();
    notes.check(sets.len() == plan.captions.len(), LAYOUT, || {
        format!("it has {} sets of captions, but the plan has {}", sets.len(), plan.captions.len())
    });
    for captions in &plan.captions {
        let own = sets.iter().find(|set| files_of(set).any(|file| file == captions.key()));
        let same = own.is_some_and(|set| {
            set.lang.as_ref() == Some(&captions.language) && set.mimeType.as_deref() == Some("text/vtt")
        });
        notes.check(same, SET, || format!("it has no set in text/vtt of the captions in {}", captions.language));
    }
}

fn compare_playlist(playlist: &MediaPlaylist, plan: &Plan, captions: &Captions, key: &str, notes: &mut Notes) {
    let [segment] = playlist.segments.as_slice() else {
        notes.add(LAYOUT, format!("it has {} segments instead of the one text", playlist.segments.len()));
        return;
    };
    notes.check(resolve(key, &segment.uri) == Some(captions.key()), LAYOUT, || {
        format!("it names {} instead of {}", segment.uri, captions.key())
    });
    let seconds = plan.duration.to_f64();
    // Single precision has seven digits.
    let near = (f64::from(segment.duration) - seconds).abs() <= 0.002 + seconds * 1e-6;
    notes.check(near, "RFC 8216 4.3.2.1", || {
        format!("its EXTINF is {}, but the package lasts {seconds:.6} s", segment.duration)
    });
}
