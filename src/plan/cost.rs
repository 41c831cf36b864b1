//! What segments cost to make.

use super::rendition::{Media, Rendition};
use crate::codec::AAC_FRAME;

/// An encoded audio sample costs about as much processor time as so many pixels of x264's preset veryfast.
const AUDIO_SAMPLE_COST: u64 = 20;

impl Rendition {
    /// What segment `index` costs to make, in pixels that are encoded: to be compared with others of the plan.
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
            Media::Storyboard(source, storyboard) => {
                let tiles = storyboard.sheet(index).map_or(0, <[_]>::len) as u64;
                tiles * u64::from(source.width) * u64::from(source.height)
            }
        }
    }
}
