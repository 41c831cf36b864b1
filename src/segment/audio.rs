//! Encoded audio segments: the samples of a window are decoded, mixed, resampled and encoded.

use std::ops::Range;

use bytes::Bytes;

use super::error::out_of_range;
use super::packets::{Editing, PacketReader};
use crate::base::{Error, ErrorKind, Rational, Result, Watch};
use crate::codec::AAC_FRAME;
use crate::ffmpeg::{AudioEncoder, AudioSettings, Decoder, MediaPacket, Resampler, ToPlanar};
use crate::mux::{self, Sample, SampleTimes};
use crate::plan::{AUDIO_GAP_TOLERANCE, AudioRendition, AudioSpan, AudioStart, AudioWindow, Rendition};
use crate::probe::PacketLengths;
use crate::sound;
use crate::source::Context;

/// Reads the audio of a rendition: of one track of the source, or of one for each channel.
pub(crate) struct AudioReader {
    own: TrackReader,
    others: Vec<TrackReader>,
}

/// Reads the audio of one track of the source.
struct TrackReader {
    packets: PacketReader,
    track: u32,
    origin: Rational,
}

/// The init segment of an encoded audio rendition.
pub(crate) fn init(rendition: &Rendition, audio: &AudioRendition) -> Result<Bytes> {
    let encoder = AudioEncoder::open(&settings(audio))?;
    let frames: u64 = audio.windows.iter().map(|window| u64::from(window.frames)).sum();
    mux::audio_init(
        &encoder.config(),
        audio.bit_rate,
        rendition.timescale,
        frames * AAC_FRAME - u64::from(audio.padding),
        audio.priming() as u32,
        audio.language.as_deref(),
    )
}

/// Makes segment `index` of an encoded audio rendition.
pub(crate) fn segment(reader: &mut AudioReader, audio: &AudioRendition, index: u32) -> Result<Bytes> {
    let out_of_range = || out_of_range(index, audio.windows.len() as u32);
    let span = audio.span(index).ok_or_else(out_of_range)?;
    let window = audio.windows.get(index as usize).ok_or_else(out_of_range)?;
    let others = audio.others.iter().filter_map(|other| other.windows.get(index as usize));
    let samples = reader.read(audio, &span, window, others)?;
    encode(audio, &span, index, &samples, reader.own.packets.watch())
}

fn settings(audio: &AudioRendition) -> AudioSettings {
    AudioSettings { sample_rate: audio.sample_rate, channels: audio.channels, bit_rate: audio.bit_rate }
}

impl AudioReader {
    pub(crate) fn open(context: &Context, audio: &AudioRendition, origin: Rational) -> Result<Self> {
        let own = TrackReader::open(context, audio, audio.source_track, origin)?;
        let others = audio.others.iter().map(|other| TrackReader::open(context, audio, other.source_track, origin));
        Ok(Self { own, others: others.collect::<Result<_>>()? })
    }

    /// Whether it reads the tracks of this rendition.
    pub(crate) fn is_of(&self, audio: &AudioRendition) -> bool {
        let others = self.others.iter().map(|other| other.track);
        self.own.track == audio.source_track && others.eq(audio.others.iter().map(|other| other.source_track))
    }

    /// The samples to encode: exactly `span.out_count` of each channel, padded with silence.
    fn read<'plan>(
        &mut self,
        audio: &AudioRendition,
        span: &AudioSpan,
        window: &AudioWindow,
        others: impl Iterator<Item = &'plan AudioWindow>,
    ) -> Result<Vec<Vec<f32>>> {
        let (mut samples, is_mixed_down) = if self.others.is_empty() {
            self.own.read(audio, audio.channels, span, window)?
        } else {
            let (mut planes, _) = self.own.read(audio, 1, span, window)?;
            for (reader, window) in self.others.iter_mut().zip(others) {
                planes.extend(reader.read(audio, 1, span, window)?.0);
            }
            sound::together(planes, audio.channels)
        };
        if audio.sample_rate != audio.source_sample_rate {
            let resampler = Resampler::new(audio.channels, audio.source_sample_rate, audio.sample_rate)?;
            let planes: Vec<&[f32]> = samples.iter().map(Vec::as_slice).collect();
            samples = resampler.run(&planes, span.skip + span.out_count)?;
        }
        for plane in &mut samples {
            plane.drain(..span.skip.min(plane.len()));
            plane.resize(span.out_count, 0.0);
        }
        let has_gain = audio.gain != Rational::from(1);
        if has_gain {
            let gain = audio.gain.to_f64() as f32;
            samples.iter_mut().flatten().for_each(|sample| *sample *= gain);
        }
        if is_mixed_down || has_gain {
            sound::limit(&mut samples, audio.sample_rate);
        }
        samples.iter_mut().flatten().for_each(|sample| *sample = within_full_scale(*sample));
        Ok(samples)
    }
}

impl TrackReader {
    fn open(context: &Context, audio: &AudioRendition, track: u32, origin: Rational) -> Result<Self> {
        let editing = Editing::unless(audio.source_unedited);
        Ok(Self { packets: PacketReader::open(context, track, &audio.source_clock, &editing)?, track, origin })
    }

    /// The source's samples of a window in so many channels, and whether they were mixed down.
    fn read(
        &mut self,
        audio: &AudioRendition,
        channels: u32,
        span: &AudioSpan,
        window: &AudioWindow,
    ) -> Result<(Vec<Vec<f32>>, bool)> {
        let mut buffer = SampleBuffer::new(channels, span.in_start, span.in_count);
        let mut is_mixed_down = match &window.start {
            Some(start) => self.fill(&mut buffer, audio, start)?,
            None => false,
        };
        for part in &window.parts {
            buffer.limit(part.from..part.to);
            is_mixed_down |= self.fill(&mut buffer, audio, &part.start)?;
        }
        Ok((buffer.planes, is_mixed_down))
    }

    /// Decodes from the planned packet on until the buffer is full or the track ends. Returns whether samples were mixed
    /// down, and so may be louder than full scale.
    fn fill(&mut self, buffer: &mut SampleBuffer, audio: &AudioRendition, start: &AudioStart) -> Result<bool> {
        let mut packet = Some(self.packets.start_at(&start.seek)?);
        let mut decoder = Decoder::open(self.packets.input(), self.track, audio.parameters_at(&start.seek))?;
        let mut positions = FramePositions::new(audio, start, self.origin);
        let mut planar = ToPlanar::new(buffer.planes.len() as u32, audio.source_sample_rate);
        let lengths = self.lengths(audio);
        let mut is_mixed_down = false;
        let mut put = |buffer: &mut SampleBuffer, position: i64, (samples, is_down): (Vec<Vec<f32>>, bool)| {
            is_mixed_down |= is_down;
            buffer.put(position, &samples);
            position.saturating_add(samples.first().map_or(0, Vec::len) as i64)
        };
        loop {
            self.packets.watch().check()?;
            let (mut full, mut is_damaged, mut is_lost) = (false, false, true);
            decoder.decode(packet.as_ref(), |frame| {
                is_lost = false;
                if let Some(position) = positions.position(frame.time()) {
                    let mut position = position;
                    if let Some(next) = positions.next.filter(|next| *next != position || !planar.goes_on(&frame)) {
                        let end = put(buffer, next, planar.finish()?);
                        position = if position == next { end } else { position };
                    }
                    positions.next = Some(put(buffer, position, planar.convert(&frame)?));
                    full |= position >= buffer.shown.end;
                    is_damaged |= frame.is_damaged();
                }
                Ok(())
            })?;
            is_damaged |= decoder.take_refused();
            if let Some(packet) = packet.as_ref().filter(|_| is_damaged) {
                self.note(buffer, audio, positions.stated(packet.entry.time));
            }
            let lost = packet.as_ref().filter(|packet| is_lost && !packet.entry.discard);
            if let Some((start, end)) = lost.and_then(|packet| positions.lost(packet, lengths.as_ref()?)) {
                put(buffer, positions.next.unwrap_or(start), planar.finish()?);
                positions.next = Some(end);
                full |= end >= buffer.shown.end;
            }
            if packet.is_none() {
                put(buffer, positions.next.unwrap_or(i64::MAX), planar.finish()?);
            }
            if full || packet.is_none() {
                return Ok(is_mixed_down);
            }
            packet = self.packets.next()?;
        }
    }

    /// How long packets are that do not decode, if they were counted with all others.
    fn lengths(&self, audio: &AudioRendition) -> Option<PacketLengths> {
        let is_counted = audio.gaps.is_some() && audio.parameters.is_empty();
        let streams = self.packets.input().streams();
        let stream = streams.get(self.track as usize).filter(|_| is_counted)?;
        PacketLengths::of(stream, audio.source_sample_rate)
    }

    /// Notes a packet that could not be decoded, if it is of these samples.
    fn note(&self, buffer: &SampleBuffer, audio: &AudioRendition, sample: i64) {
        if buffer.shown.contains(&sample) {
            let time = Rational::new(1, audio.source_sample_rate.into()).times(sample);
            self.packets.damage().note(self.track, time);
        }
    }
}

/// Positions of decoded frames, in source samples from the start of the presentation.
struct FramePositions<'plan> {
    audio: &'plan AudioRendition,
    start: &'plan AudioStart,
    origin: Rational,
    sample_time: Rational,
    /// By how many samples an edit list moves the frame whose position is planned.
    shift: i64,
    /// The position after the last frame; `None` until the planned one.
    next: Option<i64>,
}

impl<'plan> FramePositions<'plan> {
    fn new(audio: &'plan AudioRendition, start: &'plan AudioStart, origin: Rational) -> Self {
        let sample_time = Rational::new(1, audio.source_sample_rate.into());
        let mut positions = Self { audio, start, origin, sample_time, shift: 0, next: None };
        positions.shift =
            if audio.source_unedited { start.sample.saturating_sub(positions.stated(start.time)) } else { 0 };
        positions
    }

    /// Position of the next frame; `None` for frames that only serve as decoder pre-roll. Samples are counted from the
    /// planned frame on, or from where a decoder that cuts its beginning off lets it begin. Of the frames of one packet
    /// only the first has a timestamp.
    fn position(&self, time: Option<i64>) -> Option<i64> {
        let Some(next) = self.next else {
            let late = time?.checked_sub(self.start.time).filter(|late| *late >= 0)?;
            return Some(self.start.sample.saturating_add(self.samples(late)));
        };
        Some(time.and_then(|time| self.after_gap(next, time)).unwrap_or(next))
    }

    /// Position of the frame at `time` if it does not follow at `next`: by the plan, which has looked at all frames, or if
    /// times are exact by the time.
    fn after_gap(&self, next: i64, time: i64) -> Option<i64> {
        if let Some(gaps) = &self.audio.gaps {
            let place = gaps.binary_search_by_key(&time, |gap| gap.time).ok()?;
            return gaps.get(place).map(|gap| gap.sample);
        }
        let stated = self.stated(time);
        let tolerance = self.sample_time.ticks(Rational::new(AUDIO_GAP_TOLERANCE.0, AUDIO_GAP_TOLERANCE.1));
        (next.abs_diff(stated) > tolerance.unsigned_abs()).then_some(stated)
    }

    /// The position of a time by what the container says.
    fn stated(&self, time: i64) -> i64 {
        let sample = self.sample_time.ticks(self.audio.source_time_base.times(time) - self.origin);
        sample.saturating_add(self.shift)
    }

    /// Where a packet begins and ends of which no frame has come.
    fn lost(&self, packet: &MediaPacket, lengths: &PacketLengths) -> Option<(i64, i64)> {
        let seconds = lengths.seconds(packet.data()).filter(|seconds| *seconds > Rational::ZERO)?;
        let start = self.position(packet.entry.point.pts.or(packet.entry.point.dts))?;
        Some((start, start.saturating_add(self.sample_time.ticks(seconds))))
    }

    fn samples(&self, ticks: i64) -> i64 {
        self.sample_time.ticks(self.audio.source_time_base.times(ticks))
    }
}

/// Cuts off what is louder than full scale, as players do. FFmpeg's AAC encoder makes all of a frame with such a peak quieter.
fn within_full_scale(sample: f32) -> f32 {
    if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) }
}

/// A range of samples, silent where none are put.
struct SampleBuffer {
    start: i64,
    planes: Vec<Vec<f32>>,
    length: usize,
    /// Where samples may be put.
    shown: Range<i64>,
}

impl SampleBuffer {
    fn new(channels: u32, start: i64, length: usize) -> Self {
        let shown = start..start.saturating_add(length as i64);
        Self { start, planes: vec![vec![0.0; length]; channels as usize], length, shown }
    }

    /// From now on takes no other samples than these.
    fn limit(&mut self, shown: Range<i64>) {
        let end = self.start.saturating_add(self.length as i64);
        self.shown = shown.start.max(self.start)..shown.end.min(end);
    }

    /// Puts samples of all channels, the first at `position`; those outside the range are ignored.
    fn put(&mut self, position: i64, channels: &[Vec<f32>]) {
        let skip = usize::try_from(self.shown.start.saturating_sub(position)).unwrap_or(0);
        let first = position.max(self.shown.start);
        let offset = usize::try_from(first.saturating_sub(self.start)).unwrap_or(0);
        let room = usize::try_from(self.shown.end.saturating_sub(first)).unwrap_or(0);
        for (plane, samples) in self.planes.iter_mut().zip(channels) {
            let to = plane.iter_mut().skip(offset).take(room);
            to.zip(samples.iter().skip(skip)).for_each(|(to, from)| *to = *from);
        }
    }
}

fn encode(audio: &AudioRendition, span: &AudioSpan, index: u32, samples: &[Vec<f32>], watch: &Watch) -> Result<Bytes> {
    let mut encoder = AudioEncoder::open(&settings(audio))?;
    let mut packets = Vec::new();
    for start in (0..span.out_count).step_by(AudioEncoder::FRAME) {
        watch.check()?;
        let frame: Option<Vec<&[f32]>> =
            samples.iter().map(|plane| plane.get(start..start + AudioEncoder::FRAME)).collect();
        if let Some(frame) = frame {
            encoder.encode(Some((&frame, span.out_start + start as i64)), &mut packets)?;
        }
    }
    encoder.encode(None, &mut packets)?;
    // The encoder delays its output by a frame: a packet's time is one frame before the samples it was given. The packet
    // before the first that is presented primes a decoder; the plan says whether it is there.
    let priming = audio.priming() as i64;
    let first = (span.first_frame * AAC_FRAME) as i64 - if index == 0 { priming } else { 0 };
    let end = ((span.first_frame + span.frames) * AAC_FRAME) as i64;
    let selected: Vec<_> = packets.into_iter().filter(|packet| (first..end).contains(&packet.pts)).collect();
    let expected = (end - first) / AAC_FRAME as i64;
    if selected.len() as i64 != expected {
        let message = format!("the encoder returned {} of {expected} frames for audio segment {index}", selected.len());
        return Err(Error::new(ErrorKind::Internal, message));
    }
    let samples: Vec<_> =
        selected.into_iter().map(|packet| Sample { data: packet.data, composition_frames: 0, key: true }).collect();
    let padding = audio.padding_of(index);
    let times = SampleTimes { start: (first + priming) as u64, frame: AAC_FRAME as u32, padding };
    mux::media_segment(index, &times, &samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_ignores_samples_outside() {
        let mut buffer = SampleBuffer::new(1, 10, 4);
        buffer.put(8, &[vec![1.0, 2.0, 3.0]]);
        buffer.put(13, &[vec![4.0, 5.0]]);
        buffer.put(100, &[vec![6.0]]);
        buffer.put(i64::MIN, &[vec![7.0]]);
        buffer.put(i64::MAX, &[vec![8.0]]);
        assert_eq!(buffer.planes, [vec![3.0, 0.0, 0.0, 4.0]]);
        buffer.limit(11..13);
        buffer.put(10, &[vec![9.0, 10.0, 11.0, 12.0]]);
        assert_eq!(buffer.planes, [vec![3.0, 10.0, 11.0, 4.0]]);
    }
}
