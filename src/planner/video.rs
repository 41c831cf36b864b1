//! The pictures' side of a plan: the frame grid, the renditions, and where decoding begins for each segment.

use std::sync::Arc;

use super::access::{AccessPoints, nearest};
use super::passthrough::CopiedVideo;
use super::rates;
use super::rungs::{rungs, size};
use crate::base::{Error, ErrorKind, Rational, Result};
use crate::codec::{LevelRequest, avc_string, level_for};
use crate::media::{Colour, FieldOrder, FieldParity, PictureColour, TrackIndex, VideoInfo};
use crate::plan::{Ladder, Media, Rendition, Rung, SourceVideo, VideoCoding, VideoRendition, VideoWindow};

/// Frames decoded before a segment's own where fields are woven into frames.
const DEINTERLACER_PREROLL: i64 = 3;

/// Media times of a video track count at least so many ticks a second.
const MIN_TIMESCALE: i64 = 10_000;

/// The source's rate, divided by the least whole number that brings it under the cap; or multiplied by the
/// least that brings it to one frame per second, so that segments of any length can be cut. Half a percent
/// above is under the cap still: 29.97 means 30 as well, and both mean every second frame of 60 or 59.94.
pub(super) fn frame_rate(source: Rational, cap: Rational) -> Rational {
    let divisor = (source / cap - Rational::new(1, 200)).ceil().max(1);
    let factor = source.recip().ceil().max(1);
    source * Rational::from(factor) / Rational::from(divisor)
}

/// The container's time that is shown at 0: the earliest start of all tracks, moved back to where the
/// first picture lies on the frame grid, so that the grid takes nothing from sync. A tenth of a frame of
/// sound is rather cut than one more frame made.
pub(super) fn origin(video_start: Rational, earliest: Rational, frame_rate: Rational) -> Rational {
    let ahead = (video_start - earliest) * frame_rate;
    let frames = (ahead - Rational::new(1, 10)).ceil().max(0);
    video_start - Rational::from(frames) / frame_rate
}

/// Which frames of a video are made.
pub(crate) struct VideoSpan {
    pub(crate) frame_rate: Rational,
    /// The container's time of the first.
    pub(crate) origin: Rational,
    /// The container's time behind the last; `None`: that of the video's end.
    pub(crate) end: Option<Rational>,
}

/// Everything about the pictures that does not depend on the rendition, in windows of equal length or in those
/// that are `given`.
pub(crate) fn source_video(
    info: &VideoInfo,
    index: &TrackIndex,
    ladder: &Ladder,
    span: &VideoSpan,
    given: Option<Vec<VideoWindow>>,
) -> Result<SourceVideo> {
    let &VideoSpan { frame_rate, origin, end } = span;
    let (_, own_end) = index.span().ok_or_else(no_frames)?;
    let end = end.map_or(own_end, |end| end.min(own_end));
    let frames = ((end - origin) * frame_rate).round();
    let frames = u64::try_from(frames).ok().filter(|frames| *frames > 0).ok_or_else(no_frames)?;
    let keyframe_interval = (ladder.keyframe_seconds * frame_rate).round().max(1);
    // Of the distance as it came out: whole frames of a slow video may be far from what was asked for.
    let groups = (ladder.segment_seconds * frame_rate / Rational::from(keyframe_interval)).round().max(1);
    let segment_frames = keyframe_interval * groups;
    let tone_map =
        info.colour.hdr.is_some() && matches!(info.colour.transfer.as_deref(), Some("smpte2084" | "arib-std-b67"));
    let mut video = SourceVideo {
        track: index.track,
        width: info.width,
        height: info.height,
        time_base: index.time_base,
        frame_rate,
        frames,
        keyframe_interval: keyframe_interval as u32,
        rotation: info.rotation,
        mirrored: info.mirrored,
        deinterlace: match info.field_order {
            FieldOrder::Progressive => None,
            FieldOrder::TopFirst => Some(FieldParity::Top),
            FieldOrder::BottomFirst => Some(FieldParity::Bottom),
        },
        colour: colour(&info.colour, info.coded_width.min(info.coded_height), &info.pixel_format),
        tone_map,
        watermark: ladder.watermark.clone(),
        windows: Vec::new(),
    };
    video.windows = match given {
        Some(windows) => windows,
        None => windows(&video, index, origin, segment_frames as u32)?,
    };
    Ok(video)
}

fn no_frames() -> Error {
    Error::new(ErrorKind::NothingToPlay, "the video has no duration: no frame of it would be shown")
}

/// What the source leaves open is filled in as players do: standard definition is ITU-R BT.601, everything
/// else BT.709, in the limited range.
fn colour(stated: &Colour, short_side: u32, pixel_format: &str) -> PictureColour {
    let (primaries, transfer, matrix) =
        if short_side < 720 { ("smpte170m", "smpte170m", "smpte170m") } else { ("bt709", "bt709", "bt709") };
    let or = |stated: &Option<String>, usual: &str| stated.clone().unwrap_or_else(|| usual.to_owned());
    // RGB has no matrix of its own: this is the one that it is turned into.
    let matrix = if stated.matrix.as_deref() == Some("gbr") { "bt709".into() } else { or(&stated.matrix, matrix) };
    PictureColour {
        primaries: or(&stated.primaries, primaries),
        transfer: or(&stated.transfer, transfer),
        matrix,
        full_range: stated.range.as_deref() == Some("pc") || pixel_format.starts_with("yuvj"),
    }
}

/// Windows of `length` frames, each with the packet that decoding begins with.
fn windows(source: &SourceVideo, index: &TrackIndex, origin: Rational, length: u32) -> Result<Vec<VideoWindow>> {
    let times = index.shown_times();
    let access = AccessPoints::of(index);
    // A deinterlacer units_info at the neighbours of a frame: they have to be there at a segment's start too.
    let preroll = if source.deinterlace.is_some() { DEINTERLACER_PREROLL } else { 0 };
    let window = |segment| {
        let frame = u64::from(segment) * u64::from(length);
        let first = (frame as i64 - preroll).max(0);
        let start = Rational::from(first) / source.frame_rate + origin;
        Some(VideoWindow { first_frame: frame, seek: access.before(nearest(&times, index.time_base, start)?)? })
    };
    (0..segments(source.frames, length))
        .map(window)
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| Error::new(ErrorKind::Corrupt, "the video has no keyframe: decoding cannot begin anywhere"))
}

/// How many segments hold `frames`: a rest of less than half a segment goes with the one before it, so
/// that no segment is too short for its bit rate to mean anything.
fn segments(frames: u64, segment_frames: u32) -> u32 {
    let length = u64::from(segment_frames);
    let segments = frames / length + u64::from(2 * (frames % length) >= length);
    segments.clamp(1, u32::MAX.into()) as u32
}

/// The renditions of a ladder, from the largest to the smallest, the first perhaps copied; else with the reason why
/// it is not.
pub(super) fn renditions(
    info: &VideoInfo,
    source: &Arc<SourceVideo>,
    ladder: &Ladder,
    copied: Option<std::result::Result<CopiedVideo, String>>,
) -> Result<Vec<Rendition>> {
    let rungs = rungs(info, ladder);
    let mut renditions = rungs.iter().map(|rung| rendition(info, source, ladder, rung)).collect::<Result<Vec<_>>>()?;
    match (copied, renditions.first_mut()) {
        (Some(Ok(copied)), _) => renditions.insert(0, copied_rendition(copied, source)),
        (Some(Err(reason)), Some(top)) => top.encoded_because = Some(reason),
        _ => {}
    }
    // Very long pictures come out in the same size on all rungs that are too high for them.
    renditions.dedup_by(|smaller, larger| smaller.id == larger.id);
    Ok(renditions)
}

fn copied_rendition(copied: CopiedVideo, source: &Arc<SourceVideo>) -> Rendition {
    Rendition {
        id: id(copied.rendition.width, copied.rendition.height),
        segment_count: source.windows.len() as u32,
        codecs: copied.codecs,
        timescale: timescale(source.frame_rate),
        encoded_because: None,
        media: Media::Video(source.clone(), copied.rendition),
    }
}

fn id(width: u32, height: u32) -> String {
    format!("{}p", width.min(height))
}

fn rendition(info: &VideoInfo, source: &Arc<SourceVideo>, ladder: &Ladder, rung: &Rung) -> Result<Rendition> {
    let (width, height) = size(info, rung.short_side);
    let (references, highest) = ladder.preset_tools()?;
    let profile = rung.profile.unwrap_or_default().min(highest);
    let max_rate = rung.max_rate.unwrap_or_else(|| rates::max_rate(width, height, source.frame_rate));
    let buffer_size = rung.buffer_size.unwrap_or(2 * max_rate);
    let request =
        LevelRequest { width, height, frame_rate: source.frame_rate, profile, max_rate, buffer_size, references };
    let (level, references) = level_for(&request).ok_or_else(|| {
        let message = format!(
            "no H.264 level holds {width}x{height} at {} frames per second and {max_rate} b/s: lower the rung",
            source.frame_rate
        );
        Error::invalid(message)
    })?;
    Ok(Rendition {
        id: id(width, height),
        segment_count: source.windows.len() as u32,
        codecs: avc_string(profile, level, source.keyframe_interval == 1),
        timescale: timescale(source.frame_rate),
        encoded_because: None,
        media: Media::Video(
            source.clone(),
            VideoRendition {
                width,
                height,
                profile,
                level,
                max_rate,
                buffer_size,
                coding: VideoCoding::Encode {
                    preset: ladder.preset.clone(),
                    crf: rung.crf.unwrap_or(ladder.crf),
                    references,
                },
            },
        ),
    })
}

fn timescale(frame_rate: Rational) -> u32 {
    let mut scale = frame_rate.num().max(1);
    while scale < MIN_TIMESCALE {
        scale *= 2;
    }
    u32::try_from(scale).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_above_the_cap_are_divided_evenly() {
        let rate = |num, den| frame_rate(Rational::new(num, den), Rational::from(60));
        assert_eq!(rate(60, 1), Rational::from(60));
        assert_eq!(rate(120_000, 1001), Rational::new(60_000, 1001));
        assert_eq!(rate(144, 1), Rational::from(48));
        assert_eq!(rate(2, 5), Rational::new(6, 5));
    }

    #[test]
    fn a_cap_written_with_few_digits_means_the_rate_beside_it() {
        let rate = |source: &str, cap: &str| frame_rate(source.parse().unwrap(), cap.parse().unwrap()).to_string();
        for (source, cap, expected) in [
            ("30", "29.97", "30"),
            ("30000/1001", "29.97", "30000/1001"),
            ("60", "29.97", "30"),
            ("60000/1001", "30", "30000/1001"),
            ("24000/1001", "23.976", "24000/1001"),
            ("24", "23.976", "24"),
            ("50", "30", "25"),
            ("50", "49", "25"),
            ("60", "60", "60"),
            ("61", "60", "61/2"),
            ("24", "240", "24"),
        ] {
            assert_eq!(rate(source, cap), expected, "{source} with cap {cap}");
        }
    }

    #[test]
    fn the_first_picture_lies_on_the_grid() {
        let rate = Rational::from(25);
        assert_eq!(origin(Rational::ZERO, Rational::ZERO, rate), Rational::ZERO);
        // CountedFrame 3 ms earlier is cut, 21 ms earlier brings one more frame.
        assert_eq!(origin(Rational::ZERO, Rational::new(-3, 1000), rate), Rational::ZERO);
        assert_eq!(origin(Rational::ZERO, Rational::new(-21, 1000), rate), Rational::new(-1, 25));
        assert_eq!(origin(Rational::from(2), Rational::from(1), rate), Rational::from(1));
    }

    #[test]
    fn timescales_count_whole_frames() {
        assert_eq!(timescale(Rational::new(30_000, 1001)), 30_000);
        assert_eq!(timescale(Rational::from(25)), 12_800);
        assert_eq!(timescale(Rational::new(24_000, 1001)), 24_000);
    }

    #[test]
    fn a_short_rest_goes_with_the_last_segment() {
        let counts = [1, 47, 48, 96, 143, 144, 192].map(|frames| segments(frames, 96));
        assert_eq!(counts, [1, 1, 1, 1, 1, 2, 2]);
    }
}
