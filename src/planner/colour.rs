//! The colour description of a plan: what the source states, and what players assume where it does not.

use crate::media::{Colour, PictureColour};

/// Primaries, transfer characteristics and matrix that belong together, by FFmpeg's names for the values of ITU-T H.273.
struct System {
    primaries: &'static str,
    transfer: &'static str,
    matrix: &'static str,
}

const BT709: System = System { primaries: "bt709", transfer: "bt709", matrix: "bt709" };
/// ITU-R BT.601 with 525 lines.
const BT601_525: System = System { primaries: "smpte170m", transfer: "smpte170m", matrix: "smpte170m" };
/// ITU-R BT.601 with 625 lines.
const BT601_625: System = System { primaries: "bt470bg", transfer: "smpte170m", matrix: "bt470bg" };
const BT2020: System = System { primaries: "bt2020", transfer: "bt2020-10", matrix: "bt2020nc" };

/// The colour description, completed with the system that the stated part belongs to. Where nothing is stated it is
/// BT.709 for RGB, as sRGB has its primaries (IEC 61966-2-1); for the rest BT.601 for standard definition and BT.709
/// from 720 lines on, as players assume. Limited range.
pub(super) fn colour(stated: &Colour, short_side: u32, pixel_format: &str) -> PictureColour {
    let is_rgb = stated.matrix.as_deref() == Some("gbr") || is_rgb(pixel_format);
    // RGB has no matrix; it is converted with that of its system. Luma and colour differences with fewer samples than
    // luma are of no other matrix than these, whatever their tag says.
    let unusable = |matrix: &str| is_rgb || matrix == "gbr" || is_subsampled(pixel_format) && !is_usual(matrix);
    let matrix = stated.matrix.as_deref().filter(|matrix| !unusable(matrix));
    let primaries = stated.primaries.as_deref();
    let system = match matrix.or(primaries) {
        Some("bt709") => BT709,
        Some("smpte170m") => BT601_525,
        Some("bt470bg") => BT601_625,
        Some("bt2020" | "bt2020nc" | "bt2020c") => BT2020,
        _ if is_rgb || short_side >= 720 => BT709,
        _ => BT601_525,
    };
    PictureColour {
        primaries: primaries.unwrap_or(system.primaries).to_owned(),
        transfer: stated.transfer.as_deref().unwrap_or(system.transfer).to_owned(),
        matrix: matrix.unwrap_or(system.matrix).to_owned(),
        full_range: stated.range.as_deref() == Some("pc") || pixel_format.starts_with("yuvj"),
    }
}

/// Whether a pixel format, by FFmpeg's name, has red, green and blue: directly, in planes, or by a palette.
fn is_rgb(pixel_format: &str) -> bool {
    ["rgb", "bgr", "gbr"].iter().any(|order| pixel_format.contains(order)) || pixel_format == "pal8"
}

fn is_subsampled(pixel_format: &str) -> bool {
    ["420", "422", "411", "410", "440"].iter().any(|format| pixel_format.contains(format))
}

/// Whether video with subsampled chroma is really made with this matrix, and FFmpeg's scaler knows it.
fn is_usual(matrix: &str) -> bool {
    matches!(matrix, "bt709" | "fcc" | "bt470bg" | "smpte170m" | "smpte240m" | "bt2020nc" | "bt2020c")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tags: [&str; 3], short_side: u32, pixel_format: &str) -> [String; 3] {
        let [primaries, transfer, matrix] = tags.map(|tag| (!tag.is_empty()).then(|| tag.to_owned()));
        let found = colour(&Colour { primaries, transfer, matrix, ..Colour::default() }, short_side, pixel_format);
        [found.primaries, found.transfer, found.matrix]
    }

    #[test]
    fn what_is_not_stated_follows_from_what_is() {
        for (tags, expected) in [
            (["", "", ""], ["smpte170m"; 3]),
            (["", "", "bt709"], ["bt709"; 3]),
            (["bt709", "", ""], ["bt709"; 3]),
            (["", "", "bt470bg"], ["bt470bg", "smpte170m", "bt470bg"]),
            (["", "", "bt2020nc"], ["bt2020", "bt2020-10", "bt2020nc"]),
            (["bt2020", "smpte2084", ""], ["bt2020", "smpte2084", "bt2020nc"]),
            (["bt709", "bt709", "smpte170m"], ["bt709", "bt709", "smpte170m"]),
        ] {
            assert_eq!(of(tags, 480, "yuv420p"), expected, "{tags:?}");
        }
        assert_eq!(of(["", "", ""], 720, "yuv420p"), ["bt709"; 3]);
    }

    #[test]
    fn rgb_of_any_size_is_that_of_srgb() {
        for format in ["rgb24", "bgra", "gbrp10le", "pal8", "0rgb", "argb"] {
            assert_eq!(of(["", "", ""], 240, format), ["bt709"; 3], "{format}");
        }
        assert_eq!(of(["", "", "gbr"], 240, "gbrp"), ["bt709"; 3]);
    }

    #[test]
    fn a_matrix_that_subsampled_video_cannot_have_is_not_taken_for_true() {
        assert_eq!(of(["", "", "ycgco"], 240, "yuv420p"), ["smpte170m"; 3]);
        assert_eq!(of(["", "", "ictcp"], 1080, "yuv422p10le"), ["bt709"; 3]);
        assert_eq!(of(["", "", "ycgco"], 240, "yuv444p")[2], "ycgco");
    }
}
