//! Decoded frames to the size and the colours of what is made of them.

use super::tone_map::ToneMap;
use crate::base::{Error, ErrorKind, Result, cores};
use crate::ffmpeg::{FilterChain, Frame, filters};
use crate::media::{DynamicRange, SourceFormat};
use crate::plan::SourceVideo;

/// Pixels of a picture above which threads pay for starting them: one takes some milliseconds for as many.
const MIN_PIXELS_FOR_THREADS: u64 = 1 << 19;
/// More would wait for memory.
const MAX_THREADS: usize = 8;

/// Writes a description of filters to a width and a height.
type Describe = fn(SourceFormat<'_>, u32, u32) -> String;

/// Scales the frames of one source, and turns them upright.
pub(crate) struct Scaler {
    planned: Conversion,
    range: DynamicRange,
    /// For frames whose light is coded in another way than the plan says, as after a change midway.
    other: Option<(DynamicRange, Conversion)>,
    describe: Describe,
    rotation: (u32, bool),
    /// By which other frames without high dynamic range are to be coded.
    matrix: String,
    primaries: String,
    size: (u32, u32),
}

struct Conversion {
    chain: FilterChain,
    tone_map: Option<ToneMap>,
}

impl Scaler {
    /// To frames of `width` by `height` for the encoder: 8 bits, 4:2:0, limited range.
    pub(super) fn to_encoder(source: &SourceVideo, width: u32, height: u32) -> Result<Self> {
        Self::new(source, (width, height), filters::to_encoder)
    }

    /// To pictures of `width` by `height`.
    pub(crate) fn to_picture(source: &SourceVideo, width: u32, height: u32) -> Result<Self> {
        let mut scaler = Self::new(source, (width, height), filters::to_rgb)?;
        if u64::from(width) * u64::from(height) >= MIN_PIXELS_FOR_THREADS {
            scaler.planned.chain.set_threads(cores().min(MAX_THREADS));
        }
        Ok(scaler)
    }

    /// To the tiles of a storyboard.
    pub(super) fn to_tile(source: &SourceVideo, width: u32, height: u32) -> Result<Self> {
        Self::new(source, (width, height), filters::to_tile)
    }

    fn new(source: &SourceVideo, size: (u32, u32), describe: Describe) -> Result<Self> {
        let chain = FilterChain::new(&describe(source.format(), size.0, size.1))?;
        Ok(Self {
            planned: Conversion { chain, tone_map: ToneMap::of(source) },
            range: DynamicRange::of(&source.colour.transfer),
            other: None,
            describe,
            rotation: (source.rotation, source.mirrored),
            matrix: if source.tone_map { "bt709".into() } else { source.colour.matrix.clone() },
            primaries: if source.tone_map { "bt709".into() } else { source.colour.primaries.clone() },
            size,
        })
    }

    /// A frame for the encoder.
    pub(super) fn frame(&mut self, frame: Frame) -> Result<Frame> {
        let conversion = self.conversion(&frame)?;
        let scaled = conversion.scaled(frame)?;
        match &conversion.tone_map {
            Some(tone_map) => tone_map.to_yuv(&scaled),
            None => Ok(scaled),
        }
    }

    /// A picture's red, green and blue, without padding, in `memory` if it has room.
    pub(crate) fn pixels(&mut self, frame: Frame, memory: Vec<u8>) -> Result<Vec<u8>> {
        let conversion = self.conversion(&frame)?;
        let scaled = conversion.scaled(frame)?;
        match &conversion.tone_map {
            Some(tone_map) => tone_map.to_rgb(&scaled),
            None => {
                scaled.pixels(memory).ok_or_else(|| Error::new(ErrorKind::Internal, "a picture could not be copied"))
            }
        }
    }

    fn conversion(&mut self, frame: &Frame) -> Result<&mut Conversion> {
        let range = frame.dynamic_range();
        if range == self.range {
            return Ok(&mut self.planned);
        }
        let other = match self.other.take().filter(|(other, _)| *other == range) {
            Some(other) => other,
            None => {
                let ((rotation, mirrored), tone_map) =
                    (self.rotation, ToneMap::of_frame(frame, &self.matrix, &self.primaries));
                let format = SourceFormat { rotation, mirrored, matrix: &self.matrix, tone_map: tone_map.is_some() };
                let chain = FilterChain::new(&(self.describe)(format, self.size.0, self.size.1))?;
                (range, Conversion { chain, tone_map })
            }
        };
        Ok(&mut self.other.insert(other).1)
    }
}

impl Conversion {
    fn scaled(&mut self, frame: Frame) -> Result<Frame> {
        let mut scaled = None;
        self.chain.push(frame, |frame| {
            scaled = Some(frame);
            Ok(())
        })?;
        scaled.ok_or_else(|| Error::new(ErrorKind::Internal, "the scaler returned no frame"))
    }
}
