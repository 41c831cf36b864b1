//! Parts of videos.

use serde::{Deserialize, Serialize};

use super::{Ladder, video};
use crate::probe::{MediaInfo, TrackIndex, VideoInfo};
use crate::{Error, Rational, Result};

/// A part of a video. What is made of it begins at 0, and is always encoded: a clip begins with any picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clip {
    /// Seconds from the video's start to that of the part, 0 or more and before the pictures' end; made a whole number
    /// of frames.
    pub start: Rational,
    /// Seconds from the video's start to the end of the part, above `start`, with one frame at least; times behind the
    /// video's end, and `None`, mean that.
    pub end: Option<Rational>,
}

impl Clip {
    pub(super) fn check(&self) -> Result<()> {
        let Self { start, end } = *self;
        if start < Rational::ZERO || end.is_some_and(|end| end <= start) {
            let end = end.map_or_else(|| "the end".to_owned(), |end| format!("{end} s"));
            return Err(Error::invalid(format!(
                "the clip is from {start} s to {end}, but has to begin at 0 or later and end after that"
            )));
        }
        Ok(())
    }
}

/// The container's time that is shown at 0, and that at which the presentation ends where that is not the video's
/// end: those of the ladder's clip, on the frame grid of the whole video, with one frame at least.
pub(super) fn clipped(
    info: &MediaInfo,
    ladder: &Ladder,
    video: Option<(&VideoInfo, &TrackIndex)>,
    origin: Rational,
) -> Result<(Rational, Option<Rational>)> {
    let Some(clip) = ladder.clip else { return Ok((origin, None)) };
    let pictures_end = video.and_then(|(_, index)| index.span()).map(|(_, end)| end - origin);
    let lasts = pictures_end.unwrap_or(info.duration);
    if clip.start >= lasts {
        let (start, lasts) = (clip.start.to_f64(), lasts.to_f64());
        return Err(Error::invalid(format!("the clip begins at {start} s, but the video lasts {lasts:.3} s")));
    }
    let Some((info, _)) = video else { return Ok((origin + clip.start, clip.end.map(|end| origin + end))) };
    let rate = video::frame_rate(info.frame_rate, ladder.max_frame_rate);
    let last = ((lasts * rate).round() - 1).max(0);
    let first = (clip.start * rate).round().min(last);
    let time = |frame: i64| origin + Rational::from(frame) / rate;
    Ok((time(first), clip.end.map(|end| time((end * rate).round().max(first + 1)))))
}
