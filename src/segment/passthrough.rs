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
use crate::sink::Target;
use crate::source::Context;

/// Bytes of samples that are read before they are written: few enough to stay in a core's cache, and so many that calls of
/// the system cost little.
const PART_BYTES: usize = 256 << 10;

/// Reads the samples of one track of the source, window by window.
pub(crate) struct PassthroughReader {
    packets: PacketReader,
    track: u32,
    /// The window that begins with the next packet.
    next_window: Option<u32>,
    /// For samples on their way.
    buffer: Vec<u8>,
    /// Whether a segment was met whose samples cannot stay as they are, so that others are expected to be like it.
    rewrites: bool,
}

/// A segment with samples as they are in the source.
struct Segment {
    index: u32,
    times: SampleTimes,
    entries: Vec<SampleEntry>,
    packets: Vec<MediaPacket>,
}

impl Segment {
    /// Bytes of all samples.
    fn size(&self) -> u64 {
        self.entries.iter().map(|entry| u64::from(entry.size)).sum()
    }

    /// The packets, in parts of about [`PART_BYTES`].
    fn parts(&self) -> impl Iterator<Item = &[MediaPacket]> {
        let mut rest = self.packets.as_slice();
        std::iter::from_fn(move || {
            let before = sizes(rest).scan(0, |bytes, size| Some(std::mem::replace(bytes, *bytes + size)));
            let (part, after) = rest.split_at(before.take_while(|bytes| *bytes < PART_BYTES).count());
            rest = after;
            (!part.is_empty()).then_some(part)
        })
    }
}

fn sizes(packets: &[MediaPacket]) -> impl Iterator<Item = usize> {
    packets.iter().map(|packet| packet.entry.size as usize)
}

impl PassthroughReader {
    pub(crate) fn open(context: &Context, track: u32, clock: &[ClockPart]) -> Result<Self> {
        let packets = PacketReader::open_index(context, track, clock)?;
        Ok(Self { packets, track, next_window: None, buffer: Vec::new(), rewrites: false })
    }

    pub(crate) fn track(&self) -> u32 {
        self.track
    }

    /// The `count` packets of window `index`, which begins at `seek`.
    fn read(&mut self, index: u32, seek: &SeekPoint, count: usize) -> Result<Vec<MediaPacket>> {
        let continues = self.next_window.take() == Some(index);
        let mut packets = Vec::with_capacity(count.min(1 << 16));
        let first = if continues { self.packets.next_if(seek)? } else { None };
        let mut packet = match first {
            Some(packet) => packet,
            None => self.packets.start_at(seek)?,
        };
        loop {
            if let Some(extradata) = packet.extradata()
                && extradata != self.packets.input().stream(self.track)?.extradata()
            {
                return Err(self.copy_error(index, "its parameter sets change"));
            }
            self.packets.release(&mut packet);
            packets.push(packet);
            if packets.len() >= count {
                break;
            }
            self.packets.watch().check()?;
            packet = self.packets.next()?.ok_or_else(|| self.copy_error(index, "the track ends too early"))?;
        }
        self.next_window = index.checked_add(1);
        Ok(packets)
    }

    /// Writes a segment whose samples stay as they are, if `stays` says so of each, by its number and data; returns whether
    /// all do. Their data is never in memory as a whole.
    fn copy(
        &mut self,
        segment: &Segment,
        target: &mut dyn Target,
        stays: impl Fn(usize, &[u8]) -> bool,
    ) -> Result<bool> {
        let head = self.head(segment)?;
        target.begin(head.len() + segment.size() as usize)?;
        let mut filled = head.len();
        self.buffer.splice(..filled.min(self.buffer.len()), head);
        let mut numbers = 0..;
        for packets in segment.parts() {
            let start = filled;
            filled += sizes(packets).sum::<usize>();
            self.buffer.resize(filled.max(self.buffer.len()), 0);
            let mut samples = self.buffer.get_mut(start..filled).unwrap_or_default();
            self.packets.fill(packets, samples)?;
            for (size, number) in sizes(packets).zip(&mut numbers) {
                let (sample, after) = samples.split_at_mut(size);
                if !stays(number, sample) {
                    return Ok(false);
                }
                samples = after;
            }
            target.write(self.buffer.get(..filled).unwrap_or_default())?;
            filled = 0;
        }
        Ok(true)
    }

    /// A segment up to its samples.
    fn head(&self, segment: &Segment) -> Result<Vec<u8>> {
        // An index can point any number of samples at the same bytes.
        if segment.size() > self.packets.input().source().len() {
            return Err(self.copy_error(segment.index, "it has more bytes than the source"));
        }
        mux::segment_head(segment.index, &segment.times, &segment.entries)
    }

    fn copy_error(&self, index: u32, fault: &str) -> Error {
        let (name, track) = (self.packets.input().source().name(), self.track);
        let message =
            format!("segment {index} cannot be copied from track {track} of {name}: {fault}; encode it instead");
        Error::new(ErrorKind::Corrupt, message)
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
    target: &mut dyn Target,
) -> Result<()> {
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
    let segment = Segment { index, times, entries, packets };
    let stays = |number: usize, sample: &[u8]| {
        let unit = configuration.inspect(sample).ok().filter(|unit| unit.is_sample && (unit.idr || number > 0));
        unit.is_some_and(|unit| segment.entries.get(number).is_some_and(|entry| entry.key == unit.idr))
    };
    if !reader.rewrites && reader.copy(&segment, target, stays)? {
        return Ok(());
    }
    reader.rewrites = true;
    let bytes = rewritten(reader, &configuration, &segment)?;
    target.begin(bytes.len())?;
    target.write(&bytes)
}

/// A segment whose samples get the form that segments have.
fn rewritten(reader: &PassthroughReader, configuration: &Configuration, segment: &Segment) -> Result<Bytes> {
    let Segment { index, times, entries, packets } = segment;
    let fault = |fault: String| reader.copy_error(*index, &fault);
    let mut bytes = reader.head(segment)?;
    let head = bytes.len();
    bytes.resize(head + segment.size() as usize, 0);
    let mut rest = bytes.get_mut(head..).unwrap_or_default();
    reader.packets.fill(packets, rest)?;
    let samples = sizes(packets).map_while(|size| rest.split_off_mut(..size)).map(|sample| &*sample);
    let samples: Vec<&[u8]> = samples.collect();
    let units =
        samples.iter().map(|sample| configuration.inspect(sample).map_err(fault)).collect::<Result<Vec<_>>>()?;
    if units.first().is_none_or(|first| !first.idr) {
        return Err(reader.copy_error(*index, "it does not begin with a keyframe"));
    }
    if units.iter().zip(entries).all(|(unit, entry)| unit.is_sample && unit.idr == entry.key) {
        return Ok(bytes.into());
    }
    let rewritten = samples.iter().zip(entries).zip(&units).map(|((sample, entry), unit)| {
        let data = configuration.sample(sample).map_err(fault)?;
        Ok(Sample { data, composition_frames: entry.composition_frames, key: unit.idr })
    });
    mux::media_segment(*index, times, &rewritten.collect::<Result<Vec<_>>>()?)
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
pub(crate) fn audio_segment(
    reader: &mut PassthroughReader,
    audio: &AudioRendition,
    index: u32,
    target: &mut dyn Target,
) -> Result<()> {
    let window = audio.windows.get(index as usize).ok_or_else(|| out_of_range(index, audio.windows.len() as u32))?;
    let start = window.start.ok_or_else(|| reader.copy_error(index, "it has no audio"))?;
    let packets = reader.read(index, &start.seek, window.frames as usize)?;
    let entry = |packet: &MediaPacket| SampleEntry { size: packet.entry.size, composition_frames: 0, key: true };
    let entries = packets.iter().map(entry).collect();
    let before: u64 = audio.windows.iter().take(index as usize).map(|window| u64::from(window.frames)).sum();
    let times = SampleTimes { start: before * AAC_FRAME, frame: AAC_FRAME as u32, padding: audio.padding_of(index) };
    reader.copy(&Segment { index, times, entries, packets }, target, |_, _| true).map(drop)
}
