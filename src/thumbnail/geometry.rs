//! Sizes of thumbnails.

use serde::{Deserialize, Serialize};

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

/// How large the picture is made, and how large the canvas it is centred on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) scaled: (u32, u32),
    pub(super) canvas: (u32, u32),
}

impl Layout {
    pub(super) fn new(video: (u32, u32), width: Option<u32>, height: Option<u32>, fit: Fit) -> Self {
        let (video_width, video_height) = (u64::from(video.0.max(1)), u64::from(video.1.max(1)));
        let side = |wished: u32, own: u64, other: u64| {
            let rounded = (u64::from(wished) * own * 2 + other) / (2 * other);
            rounded.clamp(1, 32_768) as u32
        };
        let (width, height) = match (width, height) {
            (None, None) => return Self { scaled: video, canvas: video },
            (Some(width), None) => (width, side(width, video_height, video_width)),
            (None, Some(height)) => (side(height, video_width, video_height), height),
            (Some(width), Some(height)) => (width, height),
        };
        let wished = (width, height);
        let wider = u64::from(width) * video_height >= u64::from(height) * video_width;
        // With the full width, or with the full height.
        let by_width = (width, side(width, video_height, video_width));
        let by_height = (side(height, video_width, video_height), height);
        let (inside, outside) = if wider { (by_height, by_width) } else { (by_width, by_height) };
        match fit {
            Fit::Crop => Self { scaled: outside, canvas: wished },
            Fit::Clip => Self { scaled: inside, canvas: inside },
            Fit::Scale => Self { scaled: wished, canvas: wished },
            Fit::Fill => Self { scaled: inside, canvas: wished },
        }
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
        assert_eq!(Layout::new(WIDE, None, None, Fit::Crop).canvas, WIDE);
    }

    #[test]
    fn each_fit_does_what_it_says() {
        let square = |fit| Layout::new(WIDE, Some(360), Some(360), fit);
        assert_eq!(square(Fit::Crop), Layout { scaled: (640, 360), canvas: (360, 360) });
        assert_eq!(square(Fit::Clip), Layout { scaled: (360, 203), canvas: (360, 203) });
        assert_eq!(square(Fit::Scale), Layout { scaled: (360, 360), canvas: (360, 360) });
        assert_eq!(square(Fit::Fill), Layout { scaled: (360, 203), canvas: (360, 360) });
    }

    #[test]
    fn a_line_of_pixels_does_not_become_nothing() {
        assert_eq!(Layout::new((8192, 1), Some(10), None, Fit::Crop).canvas, (10, 1));
    }
}
