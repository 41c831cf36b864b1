//! Oggs that follow one another in a file (RFC 3533 4): FFmpeg gives the headers of later ones as packets, has decoders go on with
//! what the first one states, and counts all in its samples.

use super::ogg_headers::Headers;
use super::ogg_page::Page;
use super::packet::MediaPacket;
use super::stream::Stream;
use super::vorbis_blocks::Blocks;
use crate::base::{Rational, Result};
use crate::source::Context;

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
    /// The page that is read.
    page: Option<Page>,
    /// Of Vorbis and Speex whose times are counted here.
    counter: Option<Counter>,
    /// Whether each Ogg goes on where the one before it ends, as there is nothing else to go along with.
    goes_on: bool,
    /// In seconds, when all that was read ends.
    end: Rational,
    /// What is added to times, in seconds, as soon as a later Ogg has begun.
    shift: Option<Rational>,
}

impl Chained {
    /// Whether another Ogg was found behind the first, or times depend on all that was read before.
    pub(super) fn is_joined(&self) -> bool {
        self.tracks.iter().any(|track| track.is_joined || track.counter.is_some())
    }

    pub(super) fn knows(&self, track: u32) -> bool {
        self.tracks.iter().any(|known| known.track == track)
    }

    pub(super) fn add(&mut self, stream: &Stream<'_>, is_alone: bool) {
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
            counter: None,
            goes_on: is_alone && rate > 0,
            end: Rational::ZERO,
            shift: None,
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
        if packet.is_header(&track.codec) || track.headers.go_on() {
            track.headers.add(packet.data());
            return Ok(None);
        }
        // Of another serial number FFmpeg keeps the headers of Opus for itself.
        if track.turn_page(&packet, context)? && track.headers.is_empty() {
            track.headers.add(extradata);
        }
        let begins = !track.headers.is_empty();
        let is_first = !std::mem::replace(&mut track.is_begun, true);
        if begins {
            track.begin(&mut packet);
        } else if is_first && packet.entry.time == 0 && track.page.is_some_and(|page| page.is_last) {
            // In the one page that has all of a Vorbis FFmpeg takes the first packet for sound, which only the second one gives.
            track.counter = Counter::of(&track.codec, &track.own);
        }
        if let (Some(counter), Some(page)) = (&mut track.counter, track.page) {
            counter.count(&mut packet, &page);
        }
        if (begins || is_first && packet.entry.time < 0) && track.codec == "vorbis" {
            // No sound comes of it but together with the next one.
            packet.entry.discard = true;
        }
        track.place(&mut packet);
        packet.take_times();
        Ok(Some(packet))
    }
}

impl Track {
    /// Another Ogg begins with this packet: its decoder is set up by its own headers. Of Opus what is behind its pre-skip is
    /// presented, which FFmpeg leaves out of the first Ogg alone.
    fn begin(&mut self, packet: &mut MediaPacket) {
        let headers = std::mem::take(&mut self.headers);
        (self.is_joined, self.shift) = (true, None);
        packet.begins_alone = true;
        self.link_rate = headers.rate(&self.codec).unwrap_or(self.rate);
        let extradata = headers.extradata(&self.codec, &self.own);
        if let Some(extradata) = &extradata {
            packet.set_extradata(extradata);
        }
        if let Some(samples) = headers.pre_skip(&self.codec) {
            packet.skip_beginning(samples);
        }
        // FFmpeg goes on with the lengths of the first one's packets.
        self.counter = match headers.packet_samples() {
            Some(samples) => Some(Counter::new(Lengths::Even(samples))),
            None => Counter::of(&self.codec, extradata.as_deref().unwrap_or(&self.own)),
        };
    }

    /// Looks at the page that a packet begins in, and says whether it is the first of a stream with another serial number.
    fn turn_page(&mut self, packet: &MediaPacket, context: &Context) -> Result<bool> {
        let before = self.page;
        let pos = packet.entry.point.pos.filter(|pos| before.is_none_or(|page| page.pos != *pos));
        let Some(page) = pos.map(|pos| Page::read(context, pos)).transpose()?.flatten() else { return Ok(false) };
        self.page = Some(page);
        Ok(before.is_some_and(|before| page.serial != before.serial))
    }

    /// Has its times, which count samples of its own Ogg, be those of the source.
    fn place(&mut self, packet: &mut MediaPacket) {
        let sample = Rational::new(1, self.link_rate.max(1).into());
        let entry = &mut packet.entry;
        // FFmpeg has it in 32 bits without a sign, though it may be below zero.
        let duration = entry.duration as i32;
        let ends = sample.times(entry.time.saturating_add(duration.into()));
        let shift = match self.shift {
            _ if !self.goes_on || !self.is_joined => Rational::ZERO,
            Some(shift) => shift,
            None => self.end - sample.times(if self.counter.is_some() { 0 } else { entry.time }),
        };
        self.shift = Some(shift);
        self.end = self.end.max(shift + ends);
        if self.link_rate == self.rate && shift == Rational::ZERO {
            return;
        }
        let placed = |time: i64| self.time_base.ticks(shift + sample.times(time));
        (entry.point.pts, entry.point.dts) = (entry.point.pts.map(placed), entry.point.dts.map(placed));
        let start = placed(entry.time);
        if duration >= 0 {
            entry.duration = placed(entry.time.saturating_add(duration.into())) - start;
        }
        entry.time = start;
    }
}

/// How many samples packets have.
enum Lengths {
    Vorbis(Blocks),
    Even(i64),
}

/// Counts the samples of an Ogg from its beginning.
struct Counter {
    lengths: Lengths,
    /// Samples before the next packet.
    next: i64,
    page: Option<Page>,
    /// By how much the granules of pages are ahead.
    ahead: Option<i64>,
}

impl Counter {
    fn of(codec: &str, extradata: &[u8]) -> Option<Self> {
        let blocks = if codec == "vorbis" { Blocks::of(extradata) } else { None };
        blocks.map(|blocks| Self::new(Lengths::Vorbis(blocks)))
    }

    fn new(lengths: Lengths) -> Self {
        Self { lengths, next: 0, page: None, ahead: None }
    }

    fn count(&mut self, packet: &mut MediaPacket, page: &Page) {
        let samples = match &mut self.lengths {
            Lengths::Vorbis(blocks) => blocks.samples(packet.data()),
            Lengths::Even(samples) => *samples,
        };
        self.turn(page);
        // Behind what the last page says nothing is presented.
        let end = page.granule.filter(|_| page.is_last).map(|end| end.saturating_sub(self.ahead.unwrap_or(0)));
        let surplus = end.map_or(0, |end| self.next.saturating_add(samples).saturating_sub(end).clamp(0, samples));
        // One without samples has a time of its own.
        let (time, duration) = if samples == 0 { (self.next - 1, 1) } else { (self.next, samples - surplus) };
        packet.count(time, duration, u32::try_from(surplus).unwrap_or(u32::MAX));
        self.next = self.next.saturating_add(samples);
        self.page = Some(*page);
    }

    /// The granule of a page that is read to its end says how many samples there are up to there, if some were lost too.
    fn turn(&mut self, page: &Page) {
        let before = self.page.filter(|before| before.pos != page.pos && !before.goes_on);
        if let Some(granule) = before.and_then(|before| before.granule) {
            let ahead = *self.ahead.get_or_insert(granule.saturating_sub(self.next));
            self.next = granule.saturating_sub(ahead);
        }
    }
}
