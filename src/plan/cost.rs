//! Estimated cost of segments, for scheduling and progress.

use super::rendition::{Media, Rendition};
use crate::codec::AAC_FRAME;

/// Processor time to make one AAC sample of one channel, in pixels that x264's preset veryfast encodes in that time.
///
/// For the encoders alone it is 11 to 13, on one x86-64 core: 145 ns for a sample against 11 to 13 ns for a pixel of a
/// 720p trailer. The rest is a rounded-up allowance for decoding, resampling and the encoder's pre-roll. Costs are only
/// compared with each other, so that a factor of two would do. To repeat, take the `utime` of these, less that of the
/// same command with its encoder replaced by `rawvideo` and `pcm_s16le`, and divide by pixels and by samples:
///
/// ```sh
/// ffmpeg -benchmark -threads 1 -t 30 -i video.mp4 -an -c:v libx264 -preset veryfast -threads 1 -f null -
/// ffmpeg -benchmark -threads 1 -t 30 -i video.mp4 -vn -c:a aac -b:a 128k -f null -
/// ```
const AUDIO_SAMPLE_COST: u64 = 20;

/// Cost of a segment of text: reading to it takes longer than making it.
const TEXT_COST: u64 = 1000;

impl Rendition {
    /// Cost of segment `index` in encoded pixels, comparable only within the plan.
    pub(crate) fn cost(&self, index: u32) -> u64 {
        match &self.media {
            Media::Video(source, _) if self.is_passthrough() => source.window_frames(index).into(),
            Media::Video(source, video) => {
                u64::from(video.width) * u64::from(video.height) * u64::from(source.window_frames(index))
            }
            Media::Audio(audio) => {
                let frames = audio.windows.get(index as usize).map_or(0, |window| u64::from(window.frames));
                let encoded = frames * u64::from(audio.channels) * AAC_FRAME * AUDIO_SAMPLE_COST;
                if self.is_passthrough() { frames } else { encoded }
            }
            Media::Text(_) => TEXT_COST,
            Media::Storyboard(source, storyboard) => {
                let tiles = storyboard.sheet(index).map_or(0, <[_]>::len) as u64;
                tiles * u64::from(source.width) * u64::from(source.height)
            }
        }
    }
}
