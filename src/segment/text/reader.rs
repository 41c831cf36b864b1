//! Reading packets of text. Matroska has them between those of all other tracks, so that reading on costs as much as
//! reading all of it: what was read is kept for a while, for the other languages and for the next segment.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::base::{Error, ErrorKind, Rational, Result};
use crate::ffmpeg::{Input, MediaPacket, MediaType, Stream};
use crate::media::{Packet, SeekPoint};
use crate::plan::TextRun;
use crate::source::Context;

/// Seconds before the wanted packet to seek to, in the order of the attempts, as those of other media.
const SEEK_BACK: [i64; 3] = [0, 10, 60];
/// Seconds up to which reading on is as fast as seeking.
const MAX_READ_ON: i64 = 10;
/// How far behind the wanted packet, in seconds, another track's has to be to say that it will not come any more.
const MAX_DISORDER: i64 = 60;
/// What is kept of what was read.
const MAX_KEPT_PACKETS: usize = 4096;
const MAX_KEPT_BYTES: usize = 4 << 20;
/// Bytes of a cue that are looked at: no text to be read has more.
const MAX_PACKET_BYTES: usize = 16 << 10;

/// A packet of text.
#[derive(Clone)]
pub(super) struct TextPacket {
    pub(super) track: u32,
    pub(super) entry: Packet,
    pub(super) data: Bytes,
    /// The settings that a cue of WebVTT has in Matroska.
    pub(super) settings: Option<Bytes>,
}

/// Reads the text of all of a source's tracks.
pub(crate) struct TextReader {
    context: Context,
    input: Input,
    /// The track to seek in, as tracks of text may have no index of their own.
    guide: u32,
    /// The last packets, in the order of the source and without gaps.
    kept: VecDeque<TextPacket>,
    kept_bytes: usize,
}

impl TextReader {
    pub(crate) fn open(context: &Context) -> Result<Self> {
        // Plans follow the edit lists of text.
        let mut input = Input::open_unedited(context)?;
        let streams = input.streams();
        let texts: Vec<u32> = streams.iter().filter(|stream| stream.is_text()).map(Stream::index).collect();
        let is_film =
            |stream: &&Stream<'_>| stream.media_type() == MediaType::Video && !stream.disposition().attached_picture;
        let guide = streams.iter().find(is_film).or(streams.first()).map_or(0, Stream::index);
        input.select(&texts);
        Ok(Self { context: context.clone(), input, guide, kept: VecDeque::new(), kept_bytes: 0 })
    }

    pub(super) fn input(&self) -> &Input {
        &self.input
    }

    /// The packets of a run of `track`.
    pub(super) fn read(&mut self, track: u32, run: &TextRun) -> Result<Vec<TextPacket>> {
        if !self.find(track, &run.seek)? {
            let name = self.context.source.name();
            let time = run.seek.pts.or(run.seek.dts).unwrap_or(0);
            let message = format!(
                "track {track} of {name} has no packet at {time}, where the plan has one: it is not the source that was planned"
            );
            return Err(Error::new(ErrorKind::SourceChanged, message));
        }
        let own = self.kept.iter().filter(|packet| packet.track == track);
        let from_first = own.skip_while(|packet| !is_same(&packet.entry, &run.seek));
        let mut packets: Vec<TextPacket> = from_first.take(run.packets as usize).cloned().collect();
        while packets.len() < run.packets as usize {
            let Some(packet) = self.next()? else { break };
            if packet.track == track {
                packets.push(packet);
            }
        }
        Ok(packets)
    }

    /// Reads until the packet is among those that are kept; returns whether it is.
    fn find(&mut self, track: u32, seek: &SeekPoint) -> Result<bool> {
        if self.kept.iter().any(|packet| packet.track == track && is_same(&packet.entry, seek)) {
            return Ok(true);
        }
        let base = self.input.stream(track)?.time_base();
        let time = base.times(seek.pts.or(seek.dts).unwrap_or(0));
        let ahead = self.kept.back().map(|last| self.seconds(last)).transpose()?.map(|last| time - last);
        let is_near = |ahead: Rational| ahead >= Rational::ZERO && ahead <= Rational::from(MAX_READ_ON);
        if ahead.is_some_and(is_near) && self.search(track, seek, Some(time))? {
            return Ok(true);
        }
        let guide = self.input.stream(self.guide)?.time_base();
        for back in SEEK_BACK {
            self.forget();
            let target = guide.ticks(time - Rational::from(back));
            if self.input.seek(self.guide, target) && self.search(track, seek, Some(time))? {
                return Ok(true);
            }
        }
        // Seeking does not find it: read from the start.
        *self = Self::open(&self.context)?;
        self.search(track, seek, None)
    }

    /// Reads until the packet is found, or, if its time is given, is not to be expected any more.
    fn search(&mut self, track: u32, seek: &SeekPoint, time: Option<Rational>) -> Result<bool> {
        while let Some(packet) = self.next()? {
            let is_own = packet.track == track;
            if is_own && is_same(&packet.entry, seek) {
                return Ok(true);
            }
            let max_late = if is_own { Rational::ZERO } else { Rational::from(MAX_DISORDER) };
            if let Some(time) = time
                && self.seconds(&packet)? - time > max_late
            {
                return Ok(false);
            }
        }
        Ok(false)
    }

    fn seconds(&self, packet: &TextPacket) -> Result<Rational> {
        Ok(self.input.stream(packet.track)?.time_base().times(packet.entry.time))
    }

    /// The next packet of any text, which is kept for a while.
    fn next(&mut self) -> Result<Option<TextPacket>> {
        self.context.watch.check()?;
        let Some(packet) = self.input.read()? else { return Ok(None) };
        let packet = copy(&packet);
        self.kept_bytes += packet.data.len();
        self.kept.push_back(packet.clone());
        while self.kept.len() > MAX_KEPT_PACKETS || self.kept_bytes > MAX_KEPT_BYTES {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.kept_bytes -= oldest.data.len();
        }
        Ok(Some(packet))
    }

    fn forget(&mut self) {
        self.kept.clear();
        self.kept_bytes = 0;
    }
}

fn copy(packet: &MediaPacket) -> TextPacket {
    let short = |bytes: &[u8]| Bytes::copy_from_slice(bytes.get(..MAX_PACKET_BYTES).unwrap_or(bytes));
    let settings = packet.webvtt_settings().map(short);
    TextPacket { track: packet.track, entry: packet.entry, data: short(packet.data()), settings }
}

/// Whether it is the packet that a plan names. Several cues may begin at the same time.
fn is_same(packet: &Packet, seek: &SeekPoint) -> bool {
    let same =
        |found: Option<i64>, wanted: Option<i64>| found.zip(wanted).is_none_or(|(found, wanted)| found == wanted);
    packet.point.pts == seek.pts && same(packet.point.pos, seek.pos)
}
