//! Passthrough segments: samples copied from the source.

use bytes::Bytes;

use super::error::out_of_range;
use super::packets::PacketReader;
use crate::base::{Error, ErrorKind, Rational, Result, hex};
use crate::codec::{AAC_FRAME, Configuration};
use crate::ffmpeg::{MediaPacket, colour_tags};
use crate::media::{ClockPart, SeekPoint};
use crate::mux::{self, Sample, SampleEntry, SampleTimes};
use crate::plan::{AudioRendition, Rendition, SourceVideo};
use crate::source::Context;

/// Reads the samples of one track of the source, window by window.
pub(crate) struct PassthroughReader {
    packets: PacketReader,
    track: u32,
    /// The window that begins with the next packet.
    next_window: Option<u32>,
}

impl PassthroughReader {
    pub(crate) fn open(context: &Context, track: u32, clock: &[ClockPart]) -> Result<Self> {
        Ok(Self { packets: PacketReader::open_index(context, track, clock)?, track, next_window: None })
    }

    pub(crate) fn track(&self) -> u32 {
        self.track
    }

    /// The `count` packets of window `index`, which begins at `seek`.
    fn read(&mut self, index: u32, seek: &SeekPoint, count: usize) -> Result<Vec<MediaPacket>> {
        let continues = self.next_window.take() == Some(index);
        let mut packets = Vec::with_capacity(count.min(1 << 16));
        let first = if continues { self.packets.next_if(seek)? } else { None };
        packets.push(match first {
            Some(packet) => packet,
            None => self.packets.start_at(seek)?,
        });
        while packets.len() < count {
            self.packets.watch().check()?;
            packets.push(self.packets.next()?.ok_or_else(|| self.copy_error(index, "the track ends too early"))?);
        }
        self.next_window = index.checked_add(1);
        Ok(packets)
    }

    /// A segment with the data of these packets.
    fn assemble(
        &self,
        index: u32,
        times: &SampleTimes,
        entries: &[SampleEntry],
        packets: &[MediaPacket],
    ) -> Result<CopiedSegment> {
        let stream = self.packets.input().stream(self.track)?;
        if packets.iter().filter_map(MediaPacket::extradata).any(|extradata| extradata != stream.extradata()) {
            return Err(self.copy_error(index, "its parameter sets change"));
        }
        // An index can point any number of samples at the same bytes.
        let size: u64 = entries.iter().map(|entry| u64::from(entry.size)).sum();
        if size > self.packets.input().source().len() {
            return Err(self.copy_error(index, "it has more bytes than the source"));
        }
        let mut bytes = mux::segment_head(index, times, entries)?;
        let head = bytes.len();
        bytes.resize(head + size as usize, 0);
        let mut start = head;
        for (packet, entry) in packets.iter().zip(entries) {
            let end = start + entry.size as usize;
            self.packets.fill(packet, bytes.get_mut(start..end).unwrap_or_default())?;
            start = end;
        }
        Ok(CopiedSegment { bytes, head })
    }

    fn copy_error(&self, index: u32, fault: &str) -> Error {
        let (name, track) = (self.packets.input().source().name(), self.track);
        let message =
            format!("segment {index} cannot be copied from track {track} of {name}: {fault}; encode it instead");
        Error::new(ErrorKind::Corrupt, message)
    }
}

/// A segment with samples as they are in the source.
struct CopiedSegment {
    bytes: Vec<u8>,
    /// Bytes before the first sample.
    head: usize,
}

impl CopiedSegment {
    fn samples(&self, entries: &[SampleEntry]) -> Vec<&[u8]> {
        let mut rest = self.bytes.get(self.head..).unwrap_or_default();
        let samples = entries.iter().map_while(|entry| {
            let (sample, after) = rest.split_at_checked(entry.size as usize)?;
            rest = after;
            Some(sample)
        });
        samples.collect()
    }
}

/// The init segment of a video passthrough.
pub(crate) fn video_init(
    rendition: &Rendition,
    source: &SourceVideo,
    parameter_sets: &str,
    reorder: u32,
) -> Result<Bytes> {
    let bytes = hex::decode(parameter_sets).unwrap_or_default();
    let frame = source.frame_ticks(rendition.timescale);
    let (duration, delay) = (source.frames * frame, u64::from(reorder) * frame);
    let colour = colour_tags(&source.colour);
    Ok(mux::video_init(&bytes, &colour, rendition.timescale, duration, delay)?.0)
}

/// Copies segment `index` of a video passthrough.
pub(crate) fn video_segment(
    reader: &mut PassthroughReader,
    source: &SourceVideo,
    origin: Rational,
    (rendition, reorder): (&Rendition, u32),
    index: u32,
) -> Result<Bytes> {
    let window = source.windows.get(index as usize).ok_or_else(|| out_of_range(index, source.windows.len() as u32))?;
    let configuration = Configuration::read(reader.packets.input().stream(source.track)?.extradata())
        .map_err(|fault| reader.copy_error(index, &fault))?;
    let packets = reader.read(index, &window.seek, source.window_frames(index) as usize)?;
    let entry = |(packet, decoded): (&MediaPacket, i64)| {
        let number = ((source.time_base.times(packet.entry.time) - origin) * source.frame_rate).round();
        let composition_frames = u32::try_from(number.saturating_sub(decoded).saturating_add(reorder.into()))
            .map_err(|_| reader.copy_error(index, "a frame is presented before it is decoded"))?;
        Ok(SampleEntry { size: packet.entry.size, composition_frames, key: packet.entry.key })
    };
    let entries = packets.iter().zip(window.first_frame as i64..).map(entry).collect::<Result<Vec<_>>>()?;
    let frame = source.frame_ticks(rendition.timescale);
    let times = SampleTimes { start: window.first_frame * frame, frame: frame as u32, padding: 0 };
    let segment = reader.assemble(index, &times, &entries, &packets)?;
    let samples = segment.samples(&entries);
    let units = samples.iter().map(|sample| configuration.inspect(sample)).collect::<std::result::Result<Vec<_>, _>>();
    let units = units.map_err(|fault| reader.copy_error(index, &fault))?;
    if units.first().is_none_or(|first| !first.idr) {
        return Err(reader.copy_error(index, "it does not begin with a keyframe"));
    }
    if units.iter().zip(&entries).all(|(unit, entry)| unit.is_sample && unit.idr == entry.key) {
        return Ok(segment.bytes.into());
    }
    let rewritten = samples.iter().zip(&entries).zip(&units).map(|((sample, entry), unit)| {
        let data = configuration.sample(sample).map_err(|fault| reader.copy_error(index, &fault))?;
        Ok(Sample { data, composition_frames: entry.composition_frames, key: unit.idr })
    });
    mux::media_segment(index, &times, &rewritten.collect::<Result<Vec<_>>>()?)
}

/// The init segment of an audio passthrough.
pub(crate) fn audio_init(
    rendition: &Rendition,
    audio: &AudioRendition,
    configuration: &str,
    priming: u32,
) -> Result<Bytes> {
    let bytes = hex::decode(configuration).unwrap_or_default();
    let frames: u64 = audio.windows.iter().map(|window| u64::from(window.frames)).sum();
    let language = audio.language.as_deref();
    let duration = frames * AAC_FRAME - u64::from(audio.padding);
    mux::audio_init(&bytes, audio.bit_rate, rendition.timescale, duration, priming, language)
}

/// Copies segment `index` of an audio passthrough.
pub(crate) fn audio_segment(reader: &mut PassthroughReader, audio: &AudioRendition, index: u32) -> Result<Bytes> {
    let window = audio.windows.get(index as usize).ok_or_else(|| out_of_range(index, audio.windows.len() as u32))?;
    let start = window.start.ok_or_else(|| reader.copy_error(index, "it has no audio"))?;
    let packets = reader.read(index, &start.seek, window.frames as usize)?;
    let entry = |packet: &MediaPacket| SampleEntry { size: packet.entry.size, composition_frames: 0, key: true };
    let entries: Vec<_> = packets.iter().map(entry).collect();
    let before: u64 = audio.windows.iter().take(index as usize).map(|window| u64::from(window.frames)).sum();
    let times = SampleTimes { start: before * AAC_FRAME, frame: AAC_FRAME as u32, padding: audio.padding_of(index) };
    Ok(reader.assemble(index, &times, &entries, &packets)?.bytes.into())
}
