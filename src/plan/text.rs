//! Text of the source, such as subtitles, as renditions in WebVTT.

use serde::{Deserialize, Serialize};

use crate::base::Rational;
use crate::media::{CaptionChannel, MAX_EDITS, MAX_TIME, MediaPart, SeekPoint, is_language};

/// Codec string of text renditions; RFC 6381 has none for WebVTT outside of MP4.
pub(crate) const TEXT_CODEC: &str = "webvtt";
/// Ticks per second: WebVTT times have three decimals.
pub(crate) const TEXT_TIMESCALE: u32 = 1000;
/// Maximum number of text renditions in a plan.
pub(crate) const MAX_TEXTS: usize = 64;
/// Maximum number of runs in a window: cues that last long, which lie far apart in the source.
pub(crate) const MAX_RUNS: usize = 8;
/// Maximum number of packets of a run: more than anybody reads in a segment.
pub(crate) const MAX_RUN_PACKETS: u32 = 2000;
/// Maximum number of packets of a run of pictures that carry captions: more than an hour from a keyframe to the next.
pub(crate) const MAX_CAPTION_PACKETS: u32 = 1 << 18;
/// Milliseconds that a closed caption is shown at most. It stays until something takes it away, but reading has to begin somewhere.
pub(crate) const LONGEST_CAPTION: i64 = 60_000;
/// Milliseconds of a cue of closed captions: what is shown for longer is several cues, one after the other, so that none depends on
/// what comes much later.
pub(crate) const CAPTION_CUE: i64 = 16_000;
/// Milliseconds that a cue is shown at most if the source does not say when it ends.
const MAX_OPEN_END: i64 = 10_000;

/// Text of the source as a rendition, and where each segment finds its cues.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TextRendition {
    /// Language as a tag of BCP 47 with the shortest code: `"de"`, `"pt-BR"`.
    pub language: Option<String>,
    /// Name to show to viewers.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "TextRole::is_subtitles")]
    pub role: TextRole,
    /// Whether it is to be shown even to viewers who want no subtitles: what is said in another language, and signs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forced: bool,
    /// Index of the source's track.
    pub source_track: u32,
    /// If the text is closed captions, in the pictures of that track or in itself, their channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption_channel: Option<CaptionChannel>,
    /// The source track's time base in seconds per tick.
    pub source_time_base: Rational,
    /// What the source track's edit list shows, if it does not show all of it as it is. Packets are then the media's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source_parts: Vec<MediaPart>,
    /// One window for each segment.
    pub windows: Vec<TextWindow>,
}

/// What a text rendition is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TextRole {
    /// What is said.
    #[default]
    Subtitles,
    /// What is said and what else is heard, for those who do not hear well.
    HearingImpaired,
    /// Remarks about what is seen.
    Commentary,
}

impl TextRole {
    fn is_subtitles(&self) -> bool {
        *self == Self::Subtitles
    }
}

/// The text of one segment: all cues that are shown at some time of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TextWindow {
    /// Milliseconds.
    pub duration: u32,
    /// Where its cues are in the source; none if there is no text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<TextRun>,
}

/// Consecutive packets of text, or of pictures that carry captions, among which are cues of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TextRun {
    /// The first packet.
    pub seek: SeekPoint,
    /// Number of packets.
    pub packets: u32,
}

impl TextRendition {
    /// Start and end of window `index` in milliseconds of the presentation.
    pub(crate) fn span(&self, index: u32) -> Option<(i64, i64)> {
        let window = self.windows.get(index as usize)?;
        let start = self.windows.iter().take(index as usize).map(|window| i64::from(window.duration)).sum::<i64>();
        Some((start, start + i64::from(window.duration)))
    }

    /// Where the cues of window `index` are in the source.
    pub(crate) fn runs(&self, index: u32) -> &[TextRun] {
        self.windows.get(index as usize).map_or(&[], |window| &window.runs)
    }

    /// Checks all but the rendition's id and the number of segments.
    pub(super) fn check(&self) -> Result<(), String> {
        let ensure = |holds: bool, message: &str| if holds { Ok(()) } else { Err(message.to_owned()) };
        ensure(self.source_time_base > Rational::ZERO, "its time base is not positive")?;
        ensure(self.language.as_deref().is_none_or(is_language), "its language is not a language tag")?;
        let printable = !self.name.chars().any(|c| c.is_control() || c == '"');
        ensure(printable, "its name has a quotation mark or a control character")?;
        ensure(self.windows.iter().all(|window| window.duration > 0), "a window is empty")?;
        let runs = || self.windows.iter().flat_map(|window| &window.runs);
        let few = self.windows.iter().all(|window| window.runs.len() <= MAX_RUNS);
        let most = if self.caption_channel.is_some() { MAX_CAPTION_PACKETS } else { MAX_RUN_PACKETS };
        ensure(few && runs().all(|run| (1..=most).contains(&run.packets)), "a window has too much text")?;
        let in_range = |seek: &SeekPoint| {
            seek.parameters == 0
                && [seek.pts, seek.dts, seek.pos]
                    .into_iter()
                    .flatten()
                    .all(|time| (-MAX_TIME..=MAX_TIME).contains(&time))
        };
        ensure(runs().all(|run| in_range(&run.seek)), "a window's seek point is out of range")?;
        let good = |part: &MediaPart| {
            let times = [part.start, part.end, part.shift];
            part.start < part.end && times.iter().all(|time| (-MAX_TIME..=MAX_TIME).contains(time))
        };
        let few = self.source_parts.len() <= if self.caption_channel.is_some() { 1 } else { MAX_EDITS };
        ensure(few && self.source_parts.iter().all(good), "its source has too many parts, or some are out of range")
    }
}

/// Milliseconds of the presentation, from a time in ticks.
pub(crate) fn milliseconds(time: i64, time_base: Rational, origin: Rational) -> i64 {
    ((time_base.times(time) - origin) * Rational::from(1000)).round()
}

/// When a cue ends, by its time and duration in ticks. One whose end the source does not state lasts until `next`, the time of
/// the packet after it, and for ten seconds at most if packets are not `gapless`: of these one may last no time.
pub(crate) fn cue_end((time, duration): (i64, i64), next: Option<i64>, time_base: Rational, gapless: bool) -> i64 {
    let last = time.saturating_add(time_base.ticks(Rational::new(MAX_OPEN_END, TEXT_TIMESCALE.into())));
    match next.filter(|next| *next > time || gapless) {
        _ if duration > 0 => time.saturating_add(duration),
        Some(next) if gapless => next.max(time),
        Some(next) => next.min(last),
        None => last,
    }
}

/// Start and end, in milliseconds of the presentation, of what lies between two times of a source: once for each part of it that
/// shows some of it, or as it is if there are no parts.
pub(crate) fn shown_spans(
    (start, end): (i64, i64),
    parts: &[MediaPart],
    (time_base, origin): (Rational, Rational),
) -> impl Iterator<Item = (i64, i64)> {
    let whole = MediaPart { start: i64::MIN, end: i64::MAX, shift: 0 };
    let parts = parts.iter().copied().chain(parts.is_empty().then_some(whole));
    let shown = parts.filter(move |part| start < part.end && end > part.start);
    shown.map(move |part| {
        let moved = |time: i64| milliseconds(time.saturating_add(part.shift), time_base, origin);
        (moved(start.max(part.start)), moved(end.min(part.end)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cue_without_an_end_lasts_until_the_next_or_ten_seconds() {
        let end = |duration, next| cue_end((2000, duration), next, Rational::new(1, 1000), false);
        assert_eq!(end(500, Some(2100)), 2500);
        assert_eq!(end(0, Some(4000)), 4000);
        assert_eq!(end(0, Some(60_000)), 12_000);
        assert_eq!(end(0, Some(2000)), 12_000);
        assert_eq!(end(0, None), 12_000);
        let gapless = |next| cue_end((2000, 0), next, Rational::new(1, 1000), true);
        assert_eq!([Some(60_000), Some(2000), Some(0), None].map(gapless), [60_000, 2000, 2000, 12_000]);
    }

    #[test]
    fn each_part_that_shows_some_of_it_shows_a_cue() {
        let part = |start, end, shift| MediaPart { start, end, shift };
        let spans = |parts: &[MediaPart]| {
            let clock = (Rational::new(1, 1000), Rational::from(1));
            shown_spans((2000, 3000), parts, clock).collect::<Vec<_>>()
        };
        assert_eq!(spans(&[]), [(1000, 2000)]);
        let parts = [part(2500, 9000, -1500), part(0, 2000, 9), part(3000, 4000, 9), part(1000, 2600, 10_000)];
        assert_eq!(spans(&parts), [(0, 500), (11_000, 11_600)]);
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        for time in [-MAX_TIME, MAX_TIME] {
            let end = cue_end((time, MAX_TIME), None, Rational::from(1), false);
            let part = MediaPart { start: -MAX_TIME, end: MAX_TIME, shift: time };
            assert!(shown_spans((time, end), &[part], (Rational::from(1), Rational::from(-MAX_TIME))).count() <= 1);
            cue_end((time, 0), Some(MAX_TIME), Rational::new(1, i64::MAX), true);
        }
    }
}
