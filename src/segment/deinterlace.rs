//! Frames of two fields become frames of one moment; all others pass as they are.

use crate::base::Result;
use crate::ffmpeg::{FilterChain, Frame, filters};

/// Deinterlaces the frames that say they have two fields. What it makes of one depends on that frame and its neighbours
/// alone.
pub(super) struct Deinterlacer {
    /// Only where there has been a frame of two fields.
    chain: Option<FilterChain>,
    /// Whether to keep the last frame, as the neighbour of the next one.
    keeps_last: bool,
    last: Option<Frame>,
}

impl Deinterlacer {
    /// `is_expected`: whether there may well be frames of two fields. The first one is better for having a neighbour,
    /// for which a frame is kept.
    pub(super) fn new(is_expected: bool) -> Self {
        Self { chain: None, keeps_last: is_expected, last: None }
    }

    /// Passes on what comes of one frame, in order; with a delay of one frame from the first one of two fields on.
    pub(super) fn push(&mut self, mut frame: Frame, mut receive: impl FnMut(Frame) -> Result<()>) -> Result<()> {
        if self.chain.is_none() && !frame.is_interlaced() {
            self.last = self.keeps_last.then(|| frame.clone());
            return receive(frame);
        }
        let Some(time) = frame.time() else { return Ok(()) };
        frame.set_number(time);
        // The neighbour was passed on already.
        let mut is_known = false;
        let chain = match &mut self.chain {
            Some(chain) => chain,
            empty => {
                let mut chain = FilterChain::new(filters::DEINTERLACE)?;
                if let Some(mut last) = self.last.take() {
                    last.set_number(last.time().unwrap_or(time));
                    is_known = true;
                    chain.push(last, |_| Ok(()))?;
                }
                empty.insert(chain)
            }
        };
        chain.push(frame, |frame| if std::mem::take(&mut is_known) { Ok(()) } else { receive(numbered(frame)) })
    }

    /// Passes on the frames that are still held.
    pub(super) fn finish(&mut self, mut receive: impl FnMut(Frame) -> Result<()>) -> Result<()> {
        self.chain.as_mut().map_or(Ok(()), |chain| chain.finish(|frame| receive(numbered(frame))))
    }
}

/// The filter's output time base is half its input's.
fn numbered(mut frame: Frame) -> Frame {
    frame.set_number(frame.number() / 2);
    frame
}
