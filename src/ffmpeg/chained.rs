//! Oggs that follow one another in a file (RFC 3533 4): FFmpeg gives the headers of later ones as packets, has decoders go on with
//! what the first one states, and counts all in its samples.

use super::ogg_headers::Headers;
use super::packet::MediaPacket;
use super::stream::Stream;
use crate::base::{Rational, Result};
use crate::source::Context;

/// A page's name, version, flags, time and serial number, and the flag of the last page of a stream (RFC 3533 6).
const PAGE: usize = 18;
const END_OF_STREAM: u8 = 4;

/// What the headers that were read last say of packets to come.
#[derive(Default)]
pub(super) struct Chained {
    tracks: Vec<Track>,
}

struct Track {
    track: u32,
    codec: String,
    time_base: Rational,
    /// What the first Ogg states.
    own: Vec<u8>,
    rate: u32,
    /// Of the Ogg that comes next.
    headers: Headers,
    /// Samples per second of the one that is read.
    link_rate: u32,
    is_begun: bool,
    is_joined: bool,
    page: Option<Page>,
}

/// The page that is read.
#[derive(Clone, Copy)]
struct Page {
    pos: i64,
    serial: [u8; 4],
    /// By how many ticks its packets are late.
    late: i64,
}

impl Chained {
    /// Whether another Ogg was found behind the first.
    pub(super) fn is_joined(&self) -> bool {
        self.tracks.iter().any(|track| track.is_joined)
    }

    pub(super) fn knows(&self, track: u32) -> bool {
        self.tracks.iter().any(|known| known.track == track)
    }

    pub(super) fn add(&mut self, stream: &Stream<'_>) {
        let rate = stream.audio().2;
        self.tracks.push(Track {
            track: stream.index(),
            codec: stream.codec(),
            time_base: stream.time_base(),
            own: stream.extradata().to_vec(),
            rate,
            headers: Headers::default(),
            link_rate: rate,
            is_begun: false,
            is_joined: false,
            page: None,
        });
    }

    /// The packet as it is to be decoded and presented, unless it is a header. `extradata` is what the demuxer says of its stream
    /// now.
    pub(super) fn pass(
        &mut self,
        mut packet: MediaPacket,
        extradata: &[u8],
        context: &Context,
    ) -> Result<Option<MediaPacket>> {
        let Some(track) = self.tracks.iter_mut().find(|known| known.track == packet.track) else {
            return Ok(Some(packet));
        };
        if packet.is_header(&track.codec) {
            track.headers.add(packet.data());
            return Ok(None);
        }
        // Of another serial number FFmpeg keeps the headers of Opus for itself.
        if track.turn_page(&packet, context)? && track.headers.is_empty() {
            track.headers.add(extradata);
        }
        let begins = !track.headers.is_empty();
        if begins {
            track.begin(&mut packet);
        }
        if let Some(late) = track.page.map(|page| page.late).filter(|late| *late > 0) {
            packet.move_by(-late);
            packet.give_back(late);
        }
        if track.link_rate != track.rate {
            track.scale(&mut packet);
        }
        let is_first = !std::mem::replace(&mut track.is_begun, true) && packet.entry.time < 0;
        if (begins || is_first) && track.codec == "vorbis" {
            // No sound comes of it but together with the next one.
            packet.entry.discard = true;
        }
        packet.take_times();
        Ok(Some(packet))
    }
}

impl Track {
    /// Another Ogg begins with this packet: its decoder is set up by its own headers. Of Opus what is behind its pre-skip is
    /// presented, which FFmpeg leaves out of the first Ogg alone.
    fn begin(&mut self, packet: &mut MediaPacket) {
        let headers = std::mem::take(&mut self.headers);
        self.is_joined = true;
        packet.begins_alone = true;
        self.link_rate = headers.rate(&self.codec).unwrap_or(self.rate);
        if let Some(extradata) = headers.extradata(&self.codec, &self.own) {
            packet.set_extradata(&extradata);
        }
        if let Some(samples) = headers.pre_skip(&self.codec) {
            packet.skip_beginning(samples);
        }
    }

    /// Looks at the page that a packet begins in, and says whether it is the first of a stream with another serial number.
    ///
    /// In the one page that has all of a Vorbis FFmpeg takes the first packet for sound, which only the second one gives (Vorbis I
    /// 4.3.8): all comes by its length too late, and that much is cut off at the end.
    fn turn_page(&mut self, packet: &MediaPacket, context: &Context) -> Result<bool> {
        let before = self.page;
        let pos = packet.entry.point.pos.filter(|pos| before.is_none_or(|page| page.pos != *pos));
        let Some((pos, place)) = pos.and_then(|pos| Some((pos, u64::try_from(pos).ok()?))) else { return Ok(false) };
        if place.saturating_add(PAGE as u64) > context.source.len() {
            return Ok(false);
        }
        let mut head = [0; PAGE];
        context.read_exact_at(place, &mut head)?;
        let [_, _, _, _, _, flags, _, _, _, _, _, _, _, _, serial @ ..] = head;
        let is_late = self.codec == "vorbis" && packet.entry.time == 0 && flags & END_OF_STREAM != 0;
        self.page = Some(Page { pos, serial, late: if is_late { packet.entry.duration } else { 0 } });
        Ok(before.is_some_and(|page| page.serial != serial))
    }

    /// Its times count samples of this Ogg, and not of the first.
    fn scale(&self, packet: &mut MediaPacket) {
        let sample = Rational::new(1, self.link_rate.max(1).into());
        let scaled = |time: i64| self.time_base.ticks(sample.times(time));
        let entry = &mut packet.entry;
        (entry.point.pts, entry.point.dts) = (entry.point.pts.map(scaled), entry.point.dts.map(scaled));
        entry.time = scaled(entry.time);
        // What is below zero is left as it is.
        entry.duration = i32::try_from(entry.duration).map_or(entry.duration, |duration| scaled(duration.into()));
    }
}
