//! Closed captions as text renditions, those in pictures and tracks of their own: which packets each segment reads.

use crate::base::Rational;
use crate::media::{
    CaptionChannel, ClosedCaptions, FrameIndex, Packet, SeekPoint, Track, TrackIndex, offered, shortest_tag,
};
use crate::plan::{
    CAPTION_CUE, LONGEST_CAPTION, MAX_CAPTION_PACKETS, SourceVideo, TEXT_TIMESCALE, TextRendition, TextRole, TextRun,
    TextWindow, Warning,
};

/// Milliseconds before the earliest caption of a segment from which on codes are read: those that write it, and switch
/// to how it is written.
const LOADING: i64 = 24_000;

/// The captions of the pictures that are played, and a warning if they do not become text. `bounds` are start and end of
/// each segment in milliseconds.
pub(super) fn texts(
    index: &FrameIndex,
    video: &SourceVideo,
    origin: Rational,
    bounds: &[(i64, i64)],
) -> (Vec<TextRendition>, Option<Warning>) {
    let track = index.track(video.track).zip(index.captions(video.track));
    let Some((track, captions)) = track else { return Default::default() };
    if captions.channels.is_empty() {
        return (Vec::new(), not_looked_for(video.track, captions));
    }
    let channels = offered(&captions.channels, |channel| captions.stated_language(channel));
    match windows(track, origin, bounds) {
        Some(windows) => {
            let text = |channel| {
                let text = rendition(channel, track, windows.clone());
                TextRendition { language: captions.language(channel).map(shortest_tag).or(text.language), ..text }
            };
            (channels.into_iter().map(text).collect(), None)
        }
        None => (Vec::new(), Some(left_out(video, "its keyframes are too far apart"))),
    }
}

/// The captions of a track of their own, which may say in which language they are.
pub(super) fn of_track(
    track: &Track,
    index: &FrameIndex,
    origin: Rational,
    bounds: &[(i64, i64)],
) -> Vec<TextRendition> {
    let found = index.track(track.index).zip(index.captions(track.index));
    let windows = found.and_then(|(own, captions)| Some((own, captions, windows(own, origin, bounds)?)));
    let Some((own, captions, windows)) = windows else { return Vec::new() };
    let text = |channel: &CaptionChannel| rendition(*channel, own, windows.clone());
    let language = || track.language.as_deref().map(shortest_tag);
    captions
        .channels
        .iter()
        .map(text)
        .map(|text| TextRendition { language: language().or(text.language), ..text })
        .collect()
}

/// What is said where no more than the beginning was looked into.
fn not_looked_for(track: u32, captions: &ClosedCaptions) -> Option<Warning> {
    let what = format!("the pictures of track {track} have room for closed captions");
    let message = format!("{what}, which are looked for in the first 10 seconds alone: there are none");
    (!captions.is_all).then(|| Warning::closed_captions_left_out(track, message))
}

fn left_out(video: &SourceVideo, reason: &str) -> Warning {
    let is_copied = !video.closed_captions.is_empty();
    let rest = if is_copied { "the copied pictures alone have them" } else { "the package does not have them" };
    let what = format!("closed captions in the pictures of track {}", video.track);
    Warning::closed_captions_left_out(video.track, format!("{what} are not turned into text, as {reason}: {rest}"))
}

/// What is said of captions for which there is no room.
pub(super) fn no_room(text: &TextRendition, most: usize) -> Warning {
    let what = format!("the closed captions {} of track {}", text.name, text.source_track);
    let message = format!("{what} are not turned into text: the package has {most} tracks of text already");
    Warning::closed_captions_left_out(text.source_track, message)
}

/// Pictures do not say in which language they are.
fn rendition(channel: CaptionChannel, track: &TrackIndex, windows: Vec<TextWindow>) -> TextRendition {
    TextRendition {
        language: Some("und".into()),
        name: channel.to_string(),
        role: TextRole::HearingImpaired,
        forced: false,
        source_track: track.track,
        caption_channel: Some(channel),
        source_time_base: track.time_base,
        source_parts: track.shown_parts().to_vec(),
        windows,
    }
}

/// One window for each segment: from a keyframe on, so early that all captions of the segment are written after it, and until
/// the last of their cues has ended. `None` if there is no keyframe, or one has too many pictures until the next.
fn windows(track: &TrackIndex, origin: Rational, bounds: &[(i64, i64)]) -> Option<Vec<TextWindow>> {
    let shift = track.shown_parts().first().map_or(0, |part| part.shift);
    let ticks =
        |time: i64| track.time_base.ticks(origin + Rational::new(time, TEXT_TIMESCALE.into())).saturating_sub(shift);
    let keys: Vec<(usize, &Packet)> = track.packets.iter().enumerate().filter(|(_, packet)| packet.key).collect();
    // For each packet the earliest time from it on: what is shown before a time has been read where that is reached.
    let mut earliest: Vec<i64> = track.packets.iter().map(|packet| packet.time).collect();
    earliest.iter_mut().rev().fold(i64::MAX, |least, time| {
        *time = least.min(*time);
        *time
    });
    let window = |(from, to): (i64, i64)| {
        let start = ticks(from - LONGEST_CAPTION - LOADING);
        let after = keys.partition_point(|(_, packet)| packet.time <= start);
        let (first, packet) = keys.get(after.saturating_sub(1))?;
        let end = ticks(to + CAPTION_CUE);
        let packets = earliest.partition_point(|time| *time < end).saturating_sub(*first).max(1);
        let packets = u32::try_from(packets).ok().filter(|count| *count <= MAX_CAPTION_PACKETS)?;
        let run = TextRun { seek: SeekPoint { parameters: 0, ..packet.point }, packets };
        Some(TextWindow { duration: u32::try_from(to - from).ok()?, runs: vec![run] })
    };
    bounds.iter().map(|bound| window(*bound)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture each second, a keyframe every ten; with B-frames the second after a keyframe's is decoded later.
    fn track(seconds: i64, interval: i64) -> TrackIndex {
        let packet = |time: i64| Packet {
            point: SeekPoint { pts: Some(time), dts: None, pos: Some(time), parameters: 3 },
            time,
            duration: 1,
            key: time % interval == 0,
            discard: false,
            size: 5,
            recovery: 0,
        };
        let packets = (0..seconds).map(|place| {
            packet(if place % 10 == 1 {
                place + 1
            } else if place % 10 == 2 {
                place - 1
            } else {
                place
            })
        });
        TrackIndex { packets: packets.collect(), ..TrackIndex::new(1, Rational::from(1)) }
    }

    #[test]
    fn a_segment_reads_from_a_minute_and_a_half_before_it_until_its_cues_have_ended() {
        let runs = |origin: i64, bounds: &[(i64, i64)]| {
            let windows = windows(&track(300, 10), Rational::from(origin), bounds).unwrap();
            let run = |window: &TextWindow| (window.runs[0].seek.pts.unwrap(), window.runs[0].packets);
            windows.iter().map(run).collect::<Vec<_>>()
        };
        assert_eq!(runs(0, &[(0, 6000), (120_000, 126_000), (294_000, 300_000)]), [(0, 23), (30, 113), (210, 90)]);
        assert_eq!(runs(120, &[(0, 6000)]), [(30, 113)]);
    }

    #[test]
    fn without_keyframes_there_are_none() {
        assert_eq!(windows(&TrackIndex::new(1, Rational::from(1)), Rational::ZERO, &[(0, 1)]), None);
        let far = track(i64::from(MAX_CAPTION_PACKETS) + 2, 1 << 20);
        assert_eq!(windows(&far, Rational::ZERO, &[(0, 300_000_000)]), None);
    }
}
