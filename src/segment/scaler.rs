//! Decoded frames to the size and the colours of what is made of them.

use super::tone_map::ToneMap;
use crate::base::{Error, ErrorKind, Result};
use crate::ffmpeg::{FilterChain, Frame, filters};
use crate::plan::SourceVideo;

/// Scales the frames of one source, and turns them upright.
pub(crate) struct Scaler {
    chain: FilterChain,
    tone_map: Option<ToneMap>,
}

impl Scaler {
    /// To frames of `width` by `height` for the encoder: 8 bits, 4:2:0, limited range.
    pub(super) fn to_encoder(source: &SourceVideo, width: u32, height: u32) -> Result<Self> {
        Self::new(source, &filters::to_encoder(source.format(), width, height))
    }

    /// To pictures of `width` by `height`.
    pub(crate) fn to_picture(source: &SourceVideo, width: u32, height: u32) -> Result<Self> {
        Self::new(source, &filters::to_rgb(source.format(), width, height))
    }

    /// To the tiles of a storyboard.
    pub(super) fn to_tile(source: &SourceVideo, width: u32, height: u32) -> Result<Self> {
        Self::new(source, &filters::to_tile(source.format(), width, height))
    }

    fn new(source: &SourceVideo, filters: &str) -> Result<Self> {
        Ok(Self { chain: FilterChain::new(filters)?, tone_map: ToneMap::of(source) })
    }

    /// A frame for the encoder.
    pub(super) fn frame(&mut self, frame: Frame) -> Result<Frame> {
        let scaled = self.scaled(frame)?;
        match &self.tone_map {
            Some(tone_map) => tone_map.to_yuv(&scaled),
            None => Ok(scaled),
        }
    }

    /// A picture's red, green and blue, without padding.
    pub(crate) fn pixels(&mut self, frame: Frame) -> Result<Vec<u8>> {
        let scaled = self.scaled(frame)?;
        match &self.tone_map {
            Some(tone_map) => tone_map.to_rgb(&scaled),
            None => scaled.pixels().ok_or_else(|| Error::new(ErrorKind::Internal, "a picture could not be copied")),
        }
    }

    fn scaled(&mut self, frame: Frame) -> Result<Frame> {
        let mut scaled = None;
        self.chain.push(frame, |frame| {
            scaled = Some(frame);
            Ok(())
        })?;
        scaled.ok_or_else(|| Error::new(ErrorKind::Internal, "the scaler returned no frame"))
    }
}
