//! Rules of text renditions: their segments, and what HLS and DASH say of them.

use m3u8_rs::{MasterPlaylist, MediaPlaylist};

use crate::dash::manifest::Dash;
use crate::dash::representation::View;
use crate::folder::{Folder, resolve};
use crate::hls::playlists::Hls;
use crate::layout::{LAYOUT, MANIFEST, MULTIVARIANT};
use crate::notes::Notes;
use crate::plan::{Plan, Rendition, TextRendition};
use crate::report::Finding;
use crate::webvtt::{TextCue, WEBVTT, text_cues};

const SEGMENT: &str = "RFC 8216 3.5";
const MEDIA: &str = "RFC 8216 4.3.4.1";
const SET: &str = "ISO/IEC 23009-1 5.3.3.2";
const TIMELINE: &str = "ISO/IEC 23009-1 5.3.9.6";

/// Checks the text renditions, and gives the number of segments that could be read.
pub(crate) fn check(folder: &Folder, plan: &Plan, hls: &Hls, dash: &Dash, findings: &mut Vec<Finding>) -> usize {
    let mut read = 0;
    for (rendition, text) in plan.texts() {
        read += check_segments(folder, rendition, text, findings);
        // Captions that the caller gave take the place of the source's text in their language.
        let given = |language: &String| plan.captions.iter().any(|given| given.language.eq_ignore_ascii_case(language));
        let is_replaced = !text.forced && text.language.as_ref().is_some_and(given);
        if let Some(multivariant) = hls.multivariant() {
            let mut notes = Notes::new(MULTIVARIANT, findings);
            compare_media(multivariant, rendition, (text, is_replaced), &mut notes);
        }
        let key = rendition.playlist_key();
        if let Some(playlist) = hls.media(&key) {
            compare_playlist(playlist, rendition, text, &mut Notes::new(&key, findings));
        }
        let mut notes = Notes::new(MANIFEST, findings);
        let views = dash.views();
        let own: Vec<_> = views.iter().filter(|view| view.id() == rendition.id).collect();
        notes.check(own.len() == usize::from(!is_replaced) || dash.mpd().is_none(), LAYOUT, || {
            format!("it has {} representations of the text {}", own.len(), rendition.id)
        });
        own.into_iter().for_each(|view| compare_view(view, rendition, text, &mut notes));
    }
    read
}

/// Each segment has the cues of its time, and each cue is in all segments of its time.
fn check_segments(folder: &Folder, rendition: &Rendition, text: &TextRendition, findings: &mut Vec<Finding>) -> usize {
    let (mut start, mut read, mut before) = (0_u64, 0, None::<Vec<TextCue>>);
    for (window, index) in text.windows.iter().zip(0..) {
        let end = start + u64::from(window.duration);
        let key = rendition.segment_key(index);
        let mut notes = Notes::new(&key, findings);
        let cues = folder.text(&key).map_err(|message| (LAYOUT, message));
        let cues = cues.and_then(|text| text_cues(&text).map_err(|message| (WEBVTT, message)));
        let cues = cues.map_err(|(rule, message)| notes.add(rule, message)).ok();
        if let Some(cues) = &cues {
            read += 1;
            check_cues(cues, (start, end), before.as_deref(), &mut notes);
        }
        (start, before) = (end, cues);
    }
    read
}

fn check_cues(cues: &[TextCue], (start, end): (u64, u64), before: Option<&[TextCue]>, notes: &mut Notes) {
    notes.check(cues.is_sorted_by_key(|cue| cue.start), WEBVTT, || "its cues are not in order".into());
    let foreign = cues.iter().find(|cue| cue.start >= end || cue.end <= start);
    if let Some(cue) = foreign {
        let message =
            format!("a cue is shown from {} to {} ms, but the segment is of {start} to {end}", cue.start, cue.end);
        notes.add(SEGMENT, message);
    }
    let Some(before) = before else { return };
    let missing = before.iter().find(|cue| cue.end > start && !cues.contains(cue));
    if let Some(cue) = missing {
        notes.add(SEGMENT, format!("a cue that is shown up to {} ms is in the segment before alone", cue.end));
    }
}

fn compare_media(
    multivariant: &MasterPlaylist,
    rendition: &Rendition,
    (text, is_replaced): (&TextRendition, bool),
    notes: &mut Notes,
) {
    let key = rendition.playlist_key();
    let own: Vec<_> = multivariant
        .alternatives
        .iter()
        .filter(|media| media.uri.as_deref().and_then(|uri| resolve(MULTIVARIANT, uri)).as_ref() == Some(&key))
        .collect();
    notes.check(own.len() == usize::from(!is_replaced), LAYOUT, || {
        format!("it names {} renditions of the text {}", own.len(), rendition.id)
    });
    for media in own {
        // A name that another has too is told apart by what follows it.
        let same = media.language == text.language && media.forced == text.forced && media.name.starts_with(&text.name);
        notes.check(same, MEDIA, || format!("its rendition \"{}\" is not as the plan has it", media.name));
    }
}

fn compare_playlist(playlist: &MediaPlaylist, rendition: &Rendition, text: &TextRendition, notes: &mut Notes) {
    let key = rendition.playlist_key();
    notes.check(playlist.segments.len() == text.windows.len(), LAYOUT, || {
        format!("it has {} segments, but the plan has {}", playlist.segments.len(), text.windows.len())
    });
    let pairs = playlist.segments.iter().zip(&text.windows).zip(0..);
    let wrong = pairs.filter_map(|((segment, window), index)| {
        let wanted = rendition.segment_key(index);
        let near = (f64::from(segment.duration) - f64::from(window.duration) / 1000.0).abs() <= 0.001;
        let same = near && resolve(&key, &segment.uri).as_ref() == Some(&wanted);
        (!same).then(|| {
            format!(
                "segment {index} is {} of {} s instead of {wanted} of {} ms",
                segment.uri, segment.duration, window.duration
            )
        })
    });
    notes.add_first(LAYOUT, &wrong.collect::<Vec<_>>());
}

fn compare_view(view: &View<'_>, rendition: &Rendition, text: &TextRendition, notes: &mut Notes) {
    let id = view.id();
    let same = view.set.lang == text.language && view.set.mimeType.as_deref() == Some("text/vtt");
    notes.check(same, SET, || format!("the set of {id} is not in text/vtt and the plan's language"));
    let planned: Vec<_> = (0..rendition.segments).map(|index| rendition.segment_key(index)).collect();
    notes.check(view.names() == planned, LAYOUT, || format!("the files of {id} are not the plan's"));
    let mut start = 0;
    let times = text.windows.iter().map(|window| {
        let ticks = u64::from(window.duration);
        start += ticks;
        (start - ticks, ticks)
    });
    let same =
        view.timescale == 1000 && view.timeline.as_ref().is_ok_and(|timeline| timeline.iter().copied().eq(times));
    notes.check(same, TIMELINE, || format!("the times of {id} are not the plan's"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::tests::noted;

    fn cue(start: u64, end: u64) -> TextCue {
        TextCue { start, end, content: "\na".into() }
    }

    #[test]
    fn cues_are_in_each_segment_of_their_time_and_in_no_other() {
        let found = |cues: &[TextCue], before: &[TextCue]| {
            noted(|notes| check_cues(cues, (2000, 4000), Some(before), notes)).join("\n")
        };
        assert_eq!(found(&[cue(1000, 2500), cue(3900, 5000)], &[cue(0, 2000), cue(1000, 2500)]), "");
        assert!(found(&[cue(4000, 5000)], &[]).contains("is shown from 4000 to 5000 ms"));
        assert!(found(&[], &[cue(1000, 2001)]).contains("is in the segment before alone"));
        assert!(found(&[cue(3000, 3500), cue(2000, 3500)], &[]).contains("not in order"));
    }
}
