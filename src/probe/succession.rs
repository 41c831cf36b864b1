//! Tracks that go on in other streams: what is put together to a transport stream gives the same sound, or the same pictures,
//! another number (PID) where a part begins. They are one track, if the stream before is stated to be there no more.

use crate::ffmpeg::{Input, MediaPacket};
use crate::media::{Clock, ClockPart, Packet, TrackIndex};

/// Stretches of one track at most.
const MAX_RUNS: usize = 64;

/// In which order the streams of one kind come, while packets are read.
#[derive(Default)]
pub(super) struct Succession {
    runs: Vec<Run>,
    /// Stream and number of packets that come when their stream is there no more: the last picture of a stream is given when
    /// the next one comes, or at the end of the source.
    late: Vec<(u32, usize)>,
    /// Whether streams are there together.
    is_apart: bool,
}

/// Packets of one stream, among which are none of another.
struct Run {
    stream: u32,
    /// Number of the first one among the stream's own.
    first: usize,
}

/// A packet of the track.
struct Taken {
    stream: u32,
    packet: Packet,
    is_damaged: bool,
}

impl Succession {
    /// The next packet, which has this number in its stream.
    pub(super) fn add(&mut self, input: &Input, packet: &MediaPacket, number: usize) {
        let (stream, last) = (packet.track, self.runs.last().map(|run| run.stream));
        if self.is_apart || last == Some(stream) {
            return;
        }
        let programmes = if last.is_some() { input.programmes() } else { Vec::new() };
        let is_there = |stream: u32| programmes.iter().any(|programme| programme.contains(&stream));
        match last.map(|last| (is_there(last), is_there(stream))) {
            None | Some((false, true)) => self.runs.push(Run { stream, first: number }),
            Some((true, false)) => self.late.push((stream, number)),
            Some(_) => self.is_apart = true,
        }
        self.is_apart |= self.runs.len().max(self.late.len()) > MAX_RUNS;
    }

    /// Puts the packets of streams that follow each other into the first one's track, as a reader will give them, and returns all
    /// of these streams, the first one first.
    pub(super) fn join(&self, input: &Input, tracks: &mut Vec<TrackIndex>) -> Vec<u32> {
        let mut streams: Vec<u32> = Vec::new();
        for run in &self.runs {
            if !streams.contains(&run.stream) {
                streams.push(run.stream);
            }
        }
        let Some((&own, others)) = streams.split_first() else { return Vec::new() };
        if self.is_apart || others.is_empty() || !others.iter().all(|other| is_alike(input, own, *other)) {
            return Vec::new();
        }
        let mut parameters = Vec::new();
        for track in tracks.iter_mut().filter(|track| streams.contains(&track.track)) {
            let before = parameters.len() as u32;
            let numbers = track.packets.iter_mut().map(|packet| &mut packet.point.parameters);
            // What a decoder begins with, 0, is in all streams the first one's; more comes in their packets.
            numbers.filter(|number| **number > 0).for_each(|number| *number += before);
            parameters.append(&mut track.parameters);
        }
        let may_have_fields = tracks.iter().any(|track| streams.contains(&track.track) && track.may_have_fields);
        let (parts, packets) = self.packets(own, tracks);
        let damaged =
            packets.iter().enumerate().filter(|(_, taken)| taken.is_damaged).map(|(place, _)| place).collect();
        tracks.retain(|track| !others.contains(&track.track));
        if let Some(joined) = tracks.iter_mut().find(|track| track.track == own) {
            joined.packets = packets.into_iter().map(|taken| taken.packet).collect();
            (joined.parameters, joined.streams, joined.damaged) = (parameters, parts, damaged);
            // Its samples are counted, as clocks of parts are seldom exact.
            (joined.may_have_fields, joined.rate_changes) = (may_have_fields, true);
        }
        streams
    }

    /// Where each stream begins to be the track `own`, and the packets of that.
    fn packets(&self, own: u32, tracks: &[TrackIndex]) -> (Vec<ClockPart>, Vec<Taken>) {
        let (mut parts, mut read, mut reached) = (Vec::new(), Vec::new(), i64::MIN);
        for (place, Run { stream, first }) in self.runs.iter().enumerate() {
            let Some(track) = tracks.iter().find(|track| track.track == *stream) else { continue };
            let next = self.runs.iter().skip(place + 1).find(|next| next.stream == *stream);
            let end = next.map_or(track.packets.len(), |next| next.first);
            let packets = track.packets.get(*first..end).unwrap_or_default();
            let places = || packets.iter().filter_map(|packet| packet.point.pos);
            let Some(pos) = places().find(|pos| *pos > reached) else { continue };
            parts.push(ClockPart { pos, shift: 0, stream: (*stream != own).then_some(*stream) });
            reached = places().max().unwrap_or(pos).max(reached);
            read.extend((*first..).zip(packets).map(|(number, packet)| (track, number, *packet)));
        }
        let mut clock = Clock::new(&parts);
        let mut taken: Vec<Taken> = Vec::new();
        for (track, number, packet) in read {
            let stream = track.track;
            let is_late = self.late.contains(&(stream, number));
            if !is_late && clock.takes(own, stream, packet.point.pos) {
                let is_damaged = track.damaged.binary_search(&number).is_ok();
                taken.push(Taken { stream, packet, is_damaged });
            } else if let Some(Taken { packet: last, .. }) = taken.iter_mut().rev().find(|taken| taken.stream == stream)
            {
                // The picture before it stays for as long.
                let end = packet.time.saturating_add(packet.duration);
                let is_next = packet.time.saturating_sub(last.time) <= last.duration.saturating_mul(2);
                last.duration = if is_next { last.duration.max(end.saturating_sub(last.time)) } else { last.duration };
            }
        }
        (parts, taken)
    }
}

/// Whether a decoder of one stream goes on with the other, and nobody would choose between them.
fn is_alike(input: &Input, one: u32, other: u32) -> bool {
    let (Ok(one), Ok(other)) = (input.stream(one), input.stream(other)) else { return false };
    let languages = one.tag(c"language").zip(other.tag(c"language"));
    let is_one_language = languages.is_none_or(|(one, other)| one == other);
    one.codec() == other.codec() && one.time_base() == other.time_base() && is_one_language
}
