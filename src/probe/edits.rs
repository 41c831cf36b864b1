//! The edit lists of an MP4's pictures (ISO/IEC 14496-12 8.6.6). FFmpeg follows those that begin with a frame and have
//! one part; of others it takes the first frame that it decodes in a part for the first one that is shown, and leaves
//! out the frame that a part begins within.

use std::ops::Range;

use super::boxes;
use crate::base::{Error, ErrorKind, Rational, Result};
use crate::media::{Edit, MAX_EDITS, MAX_TIME, Packet, TrackIndex};
use crate::source::{ByteRange, Context};

/// An entry of an edit list.
struct Entry {
    /// In ticks of the movie.
    duration: i64,
    /// Presentation time in the media, in ticks of the track, or [`EMPTY`].
    media: i64,
    /// Whether the frame at that time is held (a rate of 0).
    is_held: bool,
}

/// The media's time of an entry that shows nothing.
const EMPTY: i64 = -1;

/// The edit list of a track.
pub(super) struct EditList {
    /// Seconds per tick of the movie.
    movie: Rational,
    entries: Vec<Entry>,
}

/// The edit list of the track with this ID, if FFmpeg may not follow it exactly.
pub(super) fn read(context: &Context, id: u32) -> Result<Option<EditList>> {
    let Some((movie, track)) = boxes::movie_and_track(context, id)? else { return Ok(None) };
    let Some(list) = boxes::descend(context, track, [b"edts", b"elst"])? else { return Ok(None) };
    let entries = entries(context, list)?;
    let timescale = movie.child(context, b"mvhd")?.map(|header| timescale(context, header)).transpose()?.flatten();
    let Some(timescale) = timescale.filter(|timescale| *timescale > 0) else { return Ok(None) };
    let mut parts = entries.iter().filter(|entry| entry.media != EMPTY);
    let is_exact = match (parts.next(), parts.next()) {
        (Some(only), None) => !only.is_held && only.media <= first_time(context, track)?,
        (None, _) => true,
        _ => false,
    };
    Ok((!is_exact).then(|| EditList { movie: Rational::new(1, timescale.into()), entries }))
}

/// The entries that last; none that last for ever.
fn entries(context: &Context, list: ByteRange) -> Result<Vec<Entry>> {
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
        if duration > 0 {
            entries.push(Entry { duration, media: media.clamp(-MAX_TIME, MAX_TIME), is_held: rate == [0; 4] });
        }
    }
    Ok(entries)
}

/// Ticks per second of the movie (8.2.2): two times come before, of 32 bits each in version 0 and of 64 in version 1.
fn timescale(context: &Context, header: ByteRange) -> Result<Option<u32>> {
    let version = header.read_u32(context, 0)?.map(|version_and_flags| version_and_flags >> 24);
    header.read_u32(context, if version == Some(1) { 20 } else { 12 })
}

/// The presentation time of a track's first sample (8.6.1.3): version, flags and the number of entries come before, and
/// the number of samples that the first entry is for.
fn first_time(context: &Context, track: ByteRange) -> Result<i64> {
    let offsets = boxes::descend(context, track, [b"mdia", b"minf", b"stbl", b"ctts"])?;
    let first = offsets.map(|offsets| offsets.read_u32(context, 12)).transpose()?.flatten();
    Ok(first.map_or(0, |first| first.cast_signed().into()))
}

impl EditList {
    /// Puts a track's packets in the order and at the times that the list states; leaves them as they are where FFmpeg
    /// does the same. Stops above so many packets.
    pub(super) fn apply(&self, track: &mut TrackIndex, limit: u64) -> bool {
        let media = Media::new(track);
        let ticks = |movie: i64| track.time_base.ticks(self.movie.times(movie)).clamp(-MAX_TIME, MAX_TIME);
        let (mut packets, mut edits, mut begin) = (Vec::new(), Vec::new(), 0_i64);
        let mut is_odd = false;
        for entry in &self.entries {
            let end = begin.saturating_add(entry.duration).min(MAX_TIME);
            let (starts, ends) = (ticks(begin), ticks(end));
            begin = end;
            let shown = match entry.media {
                EMPTY => None,
                held if entry.is_held => media.frame(held, starts),
                start => media.part(start..start.saturating_add(ends - starts), ticks(1), starts),
            };
            let Some((edit, range)) = shown else { continue };
            is_odd |= entry.is_held || edit.start < entry.media || !edits.is_empty();
            packets.extend(range.iter().map(|packet| placed(packet, &edit, ends, entry.is_held)));
            edits.push(edit);
            if packets.len() as u64 > limit {
                break;
            }
        }
        if is_odd {
            (track.packets, track.edits) = (packets, edits);
        }
        is_odd
    }
}

/// A packet as an edit presents it that ends at a time.
fn placed(packet: &Packet, edit: &Edit, end: i64, is_held: bool) -> Packet {
    let mut packet = *packet;
    edit.place(&mut packet);
    if !packet.discard {
        let left = end.saturating_sub(packet.time).max(0);
        packet.duration = if is_held { left } else { packet.duration.min(left) };
    }
    packet
}

/// The packets of a track as its media has them.
struct Media<'index> {
    /// In decoding order.
    packets: &'index [Packet],
    /// Their presentation times, ascending, and their places.
    times: Vec<(i64, usize)>,
    /// The places of keyframes that are right at once.
    keys: Vec<usize>,
}

impl<'index> Media<'index> {
    fn new(track: &'index TrackIndex) -> Self {
        let packets = &track.packets;
        let mut times: Vec<(i64, usize)> =
            packets.iter().zip(0..).map(|(packet, place)| (packet.time, place)).collect();
        times.sort_unstable();
        let keys = packets.iter().zip(0..).filter(|(packet, _)| packet.is_whole()).map(|(_, place)| place).collect();
        Self { packets, times, keys }
    }

    /// The edit that shows a part of the media from `starts` on, and the packets that are read for it. What is shown for no
    /// longer than a tick of the movie is not meant: times are rounded to it.
    fn part(&self, part: Range<i64>, tick: i64, starts: i64) -> Option<(Edit, &'index [Packet])> {
        let mut frames = self.on_screen(part.start)..self.times.partition_point(|(time, _)| *time < part.end);
        let is_shown = |frame: &usize| {
            self.span(*frame).is_some_and(|span| {
                let visible = span.end.min(part.end) - span.start.max(part.start);
                visible > tick || visible * 2 > span.end - span.start
            })
        };
        let first = frames.find(is_shown)?;
        let last = frames.rfind(is_shown).unwrap_or(first);
        self.edit(first..last + 1, starts - part.start)
    }

    /// The edit that holds the frame which is on screen at a time.
    fn frame(&self, time: i64, starts: i64) -> Option<(Edit, &'index [Packet])> {
        let frame = self.on_screen(time);
        self.edit(frame..frame + 1, starts - self.times.get(frame)?.0)
    }

    /// The number, in the order of showing, of the frame that is on screen.
    fn on_screen(&self, time: i64) -> usize {
        self.times.partition_point(|(other, _)| *other <= time).saturating_sub(1)
    }

    /// From when on a frame is shown, and until when.
    fn span(&self, frame: usize) -> Option<Range<i64>> {
        let (time, place) = *self.times.get(frame)?;
        let next = self.times.get(frame + 1).map(|(time, _)| *time);
        let end = next.unwrap_or(time.saturating_add(self.packets.get(place)?.duration));
        Some(time..end.max(time.saturating_add(1)))
    }

    /// The edit that shows these frames: decoding begins with the last keyframe that is not after them.
    fn edit(&self, frames: Range<usize>, shift: i64) -> Option<(Edit, &'index [Packet])> {
        let shown = self.times.get(frames)?;
        let (start, end) = (shown.first()?.0, shown.last()?.0.saturating_add(1));
        let is_before = |place: &usize| self.packets.get(*place).is_some_and(|key| key.time <= start);
        let key = self.keys.partition_point(is_before).checked_sub(1);
        let first = key.and_then(|key| self.keys.get(key).copied()).unwrap_or(0);
        let last = shown.iter().map(|(_, place)| *place).max()?;
        let packets = self.packets.get(first..=last)?;
        let decoded = |packet: Option<&Packet>| packet?.point.dts;
        let (first, last) = (decoded(packets.first())?, decoded(packets.last())?);
        Some((Edit { first, last, start, end, shift }, packets))
    }
}
