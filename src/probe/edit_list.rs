//! Reading the edit lists of an MP4 (ISO/IEC 14496-12 8.6.6), and which of them FFmpeg follows exactly.

use super::boxes;
use crate::base::{Error, ErrorKind, Rational, Result};
use crate::ffmpeg::{MediaType, Stream};
use crate::media::{MAX_EDITS, MAX_TIME, Packet, TrackIndex};
use crate::source::{ByteRange, Context};

/// An entry of an edit list.
pub(super) struct Entry {
    /// In ticks of the movie.
    pub(super) duration: i64,
    /// Presentation time in the media, in ticks of the track, or [`EMPTY`].
    pub(super) media: i64,
    /// Whether the frame at that time is held (a rate of 0).
    pub(super) is_held: bool,
    /// Whether it states another rate than that and 1.
    is_retimed: bool,
}

/// The media's time of an entry that shows nothing.
pub(super) const EMPTY: i64 = -1;

/// The edit list of a track.
pub(super) struct EditList {
    /// Seconds per tick of the movie.
    pub(super) movie: Rational,
    /// Those that last.
    pub(super) entries: Vec<Entry>,
    /// The entries with those that do not.
    pub(super) stated: usize,
    pub(super) is_fragmented: bool,
    /// The presentation time of the first sample, if it is not in a fragment.
    first: i64,
}

/// How the demuxer follows an edit list.
pub(super) enum Followed {
    Exactly,
    /// Its times are right, but it shows what the list hides.
    InTime,
    Wrongly,
}

/// The edit list of the track with this ID.
pub(super) fn read(context: &Context, id: u32) -> Result<Option<EditList>> {
    let Some((movie, track)) = boxes::movie_and_track(context, id)? else { return Ok(None) };
    let Some(list) = track.descend(context, [b"edts", b"elst"])? else { return Ok(None) };
    let is_fragmented = movie.child(context, b"mvex")?.is_some();
    if is_fragmented && has_samples(context, track)? {
        // What is written for a beginning, such as that of a recording that broke off, is not for the fragments after it.
        return Ok(None);
    }
    let entries = entries(context, list, is_fragmented)?;
    let timescale =
        movie.child(context, b"mvhd")?.map(|header| boxes::timescale(context, header)).transpose()?.flatten();
    let Some(timescale) = timescale.filter(|timescale| *timescale > 0) else { return Ok(None) };
    let movie = Rational::new(1, timescale.into());
    let stated = list.read_u32(context, 4)?.unwrap_or(0) as usize;
    Ok(Some(EditList { movie, entries, stated, is_fragmented, first: first_time(context, track)? }))
}

/// The entries that last. One without a duration shows all that follows: of fragments by the letter, and elsewhere if nothing
/// else is shown, as those mean it who write so.
fn entries(context: &Context, list: ByteRange, is_fragmented: bool) -> Result<Vec<Entry>> {
    let Some([version, ..]) = list.read::<4>(context, 0)? else { return Ok(Vec::new()) };
    let count = list.read_u32(context, 4)?.unwrap_or(0);
    let mut entries = Vec::new();
    for number in 0..u64::from(count) {
        let entry = if version == 1 {
            list.read::<20>(context, 8 + number * 20)?.map(
                |[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, rate @ ..]| {
                    let media = i64::from_be_bytes([i, j, k, l, m, n, o, p]);
                    (u64::from_be_bytes([a, b, c, d, e, f, g, h]), media, rate)
                },
            )
        } else {
            list.read::<12>(context, 8 + number * 12)?.map(|[a, b, c, d, e, f, g, h, rate @ ..]| {
                let media = i32::from_be_bytes([e, f, g, h]);
                (u32::from_be_bytes([a, b, c, d]).into(), media.into(), rate)
            })
        };
        let Some((duration, media, rate)) = entry else { break };
        if entries.len() >= MAX_EDITS {
            let message = format!("the source has a track of more than {MAX_EDITS} edits: encode it anew");
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let duration = i64::try_from(duration).unwrap_or(MAX_TIME).min(MAX_TIME);
        let is_alone = number + 1 == u64::from(count) && entries.iter().all(|entry: &Entry| entry.media == EMPTY);
        let is_open = (is_fragmented || is_alone) && duration == 0 && media != EMPTY;
        let duration = if is_open { MAX_TIME } else { duration };
        if duration > 0 {
            let (media, is_held) = (media.clamp(-MAX_TIME, MAX_TIME), rate == [0; 4]);
            let is_retimed = media != EMPTY && !is_held && rate != [0, 1, 0, 0];
            entries.push(Entry { duration, media, is_held, is_retimed });
        }
    }
    Ok(entries)
}

/// The presentation time of a track's first sample (8.6.1.3): version, flags and the number of entries come before, and
/// the number of samples that the first entry is for.
pub(super) fn first_time(context: &Context, track: ByteRange) -> Result<i64> {
    let offsets = track.descend(context, [b"mdia", b"minf", b"stbl", b"ctts"])?;
    let first = offsets.map(|offsets| offsets.read_u32(context, 12)).transpose()?.flatten();
    Ok(first.map_or(0, |first| first.cast_signed().into()))
}

/// Whether the movie itself has samples of a track (8.6.1.2).
fn has_samples(context: &Context, track: ByteRange) -> Result<bool> {
    let times = track.descend(context, [b"mdia", b"minf", b"stbl", b"stts"])?;
    let count = times.map(|times| times.read_u32(context, 4)).transpose()?.flatten();
    Ok(count.is_some_and(|count| count > 0))
}

/// What is added to the times of a track's first stretch.
pub(super) fn first_shift(track: &TrackIndex) -> i64 {
    track.clock.first().map_or(0, |part| part.shift)
}

/// Whether a list can be for no more than a part of the track, as stretches of it are moved by something else than the first.
pub(super) fn is_put_together(track: &TrackIndex) -> bool {
    track.clock.iter().any(|part| part.shift != first_shift(track))
}

impl EditList {
    /// How FFmpeg follows the list, which has given the packets of `track` by it.
    pub(super) fn followed(&self, stream: &Stream<'_>, track: &TrackIndex) -> Followed {
        if self.is_open() {
            return Followed::Wrongly;
        }
        let mut parts = self.entries.iter().filter(|entry| entry.media != EMPTY);
        let only = match (parts.next(), parts.next()) {
            (None, _) => return Followed::Exactly,
            (Some(only), None) if !only.is_held => Some(only),
            _ => None,
        };
        let kind = stream.media_type();
        let is_coarse = || track.time_base > Rational::new(1, stream.audio().2.max(1).into());
        let is_exact = match (kind, only) {
            (MediaType::Video, Some(_)) if self.is_fragmented => !self.hides(track, false),
            (MediaType::Video, Some(only)) => only.media <= self.first,
            (MediaType::Audio, Some(_)) if self.is_fragmented && self.hides(track, true) => return Followed::InTime,
            // FFmpeg takes a list of sound for one of decoding times. Samples are counted by the packets that it gives.
            (MediaType::Audio, Some(_)) => self.first == 0 || is_coarse(),
            (MediaType::Audio, None) => is_coarse(),
            (MediaType::Subtitle, Some(only)) => only.media == 0 && self.begin() == 0 && !self.hides(track, true),
            _ => false,
        };
        if is_exact { Followed::Exactly } else { Followed::Wrongly }
    }

    /// Whether it shows more than one part, or holds one.
    pub(super) fn has_several(&self) -> bool {
        let mut parts = self.entries.iter().filter(|entry| entry.media != EMPTY);
        parts.next().is_some_and(|first| first.is_held) || parts.next().is_some()
    }

    /// Whether it shows all up to the end without fragments, of which FFmpeg shows nothing.
    pub(super) fn is_open(&self) -> bool {
        !self.is_fragmented && self.entries.iter().any(|entry| entry.duration == MAX_TIME)
    }

    /// Whether a part is to be shown faster, slower or backwards.
    pub(super) fn is_retimed(&self) -> bool {
        self.entries.iter().any(|entry| entry.is_retimed)
    }

    /// In ticks of the movie, when the first part begins.
    fn begin(&self) -> i64 {
        let empty = self.entries.iter().take_while(|entry| entry.media == EMPTY);
        empty.fold(0, |begin, entry| begin.saturating_add(entry.duration))
    }

    /// Whether packets are not shown, or, where they can be cut, not all of them, though FFmpeg gives them at the times of a
    /// list with one part. Times are rounded to ticks of the movie.
    fn hides(&self, track: &TrackIndex, is_cut: bool) -> bool {
        let ends = self.entries.iter().fold(0_i64, |end, entry| end.saturating_add(entry.duration));
        let ticks = |movie: i64| track.time_base.ticks(self.movie.times(movie)).clamp(-MAX_TIME, MAX_TIME);
        let (starts, ends, tick) = (ticks(self.begin()), ticks(ends), ticks(1));
        let moved = first_shift(track);
        let (starts, ends) = (starts.saturating_add(moved), if is_put_together(track) { MAX_TIME } else { ends });
        let end = |packet: &Packet| packet.time.saturating_add(packet.duration);
        // The picture that a part begins within is shown for all of its time.
        let is_before = |packet: &Packet| packet.time < starts && (is_cut || end(packet) <= starts);
        let is_hidden = |packet: &Packet| is_before(packet) || end(packet) > ends.saturating_add(tick);
        track.packets.iter().any(|packet| !packet.discard && is_hidden(packet))
    }
}

#[cfg(test)]
impl EditList {
    pub(super) fn of(movie: Rational, entries: Vec<Entry>) -> Self {
        Self { movie, stated: entries.len(), entries, is_fragmented: false, first: 0 }
    }
}

#[cfg(test)]
impl Entry {
    pub(super) fn plain(duration: i64, media: i64) -> Self {
        Self { duration, media, is_held: false, is_retimed: false }
    }
}
