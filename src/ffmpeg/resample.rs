//! Audio to planar floats, with other channels and at other sample rates.

use std::ffi::CString;

use rsmpeg::avutil::AVChannelLayout;
use rsmpeg::error::RsmpegError;
use rsmpeg::ffi;
use rsmpeg::swresample::SwrContext;

use super::error::{code_of, failed};
use super::frame::Frame;
use super::processor::with_common_code;
use crate::base::{Error, ErrorKind, Result};
use crate::sound::{Mix, Speaker};

/// The samples of each channel.
pub(crate) type Planar = Vec<Vec<f32>>;

/// Room for the tail of the resampling filter: half of its 32 taps at the input's rate, which is 96 samples from 8 to
/// 48 kHz.
const FILTER_TAIL: u64 = 256;

/// Ambisonics' second channel.
const AMBISONIC_Y: ffi::AVChannel = ffi::AV_CHAN_AMBISONIC_BASE + 1;

/// Makes decoded frames channels of floats at one sample rate, whatever theirs is, without a seam between them.
pub(crate) struct ToPlanar {
    channels: u32,
    sample_rate: u32,
    running: Option<Running>,
}

/// What converts frames of one kind.
struct Running {
    context: SwrContext,
    rate: i32,
    format: i32,
    speakers: Vec<Speaker>,
}

impl ToPlanar {
    pub(crate) fn new(channels: u32, sample_rate: u32) -> Self {
        Self { channels, sample_rate, running: None }
    }

    /// Whether a frame is of the same kind as the one before, so that [`finish`](Self::finish) need not be called.
    pub(crate) fn goes_on(&self, frame: &Frame) -> bool {
        self.running.as_ref().is_none_or(|running| running.is_for(&frame.0))
    }

    /// The next samples, and whether they may be louder than full scale because they were mixed down. At another rate some
    /// of the frame's come with the next one.
    pub(crate) fn convert(&mut self, frame: &Frame) -> Result<(Planar, bool)> {
        let (from, count) = (&frame.0, frame.samples());
        let channels = from.ch_layout.nb_channels.max(0) as usize;
        if from.sample_rate <= 0 || count == 0 {
            return Ok((vec![Vec::new(); self.channels as usize], false));
        }
        if from.format == ffi::AV_SAMPLE_FMT_FLTP && from.sample_rate as u32 == self.sample_rate {
            self.running = None;
            let plane = |number| {
                // SAFETY: the frame has a plane of `count` floats, which is not null, for each channel.
                unsafe { std::slice::from_raw_parts((*from.extended_data.add(number)).cast::<f32>(), count).to_vec() }
            };
            return Ok(self.mixed(&speakers(&from.ch_layout), (0..channels).map(plane).collect()));
        }
        if !self.goes_on(frame) {
            self.running = None;
        }
        let mut running = match self.running.take() {
            Some(running) => running,
            None => Running::new(from, self.sample_rate)?,
        };
        // SAFETY: the frame's planes hold its samples.
        let planes = unsafe { running.run(from.extended_data.cast(), count, channels, self.sample_rate)? };
        let mixed = self.mixed(&running.speakers, planes);
        self.running = Some(running);
        Ok(mixed)
    }

    /// The last samples of the frames so far; what follows is not of one piece with them.
    pub(crate) fn finish(&mut self) -> Result<(Planar, bool)> {
        let Some(mut running) = self.running.take() else {
            return Ok((vec![Vec::new(); self.channels as usize], false));
        };
        // SAFETY: no samples come in.
        let planes = unsafe { running.run(std::ptr::null(), 0, running.speakers.len(), self.sample_rate)? };
        Ok(self.mixed(&running.speakers, planes))
    }

    fn mixed(&self, speakers: &[Speaker], planes: Planar) -> (Planar, bool) {
        let count = planes.first().map_or(0, Vec::len);
        // A layout that says nothing in the middle of a track that does is silent.
        let mix = Mix::new(speakers, self.channels).map(|mix| (mix.run(planes), mix.is_down()));
        mix.unwrap_or_else(|| (vec![vec![0.0; count]; self.channels as usize], false))
    }
}

impl Running {
    fn new(from: &ffi::AVFrame, sample_rate: u32) -> Result<Self> {
        let (layout, rate, format) = (&from.ch_layout, from.sample_rate, from.format);
        let context = with_common_code(|| context(layout, sample_rate, layout, format, rate))?;
        Ok(Self { context, rate, format, speakers: speakers(layout) })
    }

    fn is_for(&self, frame: &ffi::AVFrame) -> bool {
        (self.rate, self.format) == (frame.sample_rate, frame.format) && self.speakers == speakers(&frame.ch_layout)
    }

    /// Converts `count` samples, or drains what is left if there are none.
    ///
    /// # Safety
    /// `from` has `count` samples of each channel.
    unsafe fn run(
        &mut self,
        from: *const *const u8,
        count: usize,
        channels: usize,
        sample_rate: u32,
    ) -> Result<Planar> {
        let capacity = (count as u64 * u64::from(sample_rate)).div_ceil(self.rate.max(1) as u64) + FILTER_TAIL;
        let too_long = |_| Error::new(ErrorKind::Corrupt, "an audio frame is too long");
        let capacity = i32::try_from(capacity).map_err(too_long)?;
        let mut out = vec![vec![0.0_f32; capacity as usize]; channels];
        let mut planes: Vec<*mut u8> = out.iter_mut().map(|plane| plane.as_mut_ptr().cast()).collect();
        // SAFETY: `planes` has a pointer to `capacity` floats for each channel; the caller says the rest.
        let converted = unsafe { self.context.convert(planes.as_mut_ptr(), capacity, from, count as i32) };
        let converted = converted.map_err(|error| resample_error(&error))?;
        for plane in &mut out {
            plane.truncate(converted.max(0) as usize);
        }
        Ok(out)
    }
}

/// The channels of a layout by FFmpeg's name, as `Stream::audio` gives it.
pub(crate) fn speakers_of(layout: &str) -> Vec<Speaker> {
    let name = CString::new(layout).unwrap_or_default();
    AVChannelLayout::from_string(&name).map(|layout| speakers(&layout)).unwrap_or_default()
}

/// Where the channels of a layout are heard. A layout without an order does not say which channel is which; the default
/// for their number is taken.
fn speakers(layout: &ffi::AVChannelLayout) -> Vec<Speaker> {
    let default = AVChannelLayout::from_nb_channels(layout.nb_channels);
    let layout = if layout.order == ffi::AV_CHANNEL_ORDER_UNSPEC { &*default } else { layout };
    let channel = |number| {
        // SAFETY: the function reads a layout that lives.
        match unsafe { ffi::av_channel_layout_channel_from_index(layout, number) } {
            ffi::AV_CHAN_FRONT_LEFT
            | ffi::AV_CHAN_FRONT_LEFT_OF_CENTER
            | ffi::AV_CHAN_STEREO_LEFT
            | ffi::AV_CHAN_WIDE_LEFT
            | ffi::AV_CHAN_TOP_FRONT_LEFT
            | ffi::AV_CHAN_BOTTOM_FRONT_LEFT => Speaker::FrontLeft,
            ffi::AV_CHAN_FRONT_RIGHT
            | ffi::AV_CHAN_FRONT_RIGHT_OF_CENTER
            | ffi::AV_CHAN_STEREO_RIGHT
            | ffi::AV_CHAN_WIDE_RIGHT
            | ffi::AV_CHAN_TOP_FRONT_RIGHT
            | ffi::AV_CHAN_BOTTOM_FRONT_RIGHT => Speaker::FrontRight,
            ffi::AV_CHAN_FRONT_CENTER | ffi::AV_CHAN_TOP_FRONT_CENTER | ffi::AV_CHAN_BOTTOM_FRONT_CENTER => {
                Speaker::FrontCentre
            }
            ffi::AV_CHAN_LOW_FREQUENCY | ffi::AV_CHAN_LOW_FREQUENCY_2 => Speaker::LowFrequency,
            ffi::AV_CHAN_BACK_LEFT | ffi::AV_CHAN_TOP_BACK_LEFT => Speaker::BackLeft,
            ffi::AV_CHAN_BACK_RIGHT | ffi::AV_CHAN_TOP_BACK_RIGHT => Speaker::BackRight,
            ffi::AV_CHAN_BACK_CENTER | ffi::AV_CHAN_TOP_BACK_CENTER => Speaker::BackCentre,
            ffi::AV_CHAN_SIDE_LEFT | ffi::AV_CHAN_TOP_SIDE_LEFT | ffi::AV_CHAN_SURROUND_DIRECT_LEFT => {
                Speaker::SideLeft
            }
            ffi::AV_CHAN_SIDE_RIGHT | ffi::AV_CHAN_TOP_SIDE_RIGHT | ffi::AV_CHAN_SURROUND_DIRECT_RIGHT => {
                Speaker::SideRight
            }
            ffi::AV_CHAN_TOP_CENTER => Speaker::TopCentre,
            ffi::AV_CHAN_AMBISONIC_BASE => Speaker::Omni,
            AMBISONIC_Y => Speaker::LeftLessRight,
            _ => Speaker::Other,
        }
    };
    (0..layout.nb_channels.max(0) as u32).map(channel).collect()
}

fn context(
    out_layout: &ffi::AVChannelLayout,
    out_rate: u32,
    in_layout: &ffi::AVChannelLayout,
    in_format: i32,
    in_rate: i32,
) -> Result<SwrContext> {
    let float = ffi::AV_SAMPLE_FMT_FLTP;
    let mut context = SwrContext::new(out_layout, float, out_rate as i32, in_layout, in_format, in_rate)
        .map_err(|error| resample_error(&error))?;
    context.init().map_err(|error| resample_error(&error))?;
    Ok(context)
}

fn resample_error(error: &RsmpegError) -> Error {
    failed(ErrorKind::Encode, "the audio could not be converted", code_of(error))
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
        let float = ffi::AV_SAMPLE_FMT_FLTP;
        let context = with_common_code(|| context(&layout, out_rate, &layout, float, in_rate as i32))?;
        Ok(Self { context, channels })
    }

    /// Resamples all of `input` at once, to up to `count` samples per channel.
    pub(crate) fn run(mut self, input: &[&[f32]], count: usize) -> Result<Planar> {
        let length = input.iter().map(|plane| plane.len()).min().unwrap_or(0);
        let (length, capacity) = match (i32::try_from(length), i32::try_from(count)) {
            (Ok(length), Ok(capacity)) if input.len() == self.channels as usize => (length, capacity),
            _ => return Err(Error::new(ErrorKind::Internal, "an audio window does not fit its resampler")),
        };
        let mut out = vec![vec![0.0_f32; count]; self.channels as usize];
        let mut to: Vec<*mut u8> = out.iter_mut().map(|plane| plane.as_mut_ptr().cast()).collect();
        let from: Vec<*const u8> = input.iter().map(|plane| plane.as_ptr().cast()).collect();
        // SAFETY: each output pointer has room for `count` floats, each input plane has `length` of them.
        let converted = unsafe { self.context.convert(to.as_mut_ptr(), capacity, from.as_ptr(), length) };
        let converted = converted.map_err(|error| resample_error(&error))?.max(0) as usize;
        for plane in &mut out {
            plane.truncate(converted);
        }
        Ok(out)
    }
}
