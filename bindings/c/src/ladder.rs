//! Ladders

use std::ffi::c_char;

use ::bytes::Bytes;
use vodkit::{Clip, CopyTop, Ladder, Rational, Rung, StoryboardOptions, Watermark, WatermarkPosition};

use crate::bytes;
use crate::call::{call, free, into_handle, invalid, make, object, put, text, values};
use crate::error::vodkit_error;
use crate::options::{options, set};
use crate::vodkit_rational;

/// How a video is encoded: which renditions, at what quality, in segments of what length. Setters check their ranges
/// and change nothing if they fail.
pub struct vodkit_ladder(pub(crate) Ladder);

options!(vodkit_ladder(Ladder), "ladder", Ladder::check);

/// Creates a ladder with the default values. The caller owns it.
#[unsafe(no_mangle)]
pub extern "C" fn vodkit_ladder_new() -> *mut vodkit_ladder {
    into_handle(vodkit_ladder(Ladder::default()))
}

/// Reads a ladder from JSON such as {"rungs": [{"short_side": 720, "max_rate": 2000000}], "preset": "fast"}. What is left
/// out has its default value. JSON can set everything, the setters only the most common.
///
/// The caller owns `*ladder`. Fails with VODKIT_ERROR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_from_json(
    json: *const c_char,
    ladder: *mut *mut vodkit_ladder,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        make(ladder, "ladder", error, || {
            let ladder: Ladder = serde_json::from_str(text(json, "json")?)
                .map_err(|cause| invalid("the JSON is not a ladder").with_cause(cause))?;
            ladder.check()?;
            Ok(into_handle(vodkit_ladder(ladder)))
        })
    }
}

/// Returns the ladder as JSON.
///
/// The caller owns `*json` and frees it with vodkit_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_to_json(
    ladder: *const vodkit_ladder,
    json: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe { make(json, "json", error, || bytes::json(&object(ladder, "ladder")?.0, "the ladder")) }
}

/// Frees a ladder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_free(ladder: *mut vodkit_ladder) {
    // SAFETY: the header's contract.
    unsafe { free(ladder) }
}

/// Sets the video renditions by their short sides in pixels: the height of a landscape video, the width of a portrait
/// one. At most 32, each even and from 64 to 4320; those above the source's own short side are left out. The list may be
/// empty only after VODKIT_COPY_TOP_ALWAYS was set. Default: 1080, 720, 480, 360, 240.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_set_rungs(
    ladder: *mut vodkit_ladder,
    short_sides: *const u32,
    count: usize,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(ladder, error, |ladder| {
            let sides = values(short_sides, count, "short_sides")?;
            ladder.rungs = sides.iter().map(|&side| Rung::new(side)).collect();
            Ok(())
        })
    }
}

/// Sets x264's preset, "ultrafast" to "veryslow". Slower presets make smaller files. Default: "veryfast".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_set_preset(
    ladder: *mut vodkit_ladder,
    preset: *const c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(ladder, error, |ladder| {
            ladder.preset = text(preset, "preset")?.to_owned();
            Ok(())
        })
    }
}

/// Sets the constant rate factor, 1 (best quality) to 51 (worst). Default: 23.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_set_crf(
    ladder: *mut vodkit_ladder,
    crf: f64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(ladder, error, |ladder| {
            ladder.crf = crf;
            Ok(())
        })
    }
}

/// Sets the bit rate of stereo audio in bits per second, 16,000 to 512,000. Other channel counts get their share.
/// Default: 128,000.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_set_audio_bit_rate(
    ladder: *mut vodkit_ladder,
    bits_per_second: u64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(ladder, error, |ladder| {
            ladder.audio_bit_rate = bits_per_second;
            Ok(())
        })
    }
}

/// Sets the maximum number of audio channels, 1 to 6. Sources with more are mixed down by ITU-R BS.775; with 4 and up,
/// stereo is made beside sound of more than three channels. Default: 2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_set_audio_channels(
    ladder: *mut vodkit_ladder,
    channels: u32,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(ladder, error, |ladder| {
            ladder.audio_channels = channels;
            Ok(())
        })
    }
}

/// Sets the integrated loudness of the audio in LUFS by EBU R 128, -40 to -5: all of it is decoded to measure it when it is
/// planned. Default: as the source has it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_set_loudness(
    ladder: *mut vodkit_ladder,
    lufs: f64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(ladder, error, |ladder| {
            ladder.loudness = Some(lufs);
            Ok(())
        })
    }
}

/// Sets the length of a segment, 1 to 30 seconds, and the distance between keyframes, 0.5 seconds to the length of a
/// segment. Segments are a whole number of keyframe distances long. Default: 4/1 and 2/1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_set_seconds(
    ladder: *mut vodkit_ladder,
    segment: vodkit_rational,
    keyframe: vodkit_rational,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(ladder, error, |ladder| {
            ladder.segment_seconds = segment.read("segment")?;
            ladder.keyframe_seconds = keyframe.read("keyframe")?;
            Ok(())
        })
    }
}

/// Sets the length of the first segment of encoded video, and of what goes with it: 0.5 seconds to the length of a segment,
/// made whole frames. A shorter one is made sooner, where somebody waits for it. Default: as long as the others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_set_first_segment(
    ladder: *mut vodkit_ladder,
    seconds: vodkit_rational,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(ladder, error, |ladder| {
            ladder.first_segment_seconds = Some(seconds.read("seconds")?);
            Ok(())
        })
    }
}

/// Sets the maximum frame rate in frames per second, 1 to 240. A faster source keeps every second or every nth frame.
/// Default: 60/1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_set_max_frame_rate(
    ladder: *mut vodkit_ladder,
    rate: vodkit_rational,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(ladder, error, |ladder| {
            ladder.max_frame_rate = rate.read("rate")?;
            Ok(())
        })
    }
}

/// When the source's own video becomes the top rendition as it is (passthrough), instead of being encoded.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vodkit_copy_top {
    /// Everything is encoded.
    VODKIT_COPY_TOP_NEVER = 0,
    /// If it has the size of the top rung, bit rates that the rung allows, and keyframes at most three segment lengths
    /// apart.
    VODKIT_COPY_TOP_AUTO = 1,
    /// Whatever its bit rates, and above all rungs if none has its size. Planning fails with VODKIT_ERROR_UNSUPPORTED if
    /// passthrough is not possible. The list of rungs may be empty.
    VODKIT_COPY_TOP_ALWAYS = 2,
}

const COPIES: [(vodkit_copy_top, CopyTop); 3] = [
    (vodkit_copy_top::VODKIT_COPY_TOP_NEVER, CopyTop::Never),
    (vodkit_copy_top::VODKIT_COPY_TOP_AUTO, CopyTop::Auto),
    (vodkit_copy_top::VODKIT_COPY_TOP_ALWAYS, CopyTop::Always),
];

/// Sets when the source's own video becomes the top rendition, and its own AAC the audio: a vodkit_copy_top. The video
/// must be H.264 as players know it (8 bits, 4:2:0), upright, progressive and evenly spaced; all renditions are then cut
/// at its keyframes. vodkit_plan_rendition_encoded_because says why something was not passed through.
/// Default: VODKIT_COPY_TOP_NEVER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_set_copy_top(
    ladder: *mut vodkit_ladder,
    copy_top: i32,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(ladder, error, |ladder| {
            let known = COPIES.iter().find(|(number, _)| *number as i32 == copy_top);
            ladder.copy_top = known.ok_or_else(|| invalid(format!("{copy_top} is not a vodkit_copy_top")))?.1;
            Ok(())
        })
    }
}

/// Adds a storyboard to videos: sheets of small pictures that players show over their seek bar, as the rendition
/// "storyboard". `interval` is the time between pictures in seconds, 1 to 60 with at most three decimals; a sheet has
/// `columns` times `rows` pictures, 1 to 10 each; `width` of a picture is even and 16 to 320 pixels. Of each, 0 (for
/// `interval`, 0/1) selects the default: 10/1, 4, 4 and 160. Default: no storyboard.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_set_storyboard(
    ladder: *mut vodkit_ladder,
    interval: vodkit_rational,
    columns: u32,
    rows: u32,
    width: u32,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(ladder, error, |ladder| {
            let mut options = StoryboardOptions::default();
            let interval = interval.read("interval")?;
            if interval != Rational::ZERO {
                options.interval = interval;
            }
            let given = [(&mut options.columns, columns), (&mut options.rows, rows), (&mut options.width, width)];
            given.into_iter().filter(|(_, value)| *value > 0).for_each(|(place, value)| *place = value);
            ladder.storyboard = Some(options);
            Ok(())
        })
    }
}

/// Sets whether text of the source, such as subtitles, becomes renditions in WebVTT. Default: true.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_set_text(
    ladder: *mut vodkit_ladder,
    text: bool,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(ladder, error, |ladder| {
            ladder.text = text;
            Ok(())
        })
    }
}

/// Sets which part of the source is used, in seconds from its start. The output begins at 0. `start` is 0 or more and
/// before the end of the video; `end` is greater than `start`, or 0/1 for the end of the video. Clips are always encoded.
/// Default: all of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_set_clip(
    ladder: *mut vodkit_ladder,
    start: vodkit_rational,
    end: vodkit_rational,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(ladder, error, |ladder| {
            let end = Some(end.read("end")?).filter(|end| *end != Rational::ZERO);
            ladder.clip = Some(Clip::new(start.read("start")?, end));
            Ok(())
        })
    }
}

/// Where a watermark is.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vodkit_watermark_position {
    /// Top left.
    VODKIT_WATERMARK_POSITION_UPPER_LEFT = 0,
    /// Top right.
    VODKIT_WATERMARK_POSITION_UPPER_RIGHT = 1,
    /// Bottom left.
    VODKIT_WATERMARK_POSITION_LOWER_LEFT = 2,
    /// Bottom right.
    VODKIT_WATERMARK_POSITION_LOWER_RIGHT = 3,
    /// Centred, whatever the padding.
    VODKIT_WATERMARK_POSITION_CENTER = 4,
}

const POSITIONS: [(vodkit_watermark_position, WatermarkPosition); 5] = [
    (vodkit_watermark_position::VODKIT_WATERMARK_POSITION_UPPER_LEFT, WatermarkPosition::UpperLeft),
    (vodkit_watermark_position::VODKIT_WATERMARK_POSITION_UPPER_RIGHT, WatermarkPosition::UpperRight),
    (vodkit_watermark_position::VODKIT_WATERMARK_POSITION_LOWER_LEFT, WatermarkPosition::LowerLeft),
    (vodkit_watermark_position::VODKIT_WATERMARK_POSITION_LOWER_RIGHT, WatermarkPosition::LowerRight),
    (vodkit_watermark_position::VODKIT_WATERMARK_POSITION_CENTER, WatermarkPosition::Center),
];

/// Puts a picture, such as a logo, over the whole video, which is then encoded. `image` is a PNG, JPEG or WebP of at
/// most 256 KiB and 2048 pixels a side; it is copied. `position` is a vodkit_watermark_position. `opacity` is 0
/// (invisible) to 1 (as the picture itself is). `padding` is the distance from the edges as a fraction of the video's
/// short side, 0 to 1. `scale` is the fraction of the video's width or height that the picture fills, whichever it
/// reaches first, 0 to 1; 0 keeps its own size in pixels of the source. Usual values are
/// VODKIT_WATERMARK_POSITION_UPPER_RIGHT, 1, 0.05 and 0.15. Default: no watermark.
///
/// Whether the picture can be read is checked by vodkit_ladder_watermark_size and by planning.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_set_watermark(
    ladder: *mut vodkit_ladder,
    image: *const u8,
    size: usize,
    position: i32,
    opacity: f64,
    padding: f64,
    scale: f64,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(ladder, error, |ladder| {
            let known = POSITIONS.iter().find(|(number, _)| *number as i32 == position);
            let position = known.ok_or_else(|| invalid(format!("{position} is not a vodkit_watermark_position")))?.1;
            let image = Bytes::copy_from_slice(values(image, size, "image")?);
            ladder.watermark =
                Some(Watermark::new(image).position(position).opacity(opacity).padding(padding).scale(scale));
            Ok(())
        })
    }
}

/// Returns width and height of the watermark's own picture in pixels, both 0 if there is no watermark.
///
/// Fails with VODKIT_ERROR_INVALID_ARGUMENT if the picture is too large or cannot be read, as planning would.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_watermark_size(
    ladder: *const vodkit_ladder,
    width: *mut u32,
    height: *mut u32,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let watermark = object(ladder, "ladder")?.0.watermark.as_ref();
            let size = watermark.map(Watermark::size).transpose()?.unwrap_or_default();
            put(width, "width", size.0)?;
            put(height, "height", size.1)
        })
    }
}
