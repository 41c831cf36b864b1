//! Size, crop and padding of thumbnails.

use serde::{Deserialize, Serialize};

use crate::base::Rational;

/// What to do if the requested width and height do not have the video's aspect ratio.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// The image fills the size; the video is cropped equally on both sides.
    #[default]
    Crop,
    /// The image fits inside the size; one side is shorter than requested.
    Clip,
    /// The image is stretched to the size.
    Scale,
    /// The image fits inside the size, with black bars to fill it.
    Fill,
}

/// Maximum width and height, which bounds an image to 256 MiB of RGBA. The longest side of renditions is the same.
pub(super) const MAX_SIDE: u32 = 8192;

/// Width and height at each step: the video is cropped, scaled, and centred on a canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// The centre of the video that is kept, in display pixels.
    pub(super) crop: (u32, u32),
    pub(super) scaled: (u32, u32),
    pub(super) canvas: (u32, u32),
}

impl Layout {
    pub(super) fn new(video: (u32, u32), width: Option<u32>, height: Option<u32>, fit: Fit) -> Self {
        let (video_width, video_height) = (u64::from(video.0.max(1)), u64::from(video.1.max(1)));
        // `side * numerator / denominator`, rounded.
        let side = |side: u32, numerator: u64, denominator: u64| {
            let rounded = (u64::from(side) * numerator * 2 + denominator) / (2 * denominator);
            rounded.clamp(1, MAX_SIDE.into()) as u32
        };
        // The requested side and the other one. The requested one is reduced if the other would be too long.
        let follow = |requested: u32, video_side: u64, video_other: u64| {
            let fits = u64::from(requested) * video_other <= u64::from(MAX_SIDE) * video_side;
            if fits {
                (requested, side(requested, video_other, video_side))
            } else {
                (side(MAX_SIDE, video_side, video_other), MAX_SIDE)
            }
        };
        let (width, height) = match (width, height) {
            (None, None) if video.0.max(video.1) <= MAX_SIDE => {
                return Self { crop: video, scaled: video, canvas: video };
            }
            (None, None) if video.0 >= video.1 => (MAX_SIDE, side(MAX_SIDE, video_height, video_width)),
            (None, None) => (side(MAX_SIDE, video_width, video_height), MAX_SIDE),
            (Some(width), None) => follow(width, video_width, video_height),
            (None, Some(height)) => {
                let (height, width) = follow(height, video_height, video_width);
                (width, height)
            }
            (Some(width), Some(height)) => (width, height),
        };
        let requested = (width, height);
        let is_wider = u64::from(width) * video_height >= u64::from(height) * video_width;
        let inside = if is_wider {
            (side(height, video_width, video_height), height)
        } else {
            (width, side(width, video_height, video_width))
        };
        // Cropped before scaling, so that no aspect ratio asks for more pixels than are visible.
        let crop = if is_wider {
            (video.0, side(video.0, height.into(), width.into()))
        } else {
            (side(video.1, width.into(), height.into()), video.1)
        };
        match fit {
            Fit::Crop => Self { crop, scaled: requested, canvas: requested },
            Fit::Clip => Self { crop: video, scaled: inside, canvas: inside },
            Fit::Scale => Self { crop: video, scaled: requested, canvas: requested },
            Fit::Fill => Self { crop: video, scaled: inside, canvas: requested },
        }
    }

    /// The crop as fractions of the video's width and height.
    pub(super) fn crop_fractions(&self, video: (u32, u32)) -> (Rational, Rational) {
        let fraction = |crop: u32, video: u32| Rational::new(crop.into(), video.into());
        (fraction(self.crop.0, video.0), fraction(self.crop.1, video.1))
    }

    /// The size of the uncropped video at the image's scale, and what the crop takes off on the left and at the top.
    pub(super) fn uncropped(&self, video: (u32, u32)) -> ((u32, u32), (u32, u32)) {
        let side = |scaled: u32, video: u32, crop: u32| {
            let side = u64::from(scaled) * u64::from(video) / u64::from(crop.max(1));
            u32::try_from(side).unwrap_or(u32::MAX)
        };
        let size = (side(self.scaled.0, video.0, self.crop.0), side(self.scaled.1, video.1, self.crop.1));
        (size, (size.0.saturating_sub(self.scaled.0) / 2, size.1.saturating_sub(self.scaled.1) / 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: (u32, u32) = (1920, 1080);

    #[test]
    fn a_missing_side_follows_from_the_aspect_ratio() {
        assert_eq!(Layout::new(WIDE, Some(640), None, Fit::Crop).canvas, (640, 360));
        assert_eq!(Layout::new(WIDE, None, Some(360), Fit::Fill).canvas, (640, 360));
        assert_eq!(Layout::new(WIDE, None, Some(8192), Fit::Scale).canvas, (8192, 4608));
        assert_eq!(Layout::new((100, 1), Some(1), None, Fit::Crop).canvas, (1, 1));
        assert_eq!(Layout::new(WIDE, None, None, Fit::Crop).canvas, WIDE);
    }

    #[test]
    fn the_crop_is_centred() {
        let square = Layout::new(WIDE, Some(360), Some(360), Fit::Crop);
        assert_eq!(square.uncropped(WIDE), ((640, 360), (140, 0)));
        assert_eq!(Layout::new(WIDE, Some(640), None, Fit::Crop).uncropped(WIDE), ((640, 360), (0, 0)));
    }

    #[test]
    fn each_fit_does_what_it_says() {
        let square = |fit| Layout::new(WIDE, Some(360), Some(360), fit);
        assert_eq!(square(Fit::Crop), Layout { crop: (1080, 1080), scaled: (360, 360), canvas: (360, 360) });
        assert_eq!(square(Fit::Clip), Layout { crop: WIDE, scaled: (360, 203), canvas: (360, 203) });
        assert_eq!(square(Fit::Scale), Layout { crop: WIDE, scaled: (360, 360), canvas: (360, 360) });
        assert_eq!(square(Fit::Fill), Layout { crop: WIDE, scaled: (360, 203), canvas: (360, 360) });
    }

    #[test]
    fn no_side_becomes_zero() {
        assert_eq!(Layout::new((8192, 1), Some(10), None, Fit::Crop).canvas, (10, 1));
    }

    #[test]
    fn no_aspect_ratio_makes_a_huge_image() {
        for fit in [Fit::Crop, Fit::Clip, Fit::Scale, Fit::Fill] {
            for (width, height) in
                [(Some(8192), None), (None, Some(8192)), (Some(8192), Some(8192)), (Some(1), Some(8192))]
            {
                for video in [(8192, 16), (16, 8192), (1, 1), (65_536, 8192)] {
                    let layout = Layout::new(video, width, height, fit);
                    assert!(layout.scaled.0.max(layout.scaled.1) <= 8192, "{video:?} {layout:?}");
                    assert!(layout.crop.0 <= video.0 && layout.crop.1 <= video.1, "{video:?} {layout:?}");
                }
            }
        }
    }
}
