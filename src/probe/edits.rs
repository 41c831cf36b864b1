//! What the edit lists of an MP4 show, where FFmpeg does not follow them. Of pictures it follows those that begin with a frame
//! and have one part; of others it takes the first frame that it decodes in a part for the first one that is shown, and
//! leaves out the frame that a part begins within. It leaves out the text that a part begins within too, and begins later
//! parts of sound with a whole packet. Of fragments it shows what the list hides.

use std::ops::Range;

use super::edit_list::{EMPTY, EditList, Entry, first_shift, is_put_together};
use crate::media::{Edit, MAX_TIME, MediaPart, Packet, TrackIndex};

impl EditList {
    /// Puts a track's pictures in the order and at the times that the list states; leaves them as they are where FFmpeg
    /// does the same. Stops above so many packets.
    pub(super) fn apply(&self, track: &mut TrackIndex, limit: u64) -> bool {
        let media = Media::new(track);
        let (mut packets, mut edits) = (Vec::new(), Vec::new());
        let mut is_odd = self.is_fragmented || self.is_open();
        let tick = track.time_base.ticks(self.movie);
        for (entry, Range { start: starts, end: ends }) in self.placed(track) {
            let shown = match entry.media {
                EMPTY => None,
                held if entry.is_held => media.frame(held, starts),
                start => media.part(start..start.saturating_add(ends - starts), tick, starts),
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

    /// What the list shows of a track of sound or text, whose packets are those of the media, or, if they are `in_time`, have
    /// the times of a list with one part.
    pub(super) fn parts(&self, track: &TrackIndex, in_time: bool) -> Vec<MediaPart> {
        let first = track.packets.iter().map(|packet| packet.time).min();
        let last = track.packets.iter().map(|packet| packet.time.saturating_add(packet.duration.max(1))).max();
        let Some((first, last)) = first.zip(last) else { return Vec::new() };
        let shown = self.placed(track).filter(|(entry, _)| entry.media != EMPTY && !entry.is_held);
        let part = |(entry, shown): (&Entry, Range<i64>)| {
            if in_time {
                let [start, end] = [shown.start, shown.end].map(|time| time.saturating_add(first_shift(track)));
                let end = if is_put_together(track) { last } else { end.min(last) };
                return MediaPart { start: start.max(first), end, shift: 0 };
            }
            let end = entry.media.saturating_add(shown.end - shown.start).min(last);
            MediaPart { start: entry.media.max(first), end, shift: shown.start - entry.media }
        };
        shown.map(part).filter(|part| part.start < part.end).collect()
    }

    /// The entries, and from when to when each is shown, in ticks of the track.
    fn placed(&self, track: &TrackIndex) -> impl Iterator<Item = (&Entry, Range<i64>)> {
        let (base, mut begin) = (track.time_base, 0_i64);
        self.entries.iter().map(move |entry| {
            let ticks = |movie: i64| base.ticks(self.movie.times(movie)).clamp(-MAX_TIME, MAX_TIME);
            let start = begin;
            begin = begin.saturating_add(entry.duration).min(MAX_TIME);
            (entry, ticks(start)..ticks(begin))
        })
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
