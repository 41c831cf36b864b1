//! Tracks of an MP4 or QuickTime file that its author has switched off (ISO/IEC 14496-12 8.3.1).

use super::boxes;
use crate::base::Result;
use crate::ffmpeg::{Input, MediaType, Stream};

/// What is to be known of a track of pictures or sound.
struct Switch {
    track: u32,
    kind: MediaType,
    is_on: bool,
    /// Which tracks stand for one another; 0 for none.
    group: u16,
    language: Option<String>,
}

/// The positions of the tracks that are off and no alternative to what is on, as are other videos and other languages, of which
/// muxers leave but one on. Where nothing is on, nothing is meant. Text that is off is there to be chosen.
pub(super) fn tracks(input: &Input) -> Result<Vec<u32>> {
    let is_played = |stream: &Stream<'_>| {
        let is_cover = stream.disposition().attached_picture;
        matches!(stream.media_type(), MediaType::Video | MediaType::Audio) && !is_cover
    };
    let mut switches = Vec::new();
    for stream in input.streams().iter().filter(|stream| is_played(stream)) {
        switches.extend(switch(input, stream)?);
    }
    // Of several videos one is played in any case.
    let is_one_of = |off: &Switch, on: &Switch| off.kind == MediaType::Video || on.group == off.group && on.group != 0;
    let stands_for = |off: &Switch, on: &Switch| on.is_on && on.kind == off.kind && is_one_of(off, on);
    let is_other_language = |off: &Switch| {
        let mut alike = switches.iter().filter(|on| on.is_on && on.kind == off.kind);
        off.kind == MediaType::Audio && off.language.is_some() && alike.all(|on| on.language != off.language)
    };
    let is_alternative = |off: &Switch| switches.iter().any(|on| stands_for(off, on)) || is_other_language(off);
    let is_any_on = switches.iter().any(|switch| switch.is_on);
    let off = switches.iter().filter(|switch| is_any_on && !switch.is_on && !is_alternative(switch));
    Ok(off.map(|switch| switch.track).collect())
}

/// By the track's header (8.3.2): version and flags, two times, its number, a duration and others are before the group.
fn switch(input: &Input, stream: &Stream<'_>) -> Result<Option<Switch>> {
    let context = input.context();
    let Some((_, track)) = boxes::movie_and_track(context, stream.id())? else { return Ok(None) };
    let Some(header) = track.child(context, b"tkhd")? else { return Ok(None) };
    let Some(flags) = header.read_u32(context, 0)? else { return Ok(None) };
    let group = header.read::<2>(context, if flags >> 24 == 1 { 46 } else { 34 })?.map_or(0, u16::from_be_bytes);
    let language = stream.tag(c"language").filter(|language| language != "und");
    Ok(Some(Switch { track: stream.index(), kind: stream.media_type(), is_on: flags & 1 == 1, group, language }))
}
