//! The start and end of a clip on the source's clock.

use super::video;
use crate::base::{Error, Rational, Result};
use crate::media::{MediaInfo, VideoInfo};
use crate::plan::Ladder;

/// The source's time that is presented at 0, and the one at which the presentation ends, `None` for the end of the
/// source. Both lie on the frame grid of the complete video, at least one frame apart. `video` ends at its time. Without a
/// clip, `origin` and `None`.
pub(super) fn clip_range(
    info: &MediaInfo,
    ladder: &Ladder,
    video: Option<(&VideoInfo, Rational)>,
    origin: Rational,
) -> Result<(Rational, Option<Rational>)> {
    let Some(clip) = ladder.clip else { return Ok((origin, None)) };
    let video_duration = video.map(|(_, end)| end - origin);
    let duration = video_duration.unwrap_or(info.duration);
    if clip.start >= duration {
        let (start, duration) = (clip.start.to_f64(), duration.to_f64());
        return Err(Error::invalid(format!("the clip begins at {start} s, but the video lasts {duration:.3} s")));
    }
    let Some((info, _)) = video else { return Ok((origin + clip.start, clip.end.map(|end| origin + end))) };
    let rate = video::frame_rate(info.frame_rate, ladder.max_frame_rate);
    let last = ((duration * rate).round() - 1).max(0);
    let first = (clip.start * rate).round().min(last);
    let time = |frame: i64| origin + Rational::from(frame) / rate;
    Ok((time(first), clip.end.map(|end| time((end * rate).round().max(first + 1)))))
}
