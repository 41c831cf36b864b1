//! Where a clip begins and ends.

use super::video;
use crate::base::{Error, Rational, Result};
use crate::media::{MediaInfo, TrackIndex, VideoInfo};
use crate::plan::Ladder;

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
