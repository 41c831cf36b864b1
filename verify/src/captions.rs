//! Rules of captions: their texts, and what HLS and DASH say of them.

use dash_mpd::MPD;
use m3u8_rs::{AlternativeMedia, AlternativeMediaType, MasterPlaylist, MediaPlaylist};

use crate::dash::manifest::Dash;
use crate::dash::text_sets::{files_of, text_sets};
use crate::folder::{Folder, resolve};
use crate::hls::playlists::Hls;
use crate::layout::{LAYOUT, MANIFEST, MULTIVARIANT};
use crate::notes::Notes;
use crate::plan::{Captions, Plan};
use crate::rational::to_f64;
use crate::report::Finding;
use crate::webvtt::{WEBVTT, check_captions};

const MEDIA: &str = "RFC 8216 4.3.4.1";
const SUBTITLES: &str = "RFC 8216 4.3.4.2";
const SET: &str = "ISO/IEC 23009-1 5.3.3.2";

/// Checks the captions of the plan, and that there are no others.
pub(crate) fn check(folder: &Folder, plan: &Plan, hls: &Hls, dash: &Dash, findings: &mut Vec<Finding>) {
    if let Some(multivariant) = hls.multivariant() {
        compare_renditions(multivariant, plan, &mut Notes::new(MULTIVARIANT, findings));
    }
    if let Some(mpd) = dash.mpd() {
        compare_sets(mpd, plan, &mut Notes::new(MANIFEST, findings));
    }
    for captions in &plan.captions {
        check_text(folder, captions, findings);
        let key = captions.playlist_key();
        if let Some(playlist) = hls.media(&key) {
            compare_playlist(playlist, plan, captions, &key, &mut Notes::new(&key, findings));
        }
    }
}

fn check_text(folder: &Folder, captions: &Captions, findings: &mut Vec<Finding>) {
    let key = captions.key();
    let mut notes = Notes::new(&key, findings);
    match folder.text(&key) {
        Ok(text) => {
            notes.check(text == captions.webvtt, LAYOUT, || "its text is not that of the plan".into());
            if let Err(message) = check_captions(&text) {
                notes.add(WEBVTT, message);
            }
        }
        Err(message) => notes.add(LAYOUT, message),
    }
}

fn compare_renditions(multivariant: &MasterPlaylist, plan: &Plan, notes: &mut Notes) {
    let all: Vec<_> = multivariant.alternatives.iter().filter(|rendition| is_subtitles(rendition)).collect();
    let is_captions = |rendition: &&AlternativeMedia| {
        let key = rendition.uri.as_deref().and_then(|uri| resolve(MULTIVARIANT, uri));
        key.is_none_or(|key| !plan.texts().any(|(text, _)| text.playlist_key() == key))
    };
    let subtitles: Vec<_> = all.iter().copied().filter(is_captions).collect();
    notes.check(subtitles.len() == plan.captions.len(), LAYOUT, || {
        format!("it has {} subtitle renditions, but the plan has {} captions", subtitles.len(), plan.captions.len())
    });
    for captions in &plan.captions {
        let own = |rendition: &&&AlternativeMedia| {
            rendition.uri.as_deref().and_then(|uri| resolve(MULTIVARIANT, uri)) == Some(captions.playlist_key())
        };
        let same = subtitles.iter().find(own).is_some_and(|rendition| {
            rendition.name == captions.name && rendition.language.as_ref() == Some(&captions.language)
        });
        notes.check(same, MEDIA, || {
            format!("it has no rendition \"{}\" of the captions in {}", captions.name, captions.language)
        });
    }
    for variant in multivariant.variants.iter().filter(|_| !all.is_empty()) {
        let there = all.iter().any(|rendition| Some(&rendition.group_id) == variant.subtitles.as_ref());
        notes.check(there, SUBTITLES, || format!("the variant {} has no group of captions", variant.uri));
    }
}

fn is_subtitles(rendition: &AlternativeMedia) -> bool {
    rendition.media_type == AlternativeMediaType::Subtitles
}

fn compare_sets(mpd: &MPD, plan: &Plan, notes: &mut Notes) {
    let sets: Vec<_> = text_sets(mpd).collect();
    notes.check(sets.len() == plan.captions.len(), LAYOUT, || {
        format!("it has {} text adaptation sets, but the plan has {} captions", sets.len(), plan.captions.len())
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
        notes.add(LAYOUT, format!("it has {} segments instead of one", playlist.segments.len()));
        return;
    };
    notes.check(resolve(key, &segment.uri) == Some(captions.key()), LAYOUT, || {
        format!("it names {} instead of {}", segment.uri, captions.key())
    });
    let seconds = to_f64(plan.duration);
    // Single precision has seven digits.
    let near = (f64::from(segment.duration) - seconds).abs() <= 0.002 + seconds * 1e-6;
    notes.check(near, "RFC 8216 4.3.2.1", || {
        format!("its EXTINF is {}, but the package lasts {seconds:.6} s", segment.duration)
    });
}
