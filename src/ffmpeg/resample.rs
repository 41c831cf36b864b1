//! Sound to planar floats, to other channel layouts and to other sample rates.

use rsmpeg::avutil::AVChannelLayout;
use rsmpeg::error::RsmpegError;
use rsmpeg::ffi;
use rsmpeg::swresample::SwrContext;

use super::error::{code_of, failed};
use super::frame::Frame;
use crate::base::{Error, ErrorKind, Result};

/// Samples of each channel.
pub(crate) type Planar = Vec<Vec<f32>>;

/// Turns a decoded frame into `channels` channels of floats. Down-mixing follows ITU-R BS.775 and is
/// scaled so that it cannot clip. A frame whose own rate is not `sample_rate` is brought to it.
pub(crate) fn to_planar(frame: &Frame, channels: u32, sample_rate: u32) -> Result<Planar> {
    let from = &frame.0;
    let (in_rate, count) = (from.sample_rate, frame.samples());
    if in_rate <= 0 || count == 0 {
        return Ok(vec![Vec::new(); channels as usize]);
    }
    let out_layout = AVChannelLayout::from_nb_channels(channels as i32);
    // A layout without an order says nothing of where its channels belong; the usual one is taken.
    let usual = AVChannelLayout::from_nb_channels(from.ch_layout.nb_channels);
    let in_layout = if from.ch_layout.order == ffi::AV_CHANNEL_ORDER_UNSPEC { &*usual } else { &from.ch_layout };
    let mut context = context(&out_layout, sample_rate, in_layout, from.format, in_rate)?;
    let room = (count as u64 * u64::from(sample_rate)).div_ceil(in_rate as u64) + 256;
    let room = i32::try_from(room).map_err(|_| Error::new(ErrorKind::Corrupt, "a frame of sound is far too long"))?;
    let mut out = vec![vec![0.0_f32; room as usize]; channels as usize];
    let mut planes: Vec<*mut u8> = out.iter_mut().map(|plane| plane.as_mut_ptr().cast()).collect();
    // SAFETY: `planes` has a pointer to `room` floats for each channel; the frame's planes hold its samples.
    let made = unsafe {
        let first = context.convert(planes.as_mut_ptr(), room, from.extended_data.cast(), count as i32);
        let made = first.map_err(|error| resample_error(&error))?;
        let mut rest: Vec<*mut u8> = planes.iter().map(|plane| plane.add(made as usize * 4)).collect();
        let drained = context.convert(rest.as_mut_ptr(), room - made, std::ptr::null(), 0);
        made + drained.map_err(|error| resample_error(&error))?
    };
    for plane in &mut out {
        plane.truncate(made.max(0) as usize);
    }
    Ok(out)
}

fn context(
    out_layout: &AVChannelLayout,
    out_rate: u32,
    in_layout: &ffi::AVChannelLayout,
    in_format: i32,
    in_rate: i32,
) -> Result<SwrContext> {
    let float = ffi::AV_SAMPLE_FMT_FLTP;
    let made = SwrContext::new(out_layout, float, out_rate as i32, in_layout, in_format, in_rate);
    let mut context = made.map_err(|error| resample_error(&error))?;
    // SAFETY: swr contexts carry the options; the name is a C string.
    unsafe { ffi::av_opt_set_double(context.as_mut_ptr().cast(), c"rematrix_maxval".as_ptr(), 1.0, 0) };
    context.init().map_err(|error| resample_error(&error))?;
    Ok(context)
}

fn resample_error(error: &RsmpegError) -> Error {
    failed(ErrorKind::Encode, "the sound could not be converted", code_of(error))
}

/// Changes the sample rate of planar floats.
pub(crate) struct Resampler {
    context: SwrContext,
    channels: u32,
}

impl Resampler {
    /// Output sample `k` lies at input position `k * in_rate / out_rate`, counted from the first sample.
    pub(crate) fn new(channels: u32, in_rate: u32, out_rate: u32) -> Result<Self> {
        let layout = AVChannelLayout::from_nb_channels(channels as i32);
        let context = context(&layout, out_rate, &layout, ffi::AV_SAMPLE_FMT_FLTP, in_rate as i32)?;
        Ok(Self { context, channels })
    }

    /// Resamples all of `input` at once; gives up to `count` samples per channel.
    pub(crate) fn run(mut self, input: &[&[f32]], count: usize) -> Result<Planar> {
        let length = input.iter().map(|plane| plane.len()).min().unwrap_or(0);
        let (length, room) = match (i32::try_from(length), i32::try_from(count)) {
            (Ok(length), Ok(room)) if input.len() == self.channels as usize => (length, room),
            _ => return Err(Error::new(ErrorKind::Internal, "a window of sound does not fit its resampler")),
        };
        let mut out = vec![vec![0.0_f32; count]; self.channels as usize];
        let mut to: Vec<*mut u8> = out.iter_mut().map(|plane| plane.as_mut_ptr().cast()).collect();
        let from: Vec<*const u8> = input.iter().map(|plane| plane.as_ptr().cast()).collect();
        // SAFETY: each output pointer has room for `count` floats, each input plane has `length` of them.
        let made = unsafe { self.context.convert(to.as_mut_ptr(), room, from.as_ptr(), length) };
        let made = made.map_err(|error| resample_error(&error))?.max(0) as usize;
        for plane in &mut out {
            plane.truncate(made);
        }
        Ok(out)
    }
}
