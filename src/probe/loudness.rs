//! How loud a track of audio is, by EBU R 128.

use ebur128::{Channel, EbuR128, Mode};

use super::scan::decode_track;
use crate::base::{Error, ErrorKind, Result};
use crate::ffmpeg::{Decoder, Input, ToPlanar};
use crate::media::{DecoderParameters, TrackIndex};
use crate::source::Context;

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
    let measured =
        meters.iter().map(|meter| Ok(Some(meter.loudness_global().map_err(failed)?).filter(|it| it.is_finite())));
    measured.collect()
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
