//! How many samples each packet of a track has: by its codec, where all packets have as many, or else by decoding them.

use super::scan::decode_track;
use crate::base::{Rational, Result};
use crate::codec;
use crate::ffmpeg::{Decoder, Input, MediaPacket, Stream};
use crate::media::{CountedFrame, TrackIndex};
use crate::source::Context;

/// How long packets last by their codec alone, whether they can be decoded or not.
pub(crate) struct PacketLengths {
    configuration: Vec<u8>,
}

/// Counts at a rate. Frames of another have no whole number of samples.
struct Counter {
    rate: u32,
    rest: u64,
    rest_of: u64,
    /// Samples at the beginning that are still to be left out.
    skipped: u32,
    counted: Vec<CountedFrame>,
}

/// The samples of each frame of an audio track, at `rate`.
pub(crate) fn count_samples(context: &Context, index: &TrackIndex, rate: u32) -> Result<Vec<CountedFrame>> {
    match count_packets(context, index, rate)? {
        Some(counted) => Ok(counted),
        None => count_decoded(context, index, rate),
    }
}

/// As frames that come out of a decoder, without one, which takes most of the time of planning and all the more of it where
/// packets are damaged. `None` if it takes one to know.
fn count_packets(context: &Context, index: &TrackIndex, rate: u32) -> Result<Option<Vec<CountedFrame>>> {
    if !index.parameters.is_empty() {
        return Ok(None);
    }
    let mut input = Input::open_known(context)?;
    input.select(&[index.track]);
    input.set_clock(index.track, &index.clock);
    // A track may appear with its first packet, and is then set up by that.
    let streams = input.streams();
    let stream = streams.get(index.track as usize);
    let Some(lengths) = stream.and_then(|stream| PacketLengths::of(stream, rate)) else { return Ok(None) };
    let mut counter = Counter::new(rate);
    while let Some(packet) = input.read()? {
        context.watch.check()?;
        if packet.track == index.track {
            let known = lengths.seconds(packet.data());
            // Without a header of its own the first is one of a track without headers.
            let known = known.filter(|seconds| *seconds > Rational::ZERO || !counter.counted.is_empty());
            let Some(seconds) = known else { return Ok(None) };
            counter.add_packet(&packet, seconds, index.time_base);
        }
    }
    Ok(Some(counter.counted))
}

fn count_decoded(context: &Context, index: &TrackIndex, rate: u32) -> Result<Vec<CountedFrame>> {
    let mut counter = Counter::new(rate);
    decode_track(context, index, Decoder::to_count, |frame| {
        let samples = counter.samples(frame.samples() as u64, frame.sample_rate().max(1).into());
        counter.add(frame.time(), samples);
        Ok(())
    })?;
    Ok(counter.counted)
}

impl Counter {
    fn new(rate: u32) -> Self {
        Self { rate, rest: 0, rest_of: 0, skipped: 0, counted: Vec::new() }
    }

    /// How many samples so many of another rate are, with what was left over before.
    fn samples(&mut self, samples: u64, rate: u64) -> u32 {
        if rate != self.rest_of {
            (self.rest, self.rest_of) = (0, rate);
        }
        let exact = samples * u64::from(self.rate) + self.rest;
        self.rest = exact % rate;
        u32::try_from(exact / rate).unwrap_or(u32::MAX)
    }

    fn add(&mut self, time: Option<i64>, samples: u32) {
        match (time, self.counted.last_mut()) {
            (Some(time), _) => self.counted.push(CountedFrame { time, samples }),
            // Of the frames of one packet only the first has a time.
            (None, Some(last)) => last.samples = last.samples.saturating_add(samples),
            (None, None) => {}
        }
    }

    /// Adds what is presented of a packet that lasts so long, as FFmpeg's decoders give it.
    fn add_packet(&mut self, packet: &MediaPacket, seconds: Rational, time_base: Rational) {
        if seconds == Rational::ZERO {
            return;
        }
        let samples = self.samples(seconds.num().unsigned_abs(), seconds.den().unsigned_abs());
        let [beginning, end] = packet.skipped().unwrap_or([self.skipped, 0]);
        let left_out = if packet.entry.discard { samples } else { beginning.min(samples) };
        self.skipped = beginning.saturating_sub(left_out);
        let presented = (samples - left_out).checked_sub(end).unwrap_or(samples - left_out);
        if presented > 0 {
            let late = time_base.ticks(Rational::new(left_out.into(), self.rate.into()));
            let time = packet.entry.point.pts.or(packet.entry.point.dts);
            self.add(time.map(|time| time.saturating_add(late)), presented);
        }
    }
}

impl PacketLengths {
    /// Of sound at `rate`, if it is of a codec whose packets all have one length.
    pub(crate) fn of(stream: &Stream<'_>, rate: u32) -> Option<Self> {
        let configuration = stream.extradata().to_vec();
        // Sound that is set up with another rate than it has is more than it looks.
        let is_plain = configuration.is_empty() || codec::aac_lc(&configuration).is_some_and(|(own, _)| own == rate);
        (stream.codec() == "aac" && is_plain).then_some(Self { configuration })
    }

    /// Seconds that the packet with this data lasts.
    pub(crate) fn seconds(&self, packet: &[u8]) -> Option<Rational> {
        codec::aac_seconds(&self.configuration, packet)
    }
}
