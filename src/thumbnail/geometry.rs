//! Sizes of thumbnails.

use serde::{Deserialize, Serialize};

use crate::base::Rational;

/// What happens where the wished width and height have another shape than the video.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// The picture fills the size; what sticks out is cut off on both sides.
    #[default]
    Crop,
    /// The picture lies inside the size; one side becomes shorter than wished.
    Clip,
    /// The picture is stretched to the size.
    Scale,
    /// The picture lies inside the size, with black bars to fill it.
    Fill,
}

/// No side is made longer, whatever shape the video has.
pub(super) const MAX_SIDE: u32 = 8192;

/// Which part of the picture is taken, how large it is made, and how large the canvas it is centred on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Width and height of the middle part, in pixels of the video as seen.
    pub(super) part: (u32, u32),
    pub(super) scaled: (u32, u32),
    pub(super) canvas: (u32, u32),
}

impl Layout {
    pub(super) fn new(video: (u32, u32), width: Option<u32>, height: Option<u32>, fit: Fit) -> Self {
        let (video_width, video_height) = (u64::from(video.0.max(1)), u64::from(video.1.max(1)));
        let side = |wished: u32, own: u64, other: u64| {
            let rounded = (u64::from(wished) * own * 2 + other) / (2 * other);
            rounded.clamp(1, MAX_SIDE.into()) as u32
        };
        // The wished side and the other; the wished one gives way where the other would be too long.
        let follow = |wished: u32, own: u64, other: u64| {
            let fits = u64::from(wished) * other <= u64::from(MAX_SIDE) * own;
            if fits { (wished, side(wished, other, own)) } else { (side(MAX_SIDE, own, other), MAX_SIDE) }
        };
        let (width, height) = match (width, height) {
            (None, None) if video.0.max(video.1) <= MAX_SIDE => {
                return Self { part: video, scaled: video, canvas: video };
            }
            // As large as can be; the other side follows.
            (None, None) if video.0 >= video.1 => (MAX_SIDE, side(MAX_SIDE, video_height, video_width)),
            (None, None) => (side(MAX_SIDE, video_width, video_height), MAX_SIDE),
            (Some(width), None) => follow(width, video_width, video_height),
            (None, Some(height)) => {
                let (height, width) = follow(height, video_height, video_width);
                (width, height)
            }
            (Some(width), Some(height)) => (width, height),
        };
        let wished = (width, height);
        let wider = u64::from(width) * video_height >= u64::from(height) * video_width;
        let inside = if wider {
            (side(height, video_width, video_height), height)
        } else {
            (width, side(width, video_height, video_width))
        };
        // Cut before it is made larger, so that no shape asks for more pixels than are seen.
        let part = if wider {
            (video.0, side(video.0, height.into(), width.into()))
        } else {
            (side(video.1, width.into(), height.into()), video.1)
        };
        match fit {
            Fit::Crop => Self { part, scaled: wished, canvas: wished },
            Fit::Clip => Self { part: video, scaled: inside, canvas: inside },
            Fit::Scale => Self { part: video, scaled: wished, canvas: wished },
            Fit::Fill => Self { part: video, scaled: inside, canvas: wished },
        }
    }

    /// How much of the video's width and height is taken.
    pub(super) fn part_of(&self, video: (u32, u32)) -> (Rational, Rational) {
        let of = |part: u32, whole: u32| Rational::new(part.into(), whole.into());
        (of(self.part.0, video.0), of(self.part.1, video.1))
    }

    /// The size that the whole video has at the scale of the picture, and what of it is cut off on the left and at the
    /// top.
    pub(super) fn whole(&self, video: (u32, u32)) -> ((u32, u32), (u32, u32)) {
        let side = |scaled: u32, own: u32, part: u32| {
            let whole = u64::from(scaled) * u64::from(own) / u64::from(part.max(1));
            u32::try_from(whole).unwrap_or(u32::MAX)
        };
        let whole = (side(self.scaled.0, video.0, self.part.0), side(self.scaled.1, video.1, self.part.1));
        (whole, (whole.0.saturating_sub(self.scaled.0) / 2, whole.1.saturating_sub(self.scaled.1) / 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: (u32, u32) = (1920, 1080);

    #[test]
    fn one_side_brings_the_other() {
        assert_eq!(Layout::new(WIDE, Some(640), None, Fit::Crop).canvas, (640, 360));
        assert_eq!(Layout::new(WIDE, None, Some(360), Fit::Fill).canvas, (640, 360));
        assert_eq!(Layout::new(WIDE, None, Some(8192), Fit::Scale).canvas, (8192, 4608));
        assert_eq!(Layout::new((100, 1), Some(1), None, Fit::Crop).canvas, (1, 1));
        assert_eq!(Layout::new(WIDE, None, None, Fit::Crop).canvas, WIDE);
    }

    #[test]
    fn what_is_cut_off_is_known() {
        let square = Layout::new(WIDE, Some(360), Some(360), Fit::Crop);
        assert_eq!(square.whole(WIDE), ((640, 360), (140, 0)));
        assert_eq!(Layout::new(WIDE, Some(640), None, Fit::Crop).whole(WIDE), ((640, 360), (0, 0)));
    }

    #[test]
    fn each_fit_does_what_it_says() {
        let square = |fit| Layout::new(WIDE, Some(360), Some(360), fit);
        assert_eq!(square(Fit::Crop), Layout { part: (1080, 1080), scaled: (360, 360), canvas: (360, 360) });
        assert_eq!(square(Fit::Clip), Layout { part: WIDE, scaled: (360, 203), canvas: (360, 203) });
        assert_eq!(square(Fit::Scale), Layout { part: WIDE, scaled: (360, 360), canvas: (360, 360) });
        assert_eq!(square(Fit::Fill), Layout { part: WIDE, scaled: (360, 203), canvas: (360, 360) });
    }

    #[test]
    fn a_line_of_pixels_does_not_become_nothing() {
        assert_eq!(Layout::new((8192, 1), Some(10), None, Fit::Crop).canvas, (10, 1));
    }

    #[test]
    fn no_shape_makes_a_huge_picture() {
        for fit in [Fit::Crop, Fit::Clip, Fit::Scale, Fit::Fill] {
            for (width, height) in
                [(Some(8192), None), (None, Some(8192)), (Some(8192), Some(8192)), (Some(1), Some(8192))]
            {
                for video in [(8192, 16), (16, 8192), (1, 1), (65_536, 8192)] {
                    let layout = Layout::new(video, width, height, fit);
                    assert!(layout.scaled.0.max(layout.scaled.1) <= 8192, "{video:?} {layout:?}");
                    assert!(layout.part.0 <= video.0 && layout.part.1 <= video.1, "{video:?} {layout:?}");
                }
            }
        }
    }
}
