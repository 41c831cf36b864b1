//! Segments of the source's own samples.

use bytes::Bytes;

use super::error::out_of_range;
use super::packets::PacketReader;
use crate::base::{Error, ErrorKind, Limits, Rational, Result, Watch, hex};
use crate::codec::{AAC_FRAME, Configuration};
use crate::ffmpeg::{MediaPacket, colour_tags};
use crate::media::SeekPoint;
use crate::mux::{self, Sample, SampleEntry, SampleTimes};
use crate::plan::{AudioTrack, Pictures, Track};
use crate::source::SharedSource;

/// Reads the samples of one track of the source, window by window.
pub(crate) struct SampleReader {
    packets: PacketReader,
    track: u32,
    /// The window that the next packet is the first of.
    next: Option<u32>,
}

impl SampleReader {
    pub(crate) fn open(source: &SharedSource, track: u32, limits: &Limits, watch: &Watch) -> Result<Self> {
        Ok(Self { packets: PacketReader::open_index(source, track, limits, watch)?, track, next: None })
    }

    /// The track of the source that is read.
    pub(crate) fn track(&self) -> u32 {
        self.track
    }

    /// The `count` packets of window `index`, which begins with `from`.
    fn read(&mut self, index: u32, from: &SeekPoint, count: usize, watch: &Watch) -> Result<Vec<MediaPacket>> {
        let goes_on = self.next.take() == Some(index);
        let mut packets = Vec::with_capacity(count.min(1 << 16));
        let first = if goes_on { self.packets.next_if(from)? } else { None };
        packets.push(match first {
            Some(packet) => packet,
            None => self.packets.start_at(from)?,
        });
        while packets.len() < count {
            watch.check()?;
            packets.push(self.packets.next()?.ok_or_else(|| self.unlike_plan(index, "it ends too early"))?);
        }
        self.next = index.checked_add(1);
        Ok(packets)
    }

    /// A segment of these packets' data.
    fn assemble(
        &self,
        index: u32,
        times: &SampleTimes,
        entries: &[SampleEntry],
        packets: &[MediaPacket],
    ) -> Result<Assembled> {
        if packets.iter().any(MediaPacket::changes_codec_data) {
            return Err(self.unlike_plan(index, "its parameter sets change"));
        }
        // An index can say of any number of samples that they are the same bytes.
        let size: u64 = entries.iter().map(|entry| u64::from(entry.size)).sum();
        if size > self.packets.input().source().len() {
            return Err(self.unlike_plan(index, "it has more bytes than the source"));
        }
        let mut bytes = mux::segment_head(index, times, entries)?;
        let mut place = bytes.len();
        let head = place;
        bytes.resize(head + size as usize, 0);
        for (packet, entry) in packets.iter().zip(entries) {
            let end = place + entry.size as usize;
            self.packets.fill(packet, bytes.get_mut(place..end).unwrap_or_default())?;
            place = end;
        }
        Ok(Assembled { bytes, head })
    }

    fn unlike_plan(&self, index: u32, fault: &str) -> Error {
        let (name, track) = (self.packets.input().source().name(), self.track);
        let message =
            format!("segment {index} cannot be copied from track {track} of {name}: {fault}; encode it instead");
        Error::new(ErrorKind::Corrupt, message)
    }
}

/// A segment, and where its samples begin.
struct Assembled {
    bytes: Vec<u8>,
    head: usize,
}

impl Assembled {
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

/// The init segment of a copied video track.
pub(crate) fn video_init(track: &Track, pictures: &Pictures, parameter_sets: &str, reorder: u32) -> Result<Bytes> {
    let bytes = hex::decode(parameter_sets).unwrap_or_default();
    let frame = pictures.frame_ticks(track.timescale);
    let (duration, delay) = (pictures.frames * frame, u64::from(reorder) * frame);
    let colour = colour_tags(&pictures.colour);
    Ok(mux::video_init(&bytes, &colour, track.timescale, duration, delay)?.0)
}

/// Copies segment `index` of a video track.
pub(crate) fn video_segment(
    reader: &mut SampleReader,
    pictures: &Pictures,
    origin: Rational,
    (track, reorder): (&Track, u32),
    index: u32,
    watch: &Watch,
) -> Result<Bytes> {
    let window = pictures.windows.get(index as usize).ok_or_else(|| out_of_range(index, pictures.windows.len()))?;
    let configuration = Configuration::read(reader.packets.input().stream(pictures.track)?.codec_data())
        .map_err(|fault| reader.unlike_plan(index, &fault))?;
    let packets = reader.read(index, &window.from, pictures.window_frames(index) as usize, watch)?;
    let entry = |(packet, decoded): (&MediaPacket, i64)| {
        let number = ((pictures.time_base.times(packet.entry.time) - origin) * pictures.frame_rate).round();
        let composition_frames = u32::try_from(number.saturating_sub(decoded).saturating_add(reorder.into()))
            .map_err(|_| reader.unlike_plan(index, "a picture is shown before it is decoded"))?;
        Ok(SampleEntry { size: packet.entry.size, composition_frames, key: packet.entry.key })
    };
    let entries = packets.iter().zip(window.frame as i64..).map(entry).collect::<Result<Vec<_>>>()?;
    let frame = pictures.frame_ticks(track.timescale);
    let times = SampleTimes { start: window.frame * frame, frame: frame as u32 };
    let segment = reader.assemble(index, &times, &entries, &packets)?;
    let samples = segment.samples(&entries);
    let looks = samples.iter().map(|sample| configuration.look_at(sample)).collect::<std::result::Result<Vec<_>, _>>();
    let looks = looks.map_err(|fault| reader.unlike_plan(index, &fault))?;
    if looks.first().is_none_or(|first| !first.idr) {
        return Err(reader.unlike_plan(index, "it does not begin with a keyframe"));
    }
    if looks.iter().zip(&entries).all(|(look, entry)| look.whole && look.idr == entry.key) {
        return Ok(segment.bytes.into());
    }
    let rewritten = samples.iter().zip(&entries).zip(&looks).map(|((sample, entry), look)| {
        let data = configuration.sample(sample).map_err(|fault| reader.unlike_plan(index, &fault))?;
        Ok(Sample { data, composition_frames: entry.composition_frames, key: look.idr })
    });
    mux::media_segment(index, &times, &rewritten.collect::<Result<Vec<_>>>()?)
}

/// The init segment of a copied audio track.
pub(crate) fn audio_init(track: &Track, audio: &AudioTrack, configuration: &str, skip: u32) -> Result<Bytes> {
    let bytes = hex::decode(configuration).unwrap_or_default();
    let frames: u64 = audio.windows.iter().map(|window| u64::from(window.frames)).sum();
    let language = audio.language.as_deref();
    mux::audio_init(&bytes, audio.bit_rate, track.timescale, frames * AAC_FRAME, skip, language)
}

/// Copies segment `index` of an audio track.
pub(crate) fn audio_segment(reader: &mut SampleReader, audio: &AudioTrack, index: u32, watch: &Watch) -> Result<Bytes> {
    let window = audio.windows.get(index as usize).ok_or_else(|| out_of_range(index, audio.windows.len()))?;
    let start = window.start.ok_or_else(|| reader.unlike_plan(index, "it has no sound"))?;
    let packets = reader.read(index, &start.from, window.frames as usize, watch)?;
    let entry = |packet: &MediaPacket| SampleEntry { size: packet.entry.size, composition_frames: 0, key: true };
    let entries: Vec<_> = packets.iter().map(entry).collect();
    let before: u64 = audio.windows.iter().take(index as usize).map(|window| u64::from(window.frames)).sum();
    let times = SampleTimes { start: before * AAC_FRAME, frame: AAC_FRAME as u32 };
    Ok(reader.assemble(index, &times, &entries, &packets)?.bytes.into())
}
