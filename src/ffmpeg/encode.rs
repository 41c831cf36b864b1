//! Frames to packets: H.264 with x264, AAC-LC with FFmpeg's encoder.

use std::ffi::{CStr, CString};

use bytes::Bytes;
use rsmpeg::avcodec::{AVCodec, AVCodecContext};
use rsmpeg::avutil::{AVChannelLayout, AVFrame};
use rsmpeg::error::RsmpegError;
use rsmpeg::ffi;

use super::error::{code_of, failed};
use super::frame::Frame;
use super::log;
use super::processor::with_common_code;
use super::slice::ffi_slice;
use crate::base::{Error, ErrorKind, Rational, Result, Watch};
use crate::media::ColourTags;

/// The encoders that produce what a plan states, in order of preference.
const H264_ENCODERS: [&CStr; 1] = [c"libx264"];
const AAC_ENCODERS: [&CStr; 1] = [c"aac"];

/// The same bytes on every processor. Without it the macroblock tree and the search of intra modes are others from SSSE3 on,
/// and with AVX-512 memory is read that was not written (build 164).
const X264_PARAMS: &str = "cpu-independent=1";

/// A compressed frame.
#[derive(Debug, Clone)]
pub(crate) struct EncodedPacket {
    pub(crate) data: Bytes,
    /// Presentation time: the frame's number for video, the first sample's for audio.
    pub(crate) pts: i64,
    pub(crate) key: bool,
}

/// The settings of a video encoder; all of them follow from the plan.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VideoSettings {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) frame_rate: Rational,
    pub(crate) keyframe_interval: u32,
    pub(crate) preset: String,
    pub(crate) profile: String,
    /// Ten times the level: 31 is 3.1.
    pub(crate) level: u32,
    pub(crate) crf: f64,
    /// Bits per second.
    pub(crate) max_rate: u64,
    /// Bits.
    pub(crate) buffer_size: u64,
    /// Bits in the buffer at first.
    pub(crate) initial_fill: u64,
    pub(crate) max_references: u32,
    pub(crate) colour: ColourTags,
}

/// The settings of an audio encoder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AudioSettings {
    pub(crate) sample_rate: u32,
    pub(crate) channels: u32,
    /// Bits per second.
    pub(crate) bit_rate: u64,
}

/// An H.264 encoder with one thread: several would make other bytes, and segments are made in parallel.
pub(crate) struct VideoEncoder(AVCodecContext);

/// An AAC-LC encoder.
pub(crate) struct AudioEncoder(AVCodecContext);

fn find(candidates: &[&CStr], codec: &str) -> Result<rsmpeg::avcodec::AVCodecRef<'static>> {
    log::init();
    candidates.iter().find_map(|name| AVCodec::find_encoder_by_name(name)).ok_or_else(|| {
        let names: Vec<_> = candidates.iter().map(|name| name.to_string_lossy()).collect();
        let message = format!("this build has no {codec} encoder: link an FFmpeg that has {}", names.join(" or "));
        Error::new(ErrorKind::EncoderMissing, message)
    })
}

fn text(value: impl std::fmt::Display) -> CString {
    CString::new(value.to_string()).unwrap_or_default()
}

impl VideoEncoder {
    pub(crate) fn open(settings: &VideoSettings) -> Result<Self> {
        Self::with_params(settings, X264_PARAMS)
    }

    fn with_params(settings: &VideoSettings, x264_params: &str) -> Result<Self> {
        let mut context = AVCodecContext::new(&*find(&H264_ENCODERS, "H.264")?);
        set_fields(&mut context, settings);
        let opened = set_options(&mut context, settings, x264_params)
            .and_then(|()| context.open(None).map_err(|error| code_of(&error)));
        match opened {
            Ok(_) => Ok(Self(context)),
            Err(code) => {
                let message = format!(
                    "the H.264 encoder refuses {}x{} with preset {}, profile {} and level {}",
                    settings.width, settings.height, settings.preset, settings.profile, settings.level
                );
                Err(failed(ErrorKind::Encode, message, code))
            }
        }
    }

    /// The parameter sets in annex B form.
    pub(crate) fn parameter_sets(&self) -> Bytes {
        extradata(&self.0)
    }

    /// The most frames by which presentation lags behind decoding.
    pub(crate) fn reorder_frames(&self) -> u32 {
        self.0.has_b_frames.max(0) as u32
    }

    /// Encodes frame `number`.
    pub(crate) fn encode(&mut self, frame: &Frame, number: i64, out: &mut Vec<EncodedPacket>) -> Result<()> {
        let mut frame = frame.0.clone();
        frame.set_pts(number);
        // Set by the decoder; the encoder would take it for a request.
        frame.set_pict_type(ffi::AV_PICTURE_TYPE_NONE);
        send(&mut self.0, Some(&frame))?;
        while receive(&mut self.0, out)? {}
        Ok(())
    }

    /// Drains the encoder. With a long look-ahead that is as much work as encoding a second of video.
    pub(crate) fn finish(&mut self, watch: &Watch, out: &mut Vec<EncodedPacket>) -> Result<()> {
        send(&mut self.0, None)?;
        while receive(&mut self.0, out)? {
            watch.check()?;
        }
        Ok(())
    }
}

/// Sets the options that every encoder has.
fn set_fields(context: &mut AVCodecContext, settings: &VideoSettings) {
    let (num, den) = (settings.frame_rate.num() as i32, settings.frame_rate.den() as i32);
    context.set_width(settings.width as i32);
    context.set_height(settings.height as i32);
    context.set_pix_fmt(ffi::AV_PIX_FMT_YUV420P);
    context.set_time_base(ffi::AVRational { num: den, den: num });
    context.set_framerate(ffi::AVRational { num, den });
    context.set_sample_aspect_ratio(ffi::AVRational { num: 1, den: 1 });
    // Parameter sets go into the init segment only; every keyframe is an IDR picture.
    context.set_flags((ffi::AV_CODEC_FLAG_GLOBAL_HEADER | ffi::AV_CODEC_FLAG_CLOSED_GOP) as i32);
    context.set_gop_size(settings.keyframe_interval as i32);
    // SAFETY: plain options of a context that is not open yet.
    let fields = unsafe { &mut *context.as_mut_ptr() };
    fields.thread_count = 1;
    fields.keyint_min = settings.keyframe_interval as i32;
    fields.rc_max_rate = settings.max_rate as i64;
    fields.rc_buffer_size = settings.buffer_size.min(i32::MAX as u64) as i32;
    fields.rc_initial_buffer_occupancy = settings.initial_fill.min(i32::MAX as u64) as i32;
    fields.color_primaries = settings.colour.primaries;
    fields.color_trc = settings.colour.transfer;
    fields.colorspace = settings.colour.matrix;
    fields.color_range = ffi::AVCOL_RANGE_MPEG;
    fields.chroma_sample_location = ffi::AVCHROMA_LOC_LEFT;
}

/// Sets x264's options; fails with FFmpeg's error code. Without a dictionary, which rsmpeg 0.18 frees twice when
/// opening fails.
fn set_options(
    context: &mut AVCodecContext,
    settings: &VideoSettings,
    x264_params: &str,
) -> std::result::Result<(), i32> {
    for (name, value) in [
        (c"preset", text(&settings.preset)),
        (c"profile", text(&settings.profile)),
        (c"level", text(settings.level)),
        (c"refs", text(settings.max_references)),
        // Keyframes only on the grid, where all renditions have them, and none at scene changes.
        (c"sc_threshold", text(0)),
        (c"a53cc", text(0)),
        (c"x264-params", text(x264_params)),
    ] {
        // SAFETY: a context that is not open yet, and strings that outlive the call.
        let code = unsafe {
            let children = ffi::AV_OPT_SEARCH_CHILDREN as i32;
            ffi::av_opt_set(context.as_mut_ptr().cast(), name.as_ptr(), value.as_ptr(), children)
        };
        if code < 0 {
            return Err(code);
        }
    }
    // As a number, because text would be parsed with the decimal point of the host's locale.
    // SAFETY: as above; the encoder's private options exist before it is opened.
    let code = unsafe { ffi::av_opt_set_double(context.priv_data, c"crf".as_ptr(), settings.crf, 0) };
    if code < 0 { Err(code) } else { Ok(()) }
}

impl AudioEncoder {
    /// Samples per channel in one AAC frame.
    pub(crate) const FRAME: usize = 1024;

    /// Whether this build has one.
    pub(crate) fn exists() -> bool {
        find(&AAC_ENCODERS, "AAC").is_ok()
    }

    pub(crate) fn open(settings: &AudioSettings) -> Result<Self> {
        let mut context = AVCodecContext::new(&*find(&AAC_ENCODERS, "AAC")?);
        context.set_sample_rate(settings.sample_rate as i32);
        context.set_sample_fmt(ffi::AV_SAMPLE_FMT_FLTP);
        context.set_bit_rate(settings.bit_rate as i64);
        context.set_ch_layout(AVChannelLayout::from_nb_channels(settings.channels as i32).into_inner());
        context.set_time_base(ffi::AVRational { num: 1, den: settings.sample_rate as i32 });
        context.set_flags(ffi::AV_CODEC_FLAG_GLOBAL_HEADER as i32);
        with_common_code(|| context.open(None)).map_err(|error| {
            let AudioSettings { sample_rate, channels, bit_rate } = settings;
            let message = format!("the AAC encoder refuses {channels} channels at {sample_rate} Hz and {bit_rate} b/s");
            failed(ErrorKind::Encode, message, code_of(&error))
        })?;
        Ok(Self(context))
    }

    /// The AudioSpecificConfig of ISO/IEC 14496-3.
    pub(crate) fn config(&self) -> Bytes {
        extradata(&self.0)
    }

    /// Encodes one frame of [`FRAME`](Self::FRAME) samples per channel, beginning with sample `position`; `None` drains
    /// the encoder.
    pub(crate) fn encode(&mut self, samples: Option<(&[&[f32]], i64)>, out: &mut Vec<EncodedPacket>) -> Result<()> {
        let frame = samples.map(|(channels, position)| self.frame(channels, position)).transpose()?;
        send(&mut self.0, frame.as_ref())?;
        while receive(&mut self.0, out)? {}
        Ok(())
    }

    fn frame(&self, channels: &[&[f32]], position: i64) -> Result<AVFrame> {
        let mut frame = AVFrame::new();
        frame.set_nb_samples(Self::FRAME as i32);
        frame.set_format(ffi::AV_SAMPLE_FMT_FLTP);
        frame.set_sample_rate(self.0.sample_rate);
        frame.set_ch_layout(AVChannelLayout::from_nb_channels(channels.len() as i32).into_inner());
        frame.set_pts(position);
        frame
            .alloc_buffer()
            .map_err(|error| failed(ErrorKind::Internal, "no memory for an audio frame", code_of(&error)))?;
        // `data` has eight planes, and a plan never more channels; further ones would need extended_data.
        for (plane, samples) in frame.data.iter().zip(channels) {
            if plane.is_null() || samples.len() < Self::FRAME {
                return Err(Error::new(ErrorKind::Internal, "an audio frame has too few samples or planes"));
            }
            // SAFETY: the plane was allocated for FRAME floats, and there are at least as many samples.
            unsafe { std::ptr::copy_nonoverlapping(samples.as_ptr(), plane.cast::<f32>(), Self::FRAME) };
        }
        Ok(frame)
    }
}

fn encoder_error(error: &RsmpegError) -> Error {
    failed(ErrorKind::Encode, "the encoder failed", code_of(error))
}

fn send(context: &mut AVCodecContext, frame: Option<&AVFrame>) -> Result<()> {
    context.send_frame(frame).map_err(|error| encoder_error(&error))
}

/// Moves one packet to `out`; returns whether one was ready.
fn receive(context: &mut AVCodecContext, out: &mut Vec<EncodedPacket>) -> Result<bool> {
    match context.receive_packet() {
        Ok(packet) => {
            out.push(EncodedPacket {
                data: copy(packet.data, packet.size),
                pts: packet.pts,
                key: packet.flags & ffi::AV_PKT_FLAG_KEY as i32 != 0,
            });
            Ok(true)
        }
        Err(RsmpegError::EncoderDrainError | RsmpegError::EncoderFlushedError) => Ok(false),
        Err(error) => Err(encoder_error(&error)),
    }
}

fn extradata(context: &AVCodecContext) -> Bytes {
    copy(context.extradata, context.extradata_size)
}

fn copy(data: *const u8, size: i32) -> Bytes {
    // SAFETY: FFmpeg's packets and extradata have `size` bytes at `data`, at least while this function runs.
    Bytes::copy_from_slice(unsafe { ffi_slice(data, size) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn settings(width: u32, height: u32, preset: &str) -> VideoSettings {
        VideoSettings {
            width,
            height,
            frame_rate: 25.into(),
            keyframe_interval: 25,
            preset: preset.into(),
            profile: "high".into(),
            level: 10,
            crf: 23.5,
            max_rate: 64_000,
            buffer_size: 64_000,
            initial_fill: 48_000,
            max_references: 1,
            colour: ColourTags { primaries: 1, transfer: 1, matrix: 1, full_range: false },
        }
    }

    /// What moves, with noise, and a width for which x264 has no whole number of registers.
    fn encoded(preset: &str, x264_params: &str) -> Vec<u8> {
        let settings =
            VideoSettings { level: 30, max_rate: 900_000, buffer_size: 900_000, ..settings(322, 182, preset) };
        let mut encoder = VideoEncoder::with_params(&settings, x264_params).unwrap();
        let (mut packets, mut noise) = (Vec::new(), 1_u32);
        for number in 0..30 {
            let mut frame = Frame::black(322, 182).unwrap();
            for plane in 0..3 {
                for (y, row) in frame.plane_mut(plane).unwrap().enumerate() {
                    for (x, value) in row.iter_mut().enumerate() {
                        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        *value = ((x * 3 + number * 5) ^ (y * 2 + number)) as u8 / 2 + 40 + (noise >> 28) as u8;
                    }
                }
            }
            encoder.encode(&frame, number as i64, &mut packets).unwrap();
        }
        encoder.finish(&Watch::default(), &mut packets).unwrap();
        packets.iter().flat_map(|packet| packet.data.to_vec()).collect()
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn x264_makes_the_same_of_every_processor() {
        let levels = ["0", "MMX2,SSE,SSE2", "MMX2,SSE2Fast", "MMX2,SSE2Fast,SSSE3", "MMX2,SSE2Fast,LZCNT,SSSE3,SSE4.2"];
        let more = [",AVX", ",AVX,FMA3,BMI1,BMI2,AVX2"].map(|more| format!("{}{more}", levels[4]));
        for preset in ["superfast", "medium"] {
            // The parameters stand in a message of the first frame, all but those for the processor.
            let here = encoded(preset, X264_PARAMS);
            for level in levels.into_iter().chain(more.iter().map(String::as_str)) {
                let there = encoded(preset, &format!("{X264_PARAMS}:asm={level}"));
                assert!(there == here, "preset {preset} with {level}");
            }
        }
    }

    #[test]
    fn invalid_settings_are_errors() {
        let good = settings(64, 64, "ultrafast");
        assert!(VideoEncoder::open(&good).is_ok());
        for bad in [
            VideoSettings { preset: "no such".into(), ..good.clone() },
            VideoSettings { profile: "no such".into(), ..good.clone() },
            VideoSettings { width: 63, ..good.clone() },
        ] {
            let error = VideoEncoder::open(&bad).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Encode, "{}", error.full_message());
        }
    }
}
