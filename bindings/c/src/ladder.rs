//! Ladders

use std::ffi::c_char;

use ::bytes::Bytes;

use super::bytes;
use super::call::{call, free, into_handle, invalid, object, object_mut, put, result, text, values};
use super::error::vodkit_error;
use super::vodkit_rational;
use vodkit::{Clip, CopyTop, Ladder, Rational, Result, Rung, StoryboardOptions, Watermark, WatermarkPosition};

/// How a video is to be encoded: which renditions, how good, how long the segments. Functions that take a
/// ladder take NULL for the default one. Setters check their ranges and change nothing where they fail.
pub struct vodkit_ladder(pub(crate) Ladder);

/// The default ladder, for changing. The caller owns it.
#[unsafe(no_mangle)]
pub extern "C" fn vodkit_ladder_new() -> *mut vodkit_ladder {
    into_handle(vodkit_ladder(Ladder::default()))
}

/// A ladder from JSON such as {"rungs": [{"short_side": 720, "max_rate": 2000000}], "preset": "fast"}; what
/// is left out is as in the default ladder. This sets all that there is to set.
///
/// The caller owns `*ladder`. Fails with VODKIT_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_from_json(
    json: *const c_char,
    ladder: *mut *mut vodkit_ladder,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(ladder, "ladder")?;
            let ladder: Ladder = serde_json::from_str(text(json, "json")?)
                .map_err(|cause| invalid("the JSON is not a ladder").with_cause(cause))?;
            ladder.check()?;
            *place = into_handle(vodkit_ladder(ladder));
            Ok(())
        })
    }
}

/// The ladder as JSON.
///
/// The caller owns `*json` and frees it with vodkit_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_to_json(
    ladder: *const vodkit_ladder,
    json: *mut *mut c_char,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let place = result(json, "json")?;
            *place = bytes::json(&object(ladder, "ladder")?.0, "the ladder")?;
            Ok(())
        })
    }
}

/// Frees a ladder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_free(ladder: *mut vodkit_ladder) {
    // SAFETY: the header's contract.
    unsafe { free(ladder) }
}

/// # Safety
/// As the setters below.
unsafe fn set(
    ladder: *mut vodkit_ladder,
    error: *mut *mut vodkit_error,
    change: impl FnOnce(&mut Ladder) -> Result<()>,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let ladder = object_mut(ladder, "ladder")?;
            let mut changed = ladder.0.clone();
            change(&mut changed)?;
            changed.check()?;
            ladder.0 = changed;
            Ok(())
        })
    }
}

/// The renditions by their short sides in pixels, even, 64 to 4320: the height of a wide video, the width of
/// a tall one; 32 at most. Those above the video's own are left out. None at all where the top is always copied:
/// set that first. Default: 1080, 720, 480, 360, 240.
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
            // One more than are allowed is enough to be refused.
            ladder.rungs = sides.iter().take(MAX_RUNGS + 1).map(|&side| Rung::new(side)).collect();
            Ok(())
        })
    }
}

/// x264's preset, "ultrafast" to "veryslow": slower ones give smaller files. Default: "veryfast".
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

/// Constant rate factor, 1 (best) to 51 (worst). Default: 23.
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

/// Bits per second of stereo sound, 16,000 to 512,000; other channel counts get their share.
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

/// At most so many channels, 1 to 6; sources with more are mixed down. Default: 2.
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

/// Seconds of a segment, 1 to 30, and from one keyframe to the next, 0.5 to those of a segment. Segments
/// become a whole number of keyframe distances. Default: 4/1 and 2/1.
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

/// At most so many frames per second, 1 to 240: a faster source keeps every second or every nth frame.
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

/// When the video itself becomes the top rendition as it is, instead of being encoded.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vodkit_copy {
    /// Everything is encoded.
    VODKIT_COPY_NEVER = 0,
    /// Where it has the size of the top rung, bit rates that the rung allows, and keyframes no farther apart than
    /// three times a segment's length.
    VODKIT_COPY_AUTO = 1,
    /// Whatever bit rates it has, above all rungs where none has its size; planning fails with VODKIT_UNSUPPORTED
    /// where that is not possible. The list of rungs may then be empty.
    VODKIT_COPY_ALWAYS = 2,
}

/// Rungs of a ladder at most.
const MAX_RUNGS: usize = 32;

const COPIES: [(vodkit_copy, CopyTop); 3] = [
    (vodkit_copy::VODKIT_COPY_NEVER, CopyTop::Never),
    (vodkit_copy::VODKIT_COPY_AUTO, CopyTop::Auto),
    (vodkit_copy::VODKIT_COPY_ALWAYS, CopyTop::Always),
];

/// When the video itself becomes the top rendition as it is, and its own AAC the sound: a value of vodkit_copy. It
/// has to be H.264 as players know it (8 bits, 4:2:0), upright, progressive and evenly spaced; segments of all
/// renditions are then cut at its keyframes. What is not copied says why: vodkit_plan_rendition_encoded_because.
/// Default: VODKIT_COPY_NEVER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_ladder_set_copy_top(
    ladder: *mut vodkit_ladder,
    copy: i32,
    error: *mut *mut vodkit_error,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        set(ladder, error, |ladder| {
            let known = COPIES.iter().find(|(number, _)| *number as i32 == copy);
            ladder.copy_top = known.ok_or_else(|| invalid(format!("{copy} is not a vodkit_copy")))?.1;
            Ok(())
        })
    }
}

/// A storyboard, for videos that have pictures: sheets of small pictures for players to show over their seek
/// bar, as the track "storyboard". `interval`: seconds from one picture to the next, 1 to 60, with three decimals
/// at most; `columns` and `rows` of a sheet: 1 to 10 pictures each; `width` of a picture in pixels: even, 16 to
/// 320. Of each 0 (0/1 for `interval`) stands for the default: 10/1, 4, 4 and 160. Default ladders have none.
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
            let usual = StoryboardOptions::default();
            let or = |given: u32, usual| if given == 0 { usual } else { given };
            let interval = Some(interval.read("interval")?).filter(|interval| *interval != Rational::ZERO);
            let (columns, rows, width) = (or(columns, usual.columns), or(rows, usual.rows), or(width, usual.width));
            let interval = interval.unwrap_or(usual.interval);
            ladder.storyboard = Some(usual.interval(interval).columns(columns).rows(rows).width(width));
            Ok(())
        })
    }
}

/// The part of the video that is made, in seconds from its start: what comes of it begins at 0. `start`: 0 or more and
/// within the video; `end`: above `start`, or 0/1 for the video's end. Clips are always encoded. Default: all of it.
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
    /// On the left, at the top.
    VODKIT_WATERMARK_UPPER_LEFT = 0,
    /// On the right, at the top.
    VODKIT_WATERMARK_UPPER_RIGHT = 1,
    /// On the left, at the bottom.
    VODKIT_WATERMARK_LOWER_LEFT = 2,
    /// On the right, at the bottom.
    VODKIT_WATERMARK_LOWER_RIGHT = 3,
    /// In the middle, whatever the padding.
    VODKIT_WATERMARK_CENTER = 4,
}

const POSITIONS: [(vodkit_watermark_position, WatermarkPosition); 5] = [
    (vodkit_watermark_position::VODKIT_WATERMARK_UPPER_LEFT, WatermarkPosition::UpperLeft),
    (vodkit_watermark_position::VODKIT_WATERMARK_UPPER_RIGHT, WatermarkPosition::UpperRight),
    (vodkit_watermark_position::VODKIT_WATERMARK_LOWER_LEFT, WatermarkPosition::LowerLeft),
    (vodkit_watermark_position::VODKIT_WATERMARK_LOWER_RIGHT, WatermarkPosition::LowerRight),
    (vodkit_watermark_position::VODKIT_WATERMARK_CENTER, WatermarkPosition::Center),
];

/// A picture over all pictures, which are then encoded: a logo. `image`: PNG, JPEG or WebP, of 256 KiB and 2048 pixels
/// a side at most, copied; `position`: a value of vodkit_watermark_position; `opacity`: 0 (not to be seen) to 1 (as the picture
/// itself is); `padding`: its distance from the edges, as a part of the video's short side, 0 to 1; `scale`: the part
/// of the video's width, or height, that it fills, whichever it reaches first, 0 to 1, or 0 for its own size in pixels
/// of the source. Usual are VODKIT_WATERMARK_UPPER_RIGHT, 1, 0.05 and 0.15. That it can be read is found out by planning, which
/// fails with VODKIT_INVALID_ARGUMENT otherwise. Default: none.
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
            let watermark = Watermark::new(image).position(position).opacity(opacity);
            ladder.watermark = Some(watermark.padding(padding).scale(scale));
            Ok(())
        })
    }
}

/// Width and height in pixels of the ladder's watermark, as its picture has them; both 0 where there is none.
///
/// Fails with VODKIT_INVALID_ARGUMENT where a number of it is out of its range or its picture cannot be read, as planning
/// would.
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

/// The ladder behind a handle, or the default one for NULL.
///
/// # Safety
/// `ladder` is null or a live handle.
pub(crate) unsafe fn or_default(ladder: *const vodkit_ladder) -> Ladder {
    // SAFETY: by this function's contract.
    unsafe { ladder.as_ref() }.map_or_else(Ladder::default, |ladder| ladder.0.clone())
}
