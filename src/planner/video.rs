//! Video of a plan: the frame grid, the renditions, and where decoding begins for each segment.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::access::{AccessPoints, shown};
use super::colour::colour;
use super::error::unsupported;
use super::passthrough::CopiedVideo;
use super::rates;
use super::rungs::{rungs, size};
use crate::base::{Error, ErrorKind, Rational, Result};
use crate::codec::{LevelRequest, avc_string, level_for};
use crate::media::{FieldOrder, FieldParity, Hdr, TrackIndex, VideoInfo};
use crate::plan::{
    Ladder, Media, PresetTools, Rendition, Rung, SegmentBuffer, SourceVideo, VideoCoding, VideoRendition, VideoWindow,
};
use crate::probe;

/// Frames decoded before a segment if the source is deinterlaced. bwdif reads the frame before and the frame after; the
/// other two are a margin for source frames that do not lie on the grid.
const DEINTERLACER_PREROLL: i64 = 3;

/// Minimum timescale of a video rendition, which keeps a tick within 0.1 ms.
const MIN_TIMESCALE: i64 = 10_000;

/// The source's frame rate divided by the smallest integer that brings it to the cap, or multiplied by the smallest one
/// that brings it to one frame per second, so that segments of any length can be cut. Half a percent above the cap is
/// admitted: 29.97 admits 30, and both take every second frame of 60 or 59.94.
pub(super) fn frame_rate(source: Rational, cap: Rational) -> Rational {
    let divisor = (source / cap - Rational::new(1, 200)).ceil().max(1);
    let factor = source.recip().ceil().max(1);
    source * Rational::from(factor) / Rational::from(divisor)
}

/// The source's time at which video ends: a single picture stays as long as there is sound.
pub(super) fn end(info: &VideoInfo, index: &TrackIndex, audio_end: Option<Rational>) -> Option<Rational> {
    let (_, end) = index.span()?;
    Some(audio_end.filter(|audio_end| info.frames == 1 && *audio_end > end).unwrap_or(end))
}

/// Seconds from the first frame to the start of the grid that frames of a variable rate fit best.
pub(super) fn grid_start(info: &VideoInfo, index: &TrackIndex) -> Rational {
    if !info.variable_frame_rate {
        return Rational::ZERO;
    }
    index.time_base.times(probe::grid_start(&index.shown_times(), index.time_base, info.frame_rate))
}

/// The source's time that is presented at 0: the earliest start of all tracks, moved back so that the first frame lies
/// on the frame grid and the grid does not affect sync. Up to a tenth of a frame of audio is cut off rather than one
/// more frame made for it.
pub(super) fn origin(video_start: Rational, earliest: Rational, frame_rate: Rational) -> Rational {
    let ahead = (video_start - earliest) * frame_rate;
    let frames = (ahead - Rational::new(1, 10)).ceil().max(0);
    video_start - Rational::from(frames) / frame_rate
}

/// The part of a video that is made, and its frame rate.
pub(crate) struct VideoSpan {
    pub(crate) frame_rate: Rational,
    /// The source's time of the first frame.
    pub(crate) origin: Rational,
    /// The source's time at the end of the last frame; `None`: the end of the video.
    pub(crate) end: Option<Rational>,
}

/// What all renditions of a video share. Segments are of equal length, unless `fixed_windows` are given.
pub(crate) fn source_video(
    info: &VideoInfo,
    index: &TrackIndex,
    ladder: &Ladder,
    span: &VideoSpan,
    fixed_windows: Option<Vec<VideoWindow>>,
) -> Result<SourceVideo> {
    let &VideoSpan { frame_rate, origin, .. } = span;
    let frames = match fixed_windows {
        // A copy has the source's frames, each once.
        Some(_) => index.packets.len() as u64,
        None => frame_count(info, index, span).ok_or_else(no_frames)?,
    };
    let keyframe_interval = (ladder.keyframe_seconds * frame_rate).round().max(1);
    // From the rounded interval: at low frame rates it may differ a lot from the one that was asked for.
    let groups = (ladder.segment_seconds * frame_rate / Rational::from(keyframe_interval)).round().max(1);
    let segment_frames = keyframe_interval * groups;
    let first_frames = ladder.first_segment_seconds.map_or(segment_frames, |first| (first * frame_rate).round().max(1));
    let tone_map =
        info.colour.hdr.is_some() && matches!(info.colour.transfer.as_deref(), Some("smpte2084" | "arib-std-b67"));
    if info.colour.hdr == Some(Hdr::DolbyVisionAlone) {
        return Err(unsupported(format!(
            "track {} of the source is Dolby Vision alone (profile 5), whose colours are wrong without it: use a version that is HDR10, HLG or SDR too",
            index.track
        )));
    }
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
            FieldOrder::Progressive if index.may_have_fields => Some(FieldParity::Top),
            FieldOrder::Progressive => None,
            FieldOrder::TopFirst => Some(FieldParity::Top),
            FieldOrder::BottomFirst => Some(FieldParity::Bottom),
        },
        colour: colour(&info.colour, info.coded_width.min(info.coded_height), &info.pixel_format),
        tone_map,
        peak: info.colour.peak.filter(|_| tone_map),
        watermark: ladder.watermark.clone(),
        parameters: index.parameters.clone(),
        clock: index.clock.clone(),
        edits: index.edits.clone(),
        closed_captions: Vec::new(),
        caption_languages: BTreeMap::new(),
        windows: Vec::new(),
    };
    video.windows = match fixed_windows {
        Some(windows) => windows,
        None => windows(&video, index, origin, (first_frames.min(segment_frames) as u32, segment_frames as u32))?,
    };
    Ok(video)
}

/// Number of frames from the start to the end of the span; `None` if there is none.
fn frame_count(info: &VideoInfo, index: &TrackIndex, span: &VideoSpan) -> Option<u64> {
    let &VideoSpan { frame_rate, origin, end } = span;
    let end = end.or_else(|| Some(index.span()?.1))?;
    let frames = ((end - origin) * frame_rate).round();
    // The last frame has its place on the grid however short its stated duration is, unless the grid is coarser than the
    // source and leaves it out.
    let last = index.packets.iter().filter(|packet| !packet.discard).map(|packet| packet.time).max()?;
    let last = (index.time_base.times(last) - origin) * frame_rate;
    let place = last.round();
    let is_near = (last - Rational::from(place)).abs() * Rational::from(2) * info.frame_rate < frame_rate;
    let is_in_span = Rational::from(place) < (end - origin) * frame_rate;
    let frames = if is_near && is_in_span { frames.max(place + 1) } else { frames };
    u64::try_from(frames).ok().filter(|frames| *frames > 0)
}

fn no_frames() -> Error {
    Error::new(ErrorKind::NothingToPlay, "the video has no duration: no frame of it would be shown")
}

/// A window of `first` frames, and the others of `length`; the last may be up to half shorter or longer.
fn windows(
    source: &SourceVideo,
    index: &TrackIndex,
    origin: Rational,
    (first, length): (u32, u32),
) -> Result<Vec<VideoWindow>> {
    let times = index.shown_times();
    let access = AccessPoints::of(index);
    // The deinterlacer needs the neighbours of a segment's first frame too.
    let preroll = if source.deinterlace.is_some() { DEINTERLACER_PREROLL } else { 0 };
    let window = |segment: u32| {
        let frame = segment.checked_sub(1).map_or(0, |after| u64::from(first) + u64::from(after) * u64::from(length));
        let begin = (frame as i64 - preroll).max(0);
        let start = Rational::from(begin) / source.frame_rate + origin;
        let shown = shown(&times, index.time_base, start, source.max_early())?;
        Some(VideoWindow { first_frame: frame, seek: access.before(shown)? })
    };
    (0..segments(source.frames, first, length))
        .map(window)
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| Error::new(ErrorKind::Corrupt, "the video has no keyframe: decoding cannot begin anywhere"))
}

/// Number of segments for `frames`, of which the first has `first`. A remainder of less than half a segment is merged
/// into the last one, so that no segment is too short for its bit rate to be meaningful.
fn segments(frames: u64, first: u32, segment_frames: u32) -> u32 {
    let (length, rest) = (u64::from(segment_frames), frames.saturating_sub(first.into()));
    let segments = 1 + rest / length + u64::from(2 * (rest % length) >= length);
    segments.min(u32::MAX.into()) as u32
}

/// The video renditions of a ladder, from the largest to the smallest. If passthrough is asked for, the first is the
/// copied one, or has the reason why it is encoded.
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
    // At extreme aspect ratios the limit on the long side gives several rungs the same size.
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
    let PresetTools { references, profile: highest, kept_tenths } = ladder.preset_tools()?;
    let profile = rung.profile.unwrap_or_default().min(highest);
    let max_rate = rung.max_rate.unwrap_or_else(|| rates::max_rate(width, height, source.frame_rate));
    let buffer_size = rung.buffer_size.unwrap_or(2 * max_rate);
    let request =
        LevelRequest { width, height, frame_rate: source.frame_rate, profile, max_rate, buffer_size, references };
    let (level, references) = level_for(&request).ok_or_else(|| {
        let message = format!(
            "no H.264 level allows {width}x{height} at {} frames per second and {max_rate} b/s: lower the rung",
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
                    buffer: SegmentBuffer::new(max_rate, buffer_size, kept_tenths, source.shortest_window()),
                },
            },
        ),
    })
}

/// A timescale of which a frame is a whole number of ticks: the rate's numerator, doubled up to [`MIN_TIMESCALE`].
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
    fn a_rounded_cap_admits_the_exact_rate() {
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
    fn the_first_frame_lies_on_the_grid() {
        let rate = Rational::from(25);
        assert_eq!(origin(Rational::ZERO, Rational::ZERO, rate), Rational::ZERO);
        // Audio that starts 3 ms earlier is cut, 21 ms earlier adds a frame.
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
    fn a_short_remainder_is_merged_into_the_last_segment() {
        let counts = [1, 47, 48, 96, 143, 144, 192].map(|frames| segments(frames, 96, 96));
        assert_eq!(counts, [1, 1, 1, 1, 1, 2, 2]);
        let counts = [1, 24, 71, 72, 120, 167, 168].map(|frames| segments(frames, 24, 96));
        assert_eq!(counts, [1, 1, 1, 2, 2, 2, 3]);
    }
}
