//! From a decoded frame to a picture for people.

use image::RgbImage;

use super::encode;
use super::geometry::{Layout, MAX_SIDE};
use super::options::ThumbnailOptions;
use crate::base::{Error, ErrorKind, Result};
use crate::ffmpeg::{FilterChain, Frame, filters};
use crate::plan::SourceVideo;
use crate::segment::Overlay;

/// Makes stills of decoded pictures.
pub(super) struct Renderer<'a> {
    source: &'a SourceVideo,
    layout: Layout,
    chain: FilterChain,
    overlay: Option<Overlay>,
}

impl<'a> Renderer<'a> {
    pub(super) fn new(source: &'a SourceVideo, options: &ThumbnailOptions) -> Result<Self> {
        let layout = Layout::new(source.size(), options.width, options.height, options.fit);
        let chain = FilterChain::new(&filters::to_rgb(source.format(), layout.scaled.0, layout.scaled.1))?;
        let overlay = overlay(source, &layout)?;
        Ok(Self { source, layout, chain, overlay })
    }

    pub(super) fn render(&mut self, mut frame: Frame) -> Result<RgbImage> {
        let Self { source, layout, .. } = self;
        // The decoder's picture may lie on its side and have other pixels than square ones.
        let (across, down) = layout.part_of(source.size());
        let (across, down) = if source.rotation % 180 == 90 { (down, across) } else { (across, down) };
        frame.keep_middle(across, down)?;
        let mut converted = None;
        self.chain.push(frame, |frame| {
            converted = frame.pixels();
            Ok(())
        })?;
        let pixels = converted.ok_or_else(|| Error::new(ErrorKind::Internal, "the picture could not be converted"))?;
        encode::compose(pixels, layout, self.overlay.as_ref())
    }
}

/// The watermark of the renditions, as it is on a picture of this layout.
fn overlay(source: &SourceVideo, layout: &Layout) -> Result<Option<Overlay>> {
    let video = source.size();
    let (whole, (left, top)) = layout.whole(video);
    // Of a video that is cut to a thin stripe nobody would know it.
    let watermark = source.watermark.as_ref().filter(|_| whole.0.max(whole.1) <= 2 * MAX_SIDE);
    watermark.map(|watermark| Ok(Overlay::new(watermark, whole, video)?.cropped(left, top))).transpose()
}
