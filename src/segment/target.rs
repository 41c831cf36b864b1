//! The frame of which a picture is made.

use std::num::NonZero;
use std::thread;

use crate::plan::SourceVideo;

/// The only frame that is needed, for which decoding takes shortcuts.
pub(crate) struct TargetFrame {
    /// Timestamp in ticks of the source.
    pub(crate) time: i64,
    /// Number of packets to decode for it.
    pub(crate) distance: usize,
}

impl TargetFrame {
    /// Pixels to decode above which threads pay for starting them and for the frames that they hold. One core takes
    /// about 20 ms for as many: 2 ns a pixel for H.264 at 720p, with the `utime` of `ffmpeg -benchmark -threads 1 -i
    /// video.mp4 -an -f null -`.
    const MIN_PIXELS_FOR_THREADS: u64 = 8 << 20;
    /// With frame threading each frame waits for parts of the frames it refers to, so that one thread for each core
    /// would leave cores idle.
    const THREADS_PER_CORE: usize = 3;
    /// FFmpeg advises against more (libavcodec/pthread.c).
    const MAX_THREADS: usize = 16;

    pub(super) fn threads(&self, source: &SourceVideo) -> i32 {
        let pixels = u64::from(source.width) * u64::from(source.height) * self.distance as u64;
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let threads = if pixels > Self::MIN_PIXELS_FOR_THREADS { cores * Self::THREADS_PER_CORE } else { 1 };
        threads.min(Self::MAX_THREADS) as i32
    }
}
