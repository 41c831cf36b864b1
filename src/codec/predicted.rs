//! Whether a picture refers to others, by its own header: containers call some keyframes that are none.

use super::sei::{between_start_codes, with_lengths};

/// Bytes of a picture in which its header is looked for.
const HEAD: usize = 4096;

/// Codes behind 0, 0, 1 that pictures begin with: vop_start_code (ISO/IEC 14496-2 6.2.1), picture_start_code (13818-2 6.2.1), and
/// groups of them.
const VOP: u8 = 0xb6;
const PICTURE: u8 = 0;
const GROUP: u8 = 0xb8;

/// Whether decoding cannot begin with this picture, as it refers to others. `false` where the codec, by FFmpeg's name for
/// it, or the picture does not say. Of H.264 [`Configuration::recovery`](super::Configuration::recovery) tells it.
pub(crate) fn is_predicted(codec: &str, extradata: &[u8], picture: &[u8]) -> bool {
    let head = picture.get(..HEAD).unwrap_or(picture);
    let refers = match codec {
        "h263" => h263(head),
        "hevc" => hevc(extradata, head),
        // vop_coding_type (ISO/IEC 14496-2 6.3.5), and picture_coding_type (13818-2 6.3.9).
        "mpeg4" => begun(head, VOP).and_then(|vop| Some(vop.first()? >> 6 != 0)),
        "mpeg1video" | "mpeg2video" => {
            begun(head, PICTURE).and_then(|picture| Some(matches!(picture.get(1)? >> 3 & 7, 2 | 3)))
        }
        // The frame tag (RFC 6386 9.1).
        "vp8" => head.first().map(|tag| tag & 1 == 1),
        _ => None,
    };
    refers.unwrap_or(false)
}

/// Whether the pictures that are shown before a keyframe need none of what comes before it, in codecs whose keyframe says it
/// (closed_gop, ISO/IEC 13818-2 6.3.8).
pub(crate) fn begins_closed_group(codec: &str, keyframe: &[u8]) -> bool {
    let head = keyframe.get(..HEAD).unwrap_or(keyframe);
    let group = || begun(head, GROUP).and_then(|group| Some(group.get(3)? & 0x40 != 0));
    matches!(codec, "mpeg1video" | "mpeg2video") && group().unwrap_or(false)
}

/// Whether a picture that is shown before its keyframe needs what comes before that: of H.264 each may, HEVC says it of each
/// (RASL), MPEG-1 and -2 of the group.
pub(crate) fn needs_group_before(codec: &str, extradata: &[u8], is_closed: bool, picture: &[u8]) -> bool {
    const SKIPPED: std::ops::RangeInclusive<u8> = 8..=9;
    let head = picture.get(..HEAD).unwrap_or(picture);
    match codec {
        "h264" => true,
        "hevc" => slice_type(extradata, head).is_some_and(|kind| SKIPPED.contains(&kind)),
        "mpeg1video" | "mpeg2video" => !is_closed,
        _ => false,
    }
}

/// Whether a keyframe says that no picture behind it refers to one before it, in codecs whose decoders make up pictures that are missing.
/// `true` for others.
pub(crate) fn begins_anew(codec: &str, extradata: &[u8], keyframe: &[u8]) -> bool {
    const IDR: std::ops::RangeInclusive<u8> = 19..=20;
    let head = keyframe.get(..HEAD).unwrap_or(keyframe);
    match codec {
        "h264" => has_idr_slice(extradata, head).unwrap_or(false),
        "hevc" => slice_type(extradata, head).is_some_and(|kind| IDR.contains(&kind)),
        "vvc" => false,
        _ => true,
    }
}

/// Whether the first slice in H.264 is one of an IDR picture (ITU-T H.264 table 7-1).
fn has_idr_slice(extradata: &[u8], head: &[u8]) -> Option<bool> {
    let units = match extradata {
        [1, ..] => with_lengths(head, usize::from(extradata.get(4)? & 3) + 1),
        _ => between_start_codes(head),
    };
    let mut types = units.iter().filter_map(|unit| Some(unit.first()? & 0x1f));
    types.find(|kind| (1..=5).contains(kind)).map(|kind| kind == 5)
}

/// What follows the first start code of this kind.
fn begun(head: &[u8], code: u8) -> Option<&[u8]> {
    let place = head.windows(4).position(|bytes| *bytes == [0, 0, 1, code])?;
    head.get(place + 4..)
}

/// PTYPE, or the picture type in PLUSPTYPE (ITU-T H.263 5.1.3 and 5.1.4).
fn h263(head: &[u8]) -> Option<bool> {
    let bits = u64::from_be_bytes(head.get(..8)?.try_into().ok()?);
    let field = |first: u32, count: u32| bits << first >> (64 - count);
    if field(0, 22) != 0x20 {
        return None;
    }
    Some(match (field(35, 3), field(38, 3)) {
        (7, 1) => field(59, 3) != 0,
        (7, _) => field(41, 3) != 0,
        _ => field(38, 1) == 1,
    })
}

/// Pictures that decoding can begin with have types from 16 to 23 (ITU-T H.265 table 7-1).
fn hevc(extradata: &[u8], head: &[u8]) -> Option<bool> {
    slice_type(extradata, head).map(|kind| kind < 16)
}

/// The first slice's nal_unit_type in HEVC.
fn slice_type(extradata: &[u8], head: &[u8]) -> Option<u8> {
    let units = match extradata {
        [1, ..] => with_lengths(head, usize::from(extradata.get(21)? & 3) + 1),
        _ => between_start_codes(head),
    };
    let mut types = units.iter().filter_map(|unit| Some(unit.first()? >> 1 & 0x3f));
    types.find(|kind| *kind < 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_what_refers_to_others() {
        let cases: [(&str, &[u8], &[u8]); 7] = [
            ("h263", &[0, 0, 0x80, 2, 0x08, 0, 0, 0], &[0, 0, 0x80, 2, 0x0a, 0, 0, 0]),
            ("h263", &[0, 0, 0x80, 2, 0x1c, 0x80, 0, 0], &[0, 0, 0x80, 2, 0x1c, 0x80, 0, 0x04]),
            ("h263", &[0, 0, 0x80, 2, 0x1c, 0, 0, 0], &[0, 0, 0x80, 2, 0x1c, 0x10, 0, 0]),
            ("mpeg4", &[0, 0, 1, 0xb0, 1, 0, 0, 1, 0xb6, 0x10], &[0, 0, 1, 0xb6, 0x50]),
            ("mpeg2video", &[0, 0, 1, 0xb3, 0, 0, 1, 0, 0, 0x0f], &[0, 0, 1, 0, 0, 0x57]),
            ("vp8", &[0x50, 1, 0], &[0x51, 1, 0]),
            ("hevc", &[0, 0, 1, 35 << 1, 1, 0x50, 0, 0, 1, 19 << 1, 1], &[0, 0, 1, 1 << 1, 1, 0xd0]),
        ];
        for (codec, whole, predicted) in cases {
            assert!(!is_predicted(codec, &[], whole) && is_predicted(codec, &[], predicted), "{codec}");
            assert!(!is_predicted(codec, &[], &[]) && !is_predicted("av1", &[], predicted), "{codec}");
        }
        for (kind, needs) in [(8, true), (9, true), (6, false), (7, false), (1, false)] {
            assert_eq!(needs_group_before("hevc", &[], false, &[0, 0, 1, kind << 1, 1]), needs, "{kind}");
        }
        for (flags, is_closed) in [(0x40, true), (0, false)] {
            assert_eq!(begins_closed_group("mpeg2video", &[0, 0, 1, 0xb8, 0, 8, 0, flags]), is_closed);
            assert_eq!(needs_group_before("mpeg2video", &[], is_closed, &[]), !is_closed);
        }
        let record = [&[1][..], &[0; 20], &[3, 0]].concat();
        assert!(
            is_predicted("hevc", &record, &[0, 0, 0, 2, 2, 1]) && !is_predicted("hevc", &record, &[0, 0, 0, 2, 42, 1])
        );
    }
}
