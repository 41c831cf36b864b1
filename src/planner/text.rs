//! Text renditions: which text of the source each segment shows.

use super::closed_captions;
use super::names::unquoted;
use crate::base::Rational;
use crate::media::{
    Disposition, FrameIndex, MediaInfo, Packet, SeekPoint, Track, TrackIndex, TrackKind, language_name, shortest_tag,
};
use crate::plan::{
    MAX_RUN_PACKETS, MAX_RUNS, MAX_TEXTS, Media, Rendition, SourceVideo, TEXT_CODEC, TEXT_TIMESCALE, TextRendition,
    TextRole, TextRun, TextWindow, Warning, cue_end, shown_spans,
};

/// Packets between two cues up to which reading on is faster than seeking.
const MAX_GAP: usize = 16;
/// A sample of timed text without text has two bytes, its length. There is one wherever nothing is shown.
const EMPTY_TIMED_TEXT: u32 = 2;

/// Cues of a track that are looked at: of a film there are two thousand, but an edit list may show each thousands of times.
const MAX_CUES: usize = 1 << 20;

/// A cue of the source.
struct Cue {
    /// Of its packet.
    number: usize,
    /// Milliseconds of the presentation.
    start: i64,
    end: i64,
}

/// Why subtitles of a codec are left out.
fn unread(codec: &str) -> String {
    const PICTURES: [&str; 4] = ["hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "xsub"];
    if PICTURES.contains(&codec) {
        return format!("its subtitles are pictures ({codec}), not text");
    }
    let name = match codec {
        "ttml" => "TTML",
        "unknown" => "a coding that this build does not know",
        _ => codec,
    };
    format!("its subtitles are in {name}, which is not read: SubRip, ASS, WebVTT and the timed text of MP4 are")
}

/// The text renditions, `room` at most, and a warning for each track of subtitles, and for captions in the pictures, that
/// are none. `cuts` are where segments after the first begin, in seconds.
pub(super) fn renditions(
    (info, all): (&MediaInfo, &FrameIndex),
    video: Option<&SourceVideo>,
    (origin, duration): (Rational, Rational),
    cuts: &[Rational],
    room: usize,
) -> (Vec<Rendition>, Vec<Warning>) {
    let cuts: Vec<i64> = cuts.iter().map(|cut| (*cut * Rational::from(TEXT_TIMESCALE)).round()).collect();
    let end = (duration * Rational::from(TEXT_TIMESCALE)).floor();
    let bounds = bounds(&cuts, end);
    let (mut texts, mut captions, mut warnings, most) = (Vec::new(), Vec::new(), Vec::new(), room.min(MAX_TEXTS));
    for track in info.tracks.iter().filter(|track| matches!(track.kind, TrackKind::Subtitle)) {
        let Some(index) = all.track(track.index) else {
            warnings.push(left_out(track, unread(&track.codec)));
            continue;
        };
        if track.codec == "eia_608" && index.shown_parts().len() > 1 {
            warnings.push(left_out(track, "its edit list shows several parts of its closed captions".into()));
            continue;
        }
        if track.codec == "eia_608" {
            captions.extend(closed_captions::of_track(track, all, origin, &bounds));
            continue;
        }
        let cues = cues(track, index, origin);
        match cues.iter().any(|cue| cue.start < end && cue.end > 0) {
            true if texts.len() < most => texts.push(rendition(track, index, windows(index, &cues, &bounds))),
            true => warnings.push(left_out(track, format!("the package has {most} tracks of text already"))),
            false => {}
        }
    }
    let (carried, left_out) =
        video.map(|video| closed_captions::texts(all, video, origin, &bounds)).unwrap_or_default();
    for text in captions.into_iter().chain(carried) {
        match texts.len() < most {
            true => texts.push(text),
            false => warnings.push(closed_captions::no_room(&text, most)),
        }
    }
    warnings.extend(left_out);
    let is_alone = texts.len() == 1;
    let renditions = texts.into_iter().zip(1..).map(|(text, number)| Rendition {
        id: if is_alone { "text".to_owned() } else { format!("text-{number}") },
        segment_count: text.windows.len() as u32,
        codecs: TEXT_CODEC.into(),
        timescale: TEXT_TIMESCALE,
        encoded_because: None,
        media: Media::Text(text),
    });
    (renditions.collect(), warnings)
}

fn left_out(track: &Track, reason: String) -> Warning {
    let language = track.language.as_deref().map(|tag| format!(" ({})", shortest_tag(tag))).unwrap_or_default();
    let message = format!("track {} of the source{language} is left out: {reason}", track.index);
    Warning::track_left_out(track.index, message)
}

fn rendition(track: &Track, index: &TrackIndex, windows: Vec<TextWindow>) -> TextRendition {
    let role = match track.disposition {
        Disposition { commentary: true, .. } => TextRole::Commentary,
        Disposition { hearing_impaired: true, .. } => TextRole::HearingImpaired,
        _ => TextRole::Subtitles,
    };
    let forced = track.disposition.forced;
    TextRendition {
        language: track.language.as_deref().map(shortest_tag),
        name: name(track, role, forced),
        role,
        forced,
        source_track: track.index,
        caption_channel: None,
        source_time_base: index.time_base,
        source_parts: index.shown_parts().to_vec(),
        windows,
    }
}

/// The author's title, or else the language and what the text is for.
fn name(track: &Track, role: TextRole, forced: bool) -> String {
    let title = track.title.as_deref().map(unquoted).filter(|title| !title.is_empty());
    title.unwrap_or_else(|| {
        let language = track.language.as_ref().map(|tag| language_name(tag).unwrap_or_else(|| tag.clone()));
        let language = language.unwrap_or_else(|| "Subtitles".into());
        match role {
            _ if forced => format!("{language} (forced)"),
            TextRole::Commentary => format!("{language} (commentary)"),
            TextRole::HearingImpaired => format!("{language} (SDH)"),
            TextRole::Subtitles => language,
        }
    })
}

/// The track's cues in the order of its packets, without those that have nothing to read.
fn cues(track: &Track, index: &TrackIndex, origin: Rational) -> Vec<Cue> {
    let is_timed_text = track.codec == "mov_text";
    let is_empty = |packet: &Packet| packet.size <= if is_timed_text { EMPTY_TIMED_TEXT } else { 0 };
    let next = index.packets.iter().skip(1).map(|packet| Some(packet.time)).chain([None]);
    let packets = index.packets.iter().zip(next).enumerate();
    let shown = packets.filter(|(_, (packet, _))| !is_empty(packet) && !packet.discard);
    let (parts, clock) = (index.shown_parts(), (index.time_base, origin));
    let cues = shown.flat_map(|(number, (packet, next))| {
        let end = cue_end((packet.time, packet.duration), next, index.time_base, is_timed_text);
        shown_spans((packet.time, end), parts, clock).map(move |(start, end)| Cue { number, start, end })
    });
    cues.take(MAX_CUES).collect()
}

/// Start and end of each segment in milliseconds.
fn bounds(cuts: &[i64], end: i64) -> Vec<(i64, i64)> {
    let inner = cuts.iter().copied().filter(|cut| (1..end).contains(cut));
    let mut bounds: Vec<i64> = std::iter::once(0).chain(inner).chain([end]).collect();
    bounds.dedup();
    bounds.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect()
}

/// One window for each segment.
fn windows(index: &TrackIndex, cues: &[Cue], bounds: &[(i64, i64)]) -> Vec<TextWindow> {
    // The cues in the order of their starts, and for each the latest end up to it: a window's lie between two places.
    let mut sorted: Vec<&Cue> = cues.iter().collect();
    sorted.sort_by_key(|cue| (cue.start, cue.number));
    let mut latest = i64::MIN;
    let ends = sorted.iter().map(|cue| {
        latest = latest.max(cue.end);
        latest
    });
    let ends: Vec<i64> = ends.collect();
    bounds
        .iter()
        .map(|&(from, to)| {
            let first = ends.partition_point(|end| *end <= from);
            let last = sorted.partition_point(|cue| cue.start < to);
            let among = sorted.get(first..last.max(first)).unwrap_or_default();
            let mut numbers: Vec<usize> =
                among.iter().filter(|cue| cue.end > from && cue.end > cue.start).map(|cue| cue.number).collect();
            numbers.sort_unstable();
            numbers.dedup();
            TextWindow { duration: u32::try_from(to - from).unwrap_or(u32::MAX), runs: runs(index, &numbers) }
        })
        .collect()
}

/// Runs of packets that have these among them. Where there are too many the latest count, which viewers have not seen yet.
fn runs(index: &TrackIndex, numbers: &[usize]) -> Vec<TextRun> {
    let groups: Vec<&[usize]> = numbers.chunk_by(|one, next| next - one <= MAX_GAP).collect();
    let run = |group: &&[usize]| {
        let (first, last) = (*group.first()?, *group.last()?);
        // What ends with the packet after it cannot be made without that.
        let has_end = index.packets.get(last).is_some_and(|packet| packet.duration > 0);
        let end = if has_end { last + 1 } else { (last + 2).min(index.packets.len()) };
        let packets = u32::try_from(end - first).unwrap_or(u32::MAX).min(MAX_RUN_PACKETS);
        // Text is not decoded, so that nothing is set up for it.
        Some(TextRun { seek: SeekPoint { parameters: 0, ..index.packets.get(first)?.point }, packets })
    };
    groups.iter().skip(groups.len().saturating_sub(MAX_RUNS)).filter_map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(cues: &[(i64, i64)]) -> TrackIndex {
        let packet = |&(time, duration)| Packet {
            point: SeekPoint { pts: Some(time), dts: Some(time), pos: None, parameters: 0 },
            time,
            duration,
            key: true,
            discard: false,
            size: 5,
            recovery: 0,
        };
        let packets = cues.iter().map(packet).collect();
        TrackIndex { packets, ..TrackIndex::new(3, Rational::new(1, 1000)) }
    }

    fn track() -> Track {
        Track {
            index: 3,
            codec: "subrip".into(),
            decodable: true,
            profile: None,
            language: None,
            title: None,
            disposition: Disposition::default(),
            start: None,
            duration: None,
            bit_rate: None,
            kind: TrackKind::Subtitle,
        }
    }

    /// For each window its duration, and its runs by their starts and numbers of packets.
    fn planned(times: &[(i64, i64)], cuts: &[i64], end: i64) -> Vec<(u32, Vec<(i64, u32)>)> {
        let index = index(times);
        let windows = windows(&index, &cues(&track(), &index, Rational::ZERO), &bounds(cuts, end));
        let runs = |window: &TextWindow| {
            window.runs.iter().map(|run| (run.seek.pts.unwrap(), run.packets)).collect::<Vec<_>>()
        };
        windows.iter().map(|window| (window.duration, runs(window))).collect()
    }

    #[test]
    fn a_cue_is_in_each_segment_that_shows_it() {
        let found = planned(&[(1000, 500), (3500, 1000), (4600, 100)], &[4000, 8000], 10_000);
        assert_eq!(found, [(4000, vec![(1000, 2)]), (4000, vec![(3500, 2)]), (2000, vec![])]);
    }

    #[test]
    fn a_cue_ends_where_its_segment_does() {
        assert_eq!(planned(&[(0, 4000)], &[4000], 8000), [(4000, vec![(0, 1)]), (4000, vec![])]);
    }

    #[test]
    fn what_has_no_end_is_read_with_the_packet_after_it() {
        assert_eq!(
            planned(&[(1000, 0), (9000, 500)], &[4000], 8000),
            [(4000, vec![(1000, 2)]), (4000, vec![(1000, 2)])]
        );
    }

    #[test]
    fn what_lasts_long_is_a_run_of_its_own() {
        let mut times = vec![(0, 100_000)];
        times.extend((1..100).map(|number| (number * 1000, 500)));
        let found = planned(&times, &[80_000], 100_000);
        assert_eq!(found[1].1, [(0, 1), (80_000, 20)]);
    }

    #[test]
    fn many_long_cues_are_bounded() {
        let times: Vec<_> =
            (0..1000).map(|number| (number * 1000, if number % 20 == 0 { 1 << 40 } else { 1 })).collect();
        let found = planned(&times, &[999_500], 1_000_000);
        assert_eq!(found[1].1.len(), MAX_RUNS);
        let many: Vec<_> = (0..5000).map(|number| (number, 1 << 40)).collect();
        assert_eq!(planned(&many, &[6000], 7000)[1].1, [(0, MAX_RUN_PACKETS)]);
    }
}
