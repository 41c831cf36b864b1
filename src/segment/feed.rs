//! The frames of a window as encoders get them: each is decoded once, and scaled for each rendition.

use std::sync::Arc;

use super::frames::FrameReader;
use super::scaler::Scaler;
use super::video::output_colour;
use super::watermark::{Overlays, YuvOverlay};
use crate::base::Result;
use crate::ffmpeg::Frame;
use crate::plan::SourceVideo;

/// Decodes a window, and scales its frames.
pub(super) struct Feed {
    reader: FrameReader,
    index: u32,
    next: u64,
    end: u64,
    sizes: Vec<Size>,
    /// What the last frame has become, with its serial number.
    scaled: Option<(u64, Vec<Frame>)>,
}

/// One rendition's scaler and watermark.
struct Size {
    scaler: Scaler,
    overlay: Option<Arc<YuvOverlay>>,
}

impl Feed {
    pub(super) fn open(
        mut reader: FrameReader,
        overlays: &mut Overlays,
        source: &SourceVideo,
        sizes: &[(u32, u32)],
        index: u32,
    ) -> Result<Self> {
        let matrix = output_colour(source).matrix;
        let mut size = |&(width, height): &(u32, u32)| {
            let overlay = overlays.of(source, (width, height), &matrix)?;
            Ok(Size { scaler: Scaler::to_encoder(source, width, height)?, overlay })
        };
        let sizes = sizes.iter().map(&mut size).collect::<Result<_>>()?;
        reader.begin(source, index)?;
        let next = source.window_start(index);
        let end = next + u64::from(source.window_frames(index));
        Ok(Self { reader, index, next, end, sizes, scaled: None })
    }

    /// The next frame in all sizes. One that the source shows for longer is scaled once.
    pub(super) fn next(&mut self, source: &SourceVideo) -> Result<Vec<Frame>> {
        let frame = self.reader.frame(source, self.next)?;
        self.next += 1;
        if self.is_finished() {
            self.reader.end(source, self.index);
        }
        if let Some((_, scaled)) = self.scaled.as_ref().filter(|(serial, _)| *serial == frame.serial) {
            return Ok(scaled.clone());
        }
        let scaled = self.sizes.iter_mut().map(|size| size.frame(&frame.frame)).collect::<Result<Vec<_>>>()?;
        self.scaled = Some((frame.serial, scaled.clone()));
        Ok(scaled)
    }

    /// Has reading stop for a cancellation alone.
    pub(super) fn never_pause(&mut self) {
        let watch = self.reader.watch().without_pause();
        self.reader.set_watch(&watch);
    }

    /// Whether all frames were read.
    pub(super) fn is_finished(&self) -> bool {
        self.next >= self.end
    }

    pub(super) fn into_reader(self) -> FrameReader {
        self.reader
    }
}

impl Size {
    fn frame(&mut self, frame: &Frame) -> Result<Frame> {
        let mut scaled = self.scaler.frame(frame.clone())?;
        if let Some(overlay) = &self.overlay {
            overlay.draw_on(&mut scaled)?;
        }
        Ok(scaled)
    }
}
