//! When a track of an MP4 is shown, and how fast, by its header alone: the beginnings of its tables and its edit list.

use super::boxes;
use super::edit_list::{self, EMPTY};
use super::rate::{self, FrameRate};
use crate::base::{Rational, Result};
use crate::media::MAX_TIME;
use crate::source::{ByteRange, Context};

/// Entries of the table of times that are read: all where a camera's clock wavers for some minutes.
const ENTRIES: u32 = 8192;
/// Frames from whose times a rate is found: more than two minutes of them.
const FRAMES: usize = 4096;

/// What the header of a track says of its times.
#[derive(Debug, PartialEq)]
pub(super) struct Times {
    pub(super) start: Rational,
    pub(super) duration: Rational,
    pub(super) frames: Option<u64>,
    pub(super) rate: Option<FrameRate>,
    /// Whether all frames were looked at for it.
    pub(super) is_rate_of_all: bool,
}

/// The table of times, as far as it is read: how many samples last how many ticks (ISO/IEC 14496-12 8.6.1.2).
struct Lengths {
    runs: Vec<[u32; 2]>,
    is_whole: bool,
}

/// The times of the track with this ID; `None` if it has no samples, or its header is damaged.
pub(super) fn read(context: &Context, id: u32) -> Result<Option<Times>> {
    let Some((_, track)) = boxes::movie_and_track(context, id)? else { return Ok(None) };
    let Some(header) = track.descend(context, [b"mdia", b"mdhd"])? else { return Ok(None) };
    let Some(scale) = boxes::timescale(context, header)?.filter(|scale| *scale > 0) else { return Ok(None) };
    let Some(table) = track.descend(context, [b"mdia", b"minf", b"stbl"])? else { return Ok(None) };
    let (count, lengths) = (count(context, table)?, lengths(context, table)?);
    let is_counted = !lengths.is_whole || lengths.samples() == u64::from(count);
    let ticks = if lengths.is_whole { lengths.ticks() } else { boxes::stated_length(context, header)? };
    if count == 0 || ticks == 0 || ticks > MAX_TIME as u64 || !is_counted {
        return Ok(None);
    }
    let seconds = |ticks: i64| Rational::new(ticks, scale.into());
    let first = edit_list::first_time(context, track)?;
    let media = (seconds(first), seconds(first.saturating_add(ticks as i64)));
    let shown = match edit_list::read(context, id)? {
        None => Some((media.0, media.1, true)),
        Some(list) => shown(&list, media, seconds, seconds(lengths.longest())),
    };
    let Some((start, end, is_all)) = shown else { return Ok(None) };
    Ok(Some(Times {
        start,
        duration: (end - start).max(Rational::ZERO),
        frames: is_all.then_some(count.into()),
        rate: lengths.rate(Rational::new(1, scale.into())),
        is_rate_of_all: lengths.is_even() || lengths.is_whole && u64::from(count) <= FRAMES as u64,
    }))
}

/// When the first frame that an edit list shows begins and the last one ends, and whether all are shown. `media` is when they do
/// in the media, and `sample` how long one lasts: what is rounded in the list hides none.
fn shown(
    list: &edit_list::EditList,
    media: (Rational, Rational),
    seconds: impl Fn(i64) -> Rational,
    sample: Rational,
) -> Option<(Rational, Rational, bool)> {
    let lasts = |entries: &[edit_list::Entry]| {
        let all = entries.iter().map(|entry| entry.duration).fold(0_i64, i64::saturating_add);
        list.movie.times(all.min(MAX_TIME))
    };
    let first = list.entries.iter().position(|entry| entry.media != EMPTY)?;
    let (before, shown) = list.entries.split_at(first);
    let begin = lasts(before);
    match shown {
        [only] if !only.is_held => {
            let from = seconds(only.media);
            let (start, natural) = (begin + (media.0 - from).max(Rational::ZERO), begin + media.1 - from);
            let stated = begin + lasts(shown);
            let hides_end = natural - stated >= sample;
            Some((start, if hides_end { stated } else { natural }, from <= media.0 && !hides_end))
        }
        _ => Some((begin, begin + lasts(shown), false)),
    }
}

/// The samples of a track (8.7.3).
fn count(context: &Context, table: ByteRange) -> Result<u32> {
    let sizes = match table.child(context, b"stsz")? {
        None => table.child(context, b"stz2")?,
        found => found,
    };
    Ok(sizes.map(|sizes| sizes.read_u32(context, 8)).transpose()?.flatten().unwrap_or(0))
}

fn lengths(context: &Context, table: ByteRange) -> Result<Lengths> {
    let nothing = Lengths { runs: Vec::new(), is_whole: true };
    let Some(times) = table.child(context, b"stts")? else { return Ok(nothing) };
    let (count, runs) = boxes::numbers(context, times, 4, ENTRIES)?;
    Ok(Lengths { runs, is_whole: count <= ENTRIES })
}

impl Lengths {
    fn samples(&self) -> u64 {
        self.runs.iter().map(|[samples, _]| u64::from(*samples)).fold(0, u64::saturating_add)
    }

    fn ticks(&self) -> u64 {
        let ticks = |[samples, each]: &[u32; 2]| u64::from(*samples) * u64::from(*each);
        self.runs.iter().map(ticks).fold(0, u64::saturating_add)
    }

    fn longest(&self) -> i64 {
        self.runs.iter().map(|[_, ticks]| i64::from(*ticks)).max().unwrap_or(0)
    }

    /// Whether all samples last as long, which shows in some as in all.
    fn is_even(&self) -> bool {
        self.is_whole && self.runs.len() == 1
    }

    /// The rate of the first frames.
    fn rate(&self, time_base: Rational) -> Option<FrameRate> {
        let each =
            self.runs.iter().flat_map(|[samples, ticks]| std::iter::repeat_n(i64::from(*ticks), *samples as usize));
        let (mut time, mut times) = (0_i64, Vec::new());
        for ticks in each.take(FRAMES) {
            times.push(time);
            time = time.saturating_add(ticks);
        }
        // A single frame lasts as long as it is stated to.
        let single = (times.len() == 1 && time > 0).then(|| time_base.times(time).recip());
        (times.len() > 1 || single.is_some()).then(|| rate::find(&times, time_base, single))
    }
}
