//! From a decoded frame to an image with the options' size and the plan's watermark.

use image::RgbImage;

use super::encode;
use super::geometry::{Layout, MAX_SIDE};
use super::options::ThumbnailOptions;
use crate::base::Result;
use crate::ffmpeg::Frame;
use crate::plan::SourceVideo;
use crate::segment::{Overlay, Scaler};

/// Scales and composes frames of one source for one set of options.
pub(super) struct Renderer {
    layout: Layout,
    scaler: Scaler,
    overlay: Option<Overlay>,
}

impl Renderer {
    pub(super) fn new(source: &SourceVideo, options: &ThumbnailOptions) -> Result<Self> {
        let layout = Self::layout(source, options);
        let scaler = Scaler::to_picture(source, layout.scaled.0, layout.scaled.1)?;
        let overlay = overlay(source, &layout)?;
        Ok(Self { layout, scaler, overlay })
    }

    /// Whether it makes of the same source what these options ask for.
    pub(super) fn suits(&self, source: &SourceVideo, options: &ThumbnailOptions) -> bool {
        self.layout == Self::layout(source, options)
    }

    fn layout(source: &SourceVideo, options: &ThumbnailOptions) -> Layout {
        Layout::new(source.size(), options.width, options.height, options.fit)
    }

    /// An image of a frame, in `memory` if it has room.
    pub(super) fn render(&mut self, source: &SourceVideo, mut frame: Frame, memory: Vec<u8>) -> Result<RgbImage> {
        let Self { layout, .. } = self;
        // Fractions, as the decoded frame is not rotated yet and its pixels may not be square.
        let (across, down) = layout.crop_fractions(source.size());
        let (across, down) = if source.rotation % 180 == 90 { (down, across) } else { (across, down) };
        frame.crop_centre(across, down)?;
        encode::compose(self.scaler.pixels(frame, memory)?, layout, self.overlay.as_ref())
    }
}

/// The renditions' watermark, scaled and positioned for images of this layout.
fn overlay(source: &SourceVideo, layout: &Layout) -> Result<Option<Overlay>> {
    let video = source.size();
    let (uncropped, (left, top)) = layout.uncropped(video);
    // An extreme crop would take a huge overlay, of which hardly anything is visible.
    let watermark = source.watermark.as_ref().filter(|_| uncropped.0.max(uncropped.1) <= 2 * MAX_SIDE);
    watermark.map(|watermark| Ok(Overlay::new(watermark, uncropped, video)?.cropped(left, top))).transpose()
}
