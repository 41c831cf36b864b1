//! What decoding is for, and with how many threads.

use crate::base::cores;
use crate::plan::SourceVideo;

/// The only frame that is needed, for which decoding takes shortcuts.
pub(crate) struct TargetFrame {
    /// Timestamp in ticks of the source.
    pub(crate) time: i64,
    /// Number of packets to decode for it.
    pub(crate) distance: usize,
}

/// What a decoder is started for.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// The frames of windows, beside others that are decoded at the same time.
    Window,
    /// Frame after frame, for as long as somebody asks for the next.
    Series,
    Frame(&'a TargetFrame),
}

/// Pixels to decode above which threads pay for starting them and for the frames that they hold. One core takes
/// about 20 ms for as many: 2 ns a pixel for H.264 at 720p, with the `utime` of `ffmpeg -benchmark -threads 1 -i
/// video.mp4 -an -f null -`.
const MIN_PIXELS_FOR_THREADS: u64 = 8 << 20;
/// The frames that a series is taken to have: about a second.
const SERIES: usize = 24;
/// With frame threading each frame waits for parts of the frames it refers to, so that one thread for each core
/// would leave cores idle.
const THREADS_PER_CORE: usize = 2;
/// FFmpeg advises against more (libavcodec/pthread.c).
const MAX_THREADS: usize = 16;

impl Wanted<'_> {
    pub(super) fn threads(self, source: &SourceVideo) -> i32 {
        let frames = match self {
            Self::Window => return 1,
            Self::Series => SERIES,
            Self::Frame(target) => target.distance,
        };
        let pixels = u64::from(source.width) * u64::from(source.height) * frames as u64;
        let threads = if pixels > MIN_PIXELS_FOR_THREADS { cores() * THREADS_PER_CORE } else { 1 };
        threads.min(MAX_THREADS) as i32
    }

    /// The time of the only frame that is needed.
    pub(super) fn target(self) -> Option<i64> {
        match self {
            Self::Frame(target) => Some(target.time),
            Self::Window | Self::Series => None,
        }
    }
}
