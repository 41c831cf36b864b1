//! The versions of this build: another build may make other bytes.

use std::sync::OnceLock;

use rsmpeg::ffi;

use super::encode::{AudioEncoder, VideoEncoder, VideoSettings};
use super::frame::Frame;
use super::log;
use crate::base::{Rational, Watch};
use crate::media::{Build, ColourTags};

/// The versions of the engine, FFmpeg and the encoders in this process.
pub(crate) fn fingerprint() -> Build {
    static BUILD: OnceLock<Build> = OnceLock::new();
    // Not within get_or_init: FFmpeg's log goes to the host's subscriber, which may call back here.
    let build = BUILD.get().cloned().unwrap_or_else(detect);
    BUILD.get_or_init(|| build).clone()
}

fn detect() -> Build {
    log::init();
    // SAFETY: returns a static C string.
    let version = unsafe { std::ffi::CStr::from_ptr(ffi::av_version_info()) }.to_string_lossy().into_owned();
    // SAFETY: these return plain numbers.
    let numbers = unsafe {
        [
            ffi::avutil_version(),
            ffi::avcodec_version(),
            ffi::avformat_version(),
            ffi::avfilter_version(),
            ffi::swscale_version(),
            ffi::swresample_version(),
        ]
    };
    let numbers: Vec<_> =
        numbers.iter().map(|number| format!("{}.{}.{}", number >> 16, number >> 8 & 0xff, number & 0xff)).collect();
    Build {
        vodkit: env!("CARGO_PKG_VERSION").into(),
        architecture: std::env::consts::ARCH.into(),
        ffmpeg: format!("{version} ({})", numbers.join(" ")),
        h264: x264_version().unwrap_or_else(|| "none".into()),
        aac: if AudioEncoder::exists() { "FFmpeg aac".into() } else { "none".into() },
    }
}

/// x264 states its exact version only in an SEI message of its first frame.
fn x264_version() -> Option<String> {
    let settings = VideoSettings {
        width: 64,
        height: 64,
        frame_rate: Rational::from(25),
        keyframe_interval: 1,
        // The fastest preset has no CABAC, and the tables that x264 makes without it take four times as long as all else.
        preset: "superfast".into(),
        profile: "high".into(),
        level: 10,
        crf: 51.0,
        max_rate: 64_000,
        buffer_size: 64_000,
        initial_fill: 48_000,
        max_references: 1,
        colour: ColourTags { primaries: 1, transfer: 1, matrix: 1, full_range: false },
    };
    let mut encoder = VideoEncoder::open(&settings).ok()?;
    let mut packets = Vec::new();
    encoder.encode(&Frame::black(64, 64)?, 0, &mut packets).ok()?;
    encoder.finish(&Watch::default(), &mut packets).ok()?;
    let data = &packets.first()?.data;
    let start = data.windows(12).position(|bytes| bytes == b"x264 - core ")?;
    let line = String::from_utf8_lossy(data.get(start..)?).into_owned();
    // "x264 - core 164 r3095 baee400 - H.264/MPEG-4 AVC codec - ..."
    Some(line.split(" - ").take(2).collect::<Vec<_>>().join(" "))
}
