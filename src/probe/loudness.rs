//! How loud a track of audio is, by EBU R 128.

use ebur128::{Channel, EbuR128, Mode};

use super::scan::decode_track;
use crate::base::{Error, ErrorKind, Result};
use crate::ffmpeg::{Decoder, Input, ToPlanar};
use crate::media::{DecoderParameters, TrackIndex};
use crate::sound;
use crate::source::Context;

/// Samples that are measured at once.
const BLOCK: usize = 8192;

/// The integrated loudness of a whole track at `rate`, mixed to each of these numbers of channels, in LUFS; `None` for
/// silence. All of it is decoded.
pub(crate) fn loudness(context: &Context, index: &TrackIndex, rate: u32, channels: &[u32]) -> Result<Vec<Option<f64>>> {
    let mut meters = channels.iter().map(|channels| meter(*channels, rate)).collect::<Result<Vec<_>>>()?;
    let mut planar: Vec<_> = channels.iter().map(|channels| ToPlanar::new(*channels, rate)).collect();
    let open = |input: &Input, track: u32| Decoder::open(input, track, &DecoderParameters::OWN);
    decode_track(context, index, open, |frame| {
        for (meter, planar) in meters.iter_mut().zip(&mut planar) {
            let (planes, _) = planar.convert(&frame)?;
            let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
            meter.add_frames_planar_f32(&planes).map_err(failed)?;
        }
        Ok(())
    })?;
    meters.iter().map(found).collect()
}

/// The same of channels in tracks of their own, which are heard together.
pub(crate) fn loudness_together(
    context: &Context,
    tracks: &[&TrackIndex],
    rate: u32,
    channels: &[u32],
) -> Result<Vec<Option<f64>>> {
    let mut meters = channels.iter().map(|channels| meter(*channels, rate)).collect::<Result<Vec<_>>>()?;
    let readers = tracks.iter().map(|track| ChannelReader::open(context, track, rate));
    let mut readers = readers.collect::<Result<Vec<_>>>()?;
    loop {
        context.watch.check()?;
        readers.iter_mut().try_for_each(ChannelReader::fill)?;
        let count = readers.iter().map(|reader| reader.samples.len()).max().unwrap_or(0).min(BLOCK);
        if count == 0 {
            break;
        }
        let planes: Vec<_> = readers.iter_mut().map(|reader| reader.take(count)).collect();
        for (meter, channels) in meters.iter_mut().zip(channels) {
            let (mixed, _) = sound::together(planes.clone(), *channels);
            let mixed: Vec<&[f32]> = mixed.iter().map(Vec::as_slice).collect();
            meter.add_frames_planar_f32(&mixed).map_err(failed)?;
        }
    }
    meters.iter().map(found).collect()
}

/// One channel, decoded in step with others.
struct ChannelReader {
    input: Input,
    decoder: Decoder,
    planar: ToPlanar,
    track: u32,
    /// What is not measured yet.
    samples: Vec<f32>,
    is_over: bool,
}

impl ChannelReader {
    fn open(context: &Context, track: &TrackIndex, rate: u32) -> Result<Self> {
        let mut input = Input::open(context)?;
        input.select(&[track.track]);
        input.set_clock(track.track, &track.clock);
        let decoder = Decoder::open(&input, track.track, &DecoderParameters::OWN)?;
        let planar = ToPlanar::new(1, rate);
        Ok(Self { input, decoder, planar, track: track.track, samples: Vec::new(), is_over: false })
    }

    /// Reads on until there is a block, or the end.
    fn fill(&mut self) -> Result<()> {
        let Self { input, decoder, planar, track, samples, is_over } = self;
        while samples.len() < BLOCK && !*is_over {
            let packet = input.read()?;
            *is_over = packet.is_none();
            if packet.as_ref().is_some_and(|packet| packet.track != *track) {
                continue;
            }
            decoder.decode(packet.as_ref(), |frame| {
                samples.extend(planar.convert(&frame)?.0.into_iter().next().unwrap_or_default());
                Ok(())
            })?;
        }
        Ok(())
    }

    /// So many samples, silent behind the end.
    fn take(&mut self, count: usize) -> Vec<f32> {
        let mut taken: Vec<f32> = self.samples.drain(..count.min(self.samples.len())).collect();
        taken.resize(count, 0.0);
        taken
    }
}

fn found(meter: &EbuR128) -> Result<Option<f64>> {
    Ok(Some(meter.loudness_global().map_err(failed)?).filter(|found| found.is_finite()))
}

fn meter(channels: u32, rate: u32) -> Result<EbuR128> {
    let mut meter = EbuR128::new(channels, rate, Mode::I).map_err(failed)?;
    if channels == 4 {
        let map = [Channel::Left, Channel::Right, Channel::Center, Channel::Mp180];
        meter.set_channel_map(&map).map_err(failed)?;
    }
    Ok(meter)
}

fn failed(cause: ebur128::Error) -> Error {
    Error::new(ErrorKind::Unsupported, "the loudness cannot be measured").with_cause(cause)
}
