//! Frames of another shape than the plan's, as after a change midway: they are fitted into it, with black bars.

use crate::base::{Error, ErrorKind, Rational, Result};
use crate::ffmpeg::{FilterChain, Frame, Stream, filters};
use crate::media::display_size;
use crate::plan::SourceVideo;

/// How far a frame's shape may be from the plan's and still be stretched to it: what whole blocks of sixteen pixels make of
/// 360 lines.
const MAX_STRETCH: (i64, i64) = (1, 40);

/// Fits frames into the shape of the plan.
pub(super) struct Fitting {
    /// Width and height before the rotation, in square pixels.
    size: (u32, u32),
    /// The shape of pixels by the container, and where neither it nor a frame states one.
    stated: Option<Rational>,
    otherwise: Rational,
    chain: Option<((u32, u32), FilterChain)>,
}

impl Fitting {
    pub(super) fn new(source: &SourceVideo, stream: &Stream<'_>) -> Self {
        let (width, height) = source.size();
        let size = if source.rotation % 180 == 90 { (height, width) } else { (width, height) };
        Self { size, stated: stream.container_pixel_aspect(), otherwise: stream.pixel_aspect(), chain: None }
    }

    /// The frame itself, or one of the plan's shape with the frame in its middle.
    pub(super) fn fit(&mut self, frame: Frame) -> Result<Frame> {
        let aspect = self.stated.or(frame.pixel_aspect()).unwrap_or(self.otherwise);
        let shown = display_size(frame.size(), aspect);
        let (inner, is_whole) = inside(shown, self.size);
        if is_whole {
            return Ok(frame);
        }
        let time = frame.time();
        let chain = match &mut self.chain {
            Some((size, chain)) if *size == inner => chain,
            other => &mut other.insert((inner, FilterChain::new(&filters::to_size(inner.0, inner.1))?)).1,
        };
        let mut scaled = None;
        chain.push(frame, |frame| {
            scaled = Some(frame);
            Ok(())
        })?;
        let scaled = scaled.ok_or_else(|| Error::new(ErrorKind::Internal, "the scaler returned no frame"))?;
        let mut fitted = scaled.amid_black(self.size)?;
        if let Some(time) = time {
            fitted.set_number(time);
        }
        Ok(fitted)
    }
}

/// The largest size of the shape `shown` inside `outer`, and whether it fills that all but for rounding.
fn inside(shown: (u32, u32), outer: (u32, u32)) -> ((u32, u32), bool) {
    let (shown, outer) = ((i64::from(shown.0), i64::from(shown.1)), (i64::from(outer.0), i64::from(outer.1)));
    let scale = Rational::new(outer.0, shown.0.max(1)).min(Rational::new(outer.1, shown.1.max(1)));
    let side = |shown: i64, outer: i64| (Rational::from(shown) * scale).round().clamp(1, outer.max(1));
    let inner = (side(shown.0, outer.0), side(shown.1, outer.1));
    let missing =
        Rational::new(outer.0 - inner.0, outer.0.max(1)).max(Rational::new(outer.1 - inner.1, outer.1.max(1)));
    ((inner.0 as u32, inner.1 as u32), missing <= Rational::new(MAX_STRETCH.0, MAX_STRETCH.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_shapes_are_fitted_and_rounded_ones_are_not() {
        assert_eq!(inside((360, 640), (640, 360)), ((203, 360), false));
        assert_eq!(inside((640, 360), (360, 640)), ((360, 203), false));
        assert_eq!(inside((1024, 576), (768, 576)), ((768, 432), false));
        for (shown, outer) in
            [((1920, 1088), (1920, 1080)), ((854, 480), (1280, 720)), ((2, 2), (2, 2)), ((1, 1), (1, 1))]
        {
            assert!(inside(shown, outer).1, "{shown:?}");
        }
        assert_eq!(inside((8192, 1), (16, 16)), ((16, 1), false));
    }
}
