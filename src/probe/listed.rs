//! From a track's tables to its packets, and what FFmpeg knows of them by the first samples alone.

use std::iter::repeat_n;

use super::edit_list::{self, EMPTY, EditList};
use super::tables::Tables;
use super::{boxes, open};
use crate::base::{Rational, Result, long_vec};
use crate::ffmpeg::{Input, MediaType, Mend, Stream};
use crate::media::{MAX_TIME, Packet, SeekPoint};
use crate::source::Context;

/// The tracks of an MP4 whose samples its tables list.
#[derive(Default)]
pub(super) struct Listed {
    /// The IDs of those without anything unusual but in some table, and whether samples are presented later than decoded.
    simple: Vec<(u32, bool)>,
    tables: Vec<Tables>,
}

impl Listed {
    pub(super) fn read(context: &Context) -> Result<Self> {
        let simple = boxes::simple_tracks(context)?;
        let tables =
            simple.iter().filter_map(|track| Tables::read(context, track).transpose()).collect::<Result<_>>()?;
        let simple = simple.iter().map(|track| (track.id, track.table(b"ctts").is_some())).collect();
        Ok(Self { simple, tables })
    }

    /// The same for an input that knows all samples.
    pub(super) fn whole(self) -> Self {
        Self { tables: self.tables.into_iter().map(Tables::whole).collect(), ..self }
    }

    /// Opens the source with what FFmpeg is to know of it.
    pub(super) fn open(&self, context: &Context) -> Result<Input> {
        let cut: Vec<Mend> = self.tables.iter().flat_map(|tables| tables.cut.iter().copied()).collect();
        if cut.is_empty() {
            return open::open(context);
        }
        let mut input = open::open_begun(context, cut)?;
        let tracks: Vec<_> = input.streams().iter().map(|stream| (stream.index(), stream.id())).collect();
        for (track, id) in tracks {
            if let Some(tables) = self.tables(id).filter(|tables| tables.is_cut()) {
                tables.correct_bit_rate(&mut input, track)?;
            }
        }
        Ok(input)
    }

    /// Whether FFmpeg knows no more of a track than its first samples.
    pub(super) fn cuts(&self, stream: &Stream<'_>) -> bool {
        self.tables(stream.id()).is_some_and(Tables::is_cut)
    }

    /// The packets of a stream; `None` where the demuxer has to read them, which then has to know all.
    pub(super) fn packets(&self, input: &Input, stream: &Stream<'_>) -> Result<Option<Vec<Packet>>> {
        let Some((id, has_offsets)) = self.simple.iter().find(|(id, _)| *id == stream.id()) else { return Ok(None) };
        if stream.media_type() != MediaType::Video && !self.cuts(stream) {
            return Ok((!has_offsets).then(|| stream.index_packets()).flatten());
        }
        let Some(tables) = self.tables(*id) else { return Ok(None) };
        // Where a list has several edits an index repeats samples, and leaves out others.
        let list = edit_list::read(input.context(), *id)?;
        if list.as_ref().is_some_and(EditList::has_several) {
            return Ok(None);
        }
        let packets = tables.packets(stream, list.as_ref());
        let len = input.source().len();
        let is_there = |packet: &Packet| {
            let end = packet.point.pos.unwrap_or(0).saturating_add(packet.size.into());
            !tables.is_cut() || end.unsigned_abs() <= len
        };
        Ok(packets.filter(|packets| packets.iter().all(is_there)))
    }

    fn tables(&self, id: u32) -> Option<&Tables> {
        self.tables.iter().find(|tables| tables.id == id)
    }
}

/// The number of each sample, of runs of samples that share one.
fn each(runs: &[[u32; 2]]) -> impl Iterator<Item = i64> {
    runs.iter().flat_map(|[samples, ticks]| repeat_n(i64::from(*ticks), *samples as usize))
}

impl Tables {
    /// The packets as FFmpeg would give them; `None` if it has the first ones otherwise, or would not show the others as these.
    pub(super) fn packets(&self, stream: &Stream<'_>, list: Option<&EditList>) -> Option<Vec<Packet>> {
        let shift = stream.listed().next()??.time;
        let mut packets = self.moved(shift, stream.is_intra_only())?;
        if stream.index_len() != self.known as usize {
            return None;
        }
        for (packet, known) in packets.iter_mut().zip(stream.listed()) {
            let known = known?;
            let told = |packet: &Packet| (packet.point.dts, packet.point.pos, packet.size, packet.key);
            if told(packet) != told(&known) {
                return None;
            }
            packet.discard = known.discard;
        }
        if self.is_cut() && !self.shows_rest(&packets, shift, list) {
            return None;
        }
        if stream.media_type() == MediaType::Audio {
            // FFmpeg has the last one end with the track.
            let last = packets.last_mut()?;
            last.duration = stream.stated_length()? - last.time;
            return (last.duration > 0).then_some(packets);
        }
        Some(packets)
    }

    /// All packets, the first of which is decoded at `shift`.
    fn moved(&self, shift: i64, is_intra_only: bool) -> Option<Vec<Packet>> {
        let count = self.durations.iter().map(|[samples, _]| *samples as usize).sum();
        let offsets = self.offsets.as_deref().unwrap_or_default();
        let mut samples = self.sizes.each().zip(each(&self.durations)).zip(each(offsets).chain(std::iter::repeat(0)));
        let mut keyframes = self.keyframes.iter().flatten().map(|[number]| *number).peekable();
        let is_all_key = is_intra_only || self.keyframes.is_none();
        let mut packets = long_vec(count);
        let (mut number, mut decoded) = (0, shift);
        for (chunk, in_chunk) in self.chunks.iter().zip(self.in_chunks()) {
            let mut pos = i64::try_from(*chunk).ok()?;
            for ((size, duration), offset) in samples.by_ref().take(in_chunk as usize) {
                number += 1;
                let time = decoded.saturating_add(offset);
                packets.push(Packet {
                    point: SeekPoint { pts: Some(time), dts: Some(decoded), pos: Some(pos), parameters: 0 },
                    time,
                    duration,
                    key: keyframes.next_if_eq(&number).is_some() || is_all_key,
                    discard: false,
                    size,
                    recovery: 0,
                });
                (pos, decoded) = (pos.checked_add(size.into())?, decoded.saturating_add(duration));
            }
        }
        (decoded < MAX_TIME - i64::from(u32::MAX)).then_some(packets)
    }

    /// Whether an edit list shows all packets that FFmpeg does not know, and has them begin where those do that it does. It finds
    /// out the latter from what is presented first.
    fn shows_rest(&self, packets: &[Packet], shift: i64, list: Option<&EditList>) -> bool {
        let Some(list) = list else { return true };
        let Some((known, rest)) = packets.split_at_checked(self.known as usize) else { return false };
        let first = known.iter().map(|packet| packet.time).min();
        let is_first = rest.first().and_then(|packet| packet.point.dts) >= first;
        let (empty, parts) = match list.entries.as_slice() {
            [only] => (None, only),
            [empty, only] => (Some(empty), only),
            _ => return false,
        };
        let is_plain = list.stated == list.entries.len()
            && empty.is_none_or(|empty| empty.media == EMPTY)
            && parts.media >= 0
            && !parts.is_held;
        let end = parts.media.saturating_add(self.ticks(parts.duration, list)).saturating_add(shift);
        // FFmpeg ends with the first sample that decoding can begin with and that lasts to the end.
        let is_shown = |(place, packet): (usize, &Packet)| {
            let ends = packet.time.saturating_add(packet.duration) >= end;
            packet.time < end && !(ends && packet.key && place + 1 < rest.len())
        };
        is_plain && is_first && rest.iter().enumerate().all(is_shown)
    }

    /// Ticks of the movie as those of the track.
    fn ticks(&self, movie: i64, list: &EditList) -> i64 {
        let seconds = list.movie.times(movie);
        Rational::new(1, self.scale.into()).ticks(seconds)
    }

    /// Gives a stream the mean bit rate of all samples where FFmpeg has reckoned it from the first.
    pub(super) fn correct_bit_rate(&self, input: &mut Input, track: u32) -> Result<()> {
        let mean = |samples: usize| {
            let bytes: u64 = self.sizes.each().take(samples).map(u64::from).sum();
            bytes.checked_mul(8)?.checked_mul(self.scale.into())?.checked_div(self.length)
        };
        let found = input.stream(track)?.bit_rate();
        match mean(usize::MAX) {
            Some(rate) if found == mean(self.known as usize) => input.set_bit_rate(track, rate),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::tables::tests::three;
    use crate::source::words;

    #[test]
    fn samples_are_where_and_when_their_tables_say() {
        let told = |packet: Packet| {
            let SeekPoint { pts, dts, pos, .. } = packet.point;
            assert_eq!(pts, Some(packet.time));
            (packet.time, dts.unwrap(), pos.unwrap(), packet.duration, packet.size, packet.key)
        };
        let found =
            |other: &[u8]| three(other).unwrap().moved(-5, false).unwrap().into_iter().map(told).collect::<Vec<_>>();
        let all = [(15, -5, 100, 10, 5, true), (5, 5, 105, 10, 6, false), (25, 15, 200, 7, 7, true)];
        assert_eq!(found(&words("free", &[])), all);
        // All of one size.
        let sizes: Vec<_> =
            found(&words("stsz", &[0, 9, 3])).iter().map(|(.., pos, _, size, _)| (*pos, *size)).collect();
        assert_eq!(sizes, [(100, 9), (109, 9), (200, 9)]);
    }

    #[test]
    fn an_edit_list_has_to_show_what_ffmpeg_does_not_know() {
        let mut tables = three(&words("free", &[])).unwrap();
        tables.known = 2;
        let packets = tables.moved(-5, false).unwrap();
        let entry = |duration: i64, media: i64| edit_list::Entry::plain(duration, media);
        let shows = |entries: Vec<edit_list::Entry>| {
            let list = EditList::of(Rational::new(1, 1000), entries);
            tables.shows_rest(&packets, -5, Some(&list))
        };
        assert!(tables.shows_rest(&packets, -5, None));
        // The last one begins at 30 in the media, where it is not moved.
        assert!(shows(vec![entry(21, 10)]) && shows(vec![entry(40, EMPTY), entry(21, 10)]));
        assert!(!shows(vec![entry(20, 10)]) && !shows(vec![]) && !shows(vec![entry(30, 0), entry(30, 0)]));
        assert!(!shows(vec![entry(40, EMPTY), entry(40, EMPTY), entry(21, 10)]));
        // The second one is presented before the first.
        let list = EditList::of(Rational::new(1, 1000), vec![entry(21, 10)]);
        tables.known = 1;
        assert!(!tables.shows_rest(&packets, -5, Some(&list)));
    }
}
