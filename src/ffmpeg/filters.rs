//! Descriptions of the filter chains for the encoder, thumbnails, tiles and deinterlacing.

use crate::media::SourceFormat;

/// Stands for what [`FilterChain`](super::filter::FilterChain) finds in the frames: what has to come before the scaler, and
/// where their chroma samples lie.
pub(super) const BEFORE: &str = "{before}";
pub(super) const SITING: &str = "{siting}";
/// Stands for the format of red, green and blue that frames are converted to: from planes of luma and colour differences FFmpeg
/// makes planes five times as fast as pixels.
pub(super) const RGB: &str = "{rgb}";

/// To pixels on black, where they are transparent.
pub(super) const ON_BLACK: &str = "scale=flags=bicubic+accurate_rnd+full_chroma_int+bitexact{siting},\
    format=yuva444p|yuva444p10le|yuva444p12le|yuva444p16le|gbrap|gbrap10le|gbrap12le|gbrap16le,premultiply=inplace=1,";
/// To as many chroma samples as there are pixels.
pub(super) const TO_FULL_CHROMA: &str = "scale=flags=bicubic+accurate_rnd+full_chroma_int+bitexact{siting},\
    format=yuv444p|yuv444p10le|yuv444p12le|yuv444p16le,";
/// Begins what says where chroma samples are to lie.
pub(super) const CHROMA_OUT: &str = ":out_h_chr_pos=";

pub(super) fn chroma_out(h: u32, v: u32) -> String {
    format!("{CHROMA_OUT}{h}:out_v_chr_pos={v}:")
}

/// Bicubic scaling with the same result on every processor.
pub(super) const BICUBIC: &str = "flags=bicubic+accurate_rnd+full_chroma_int+bitexact";
/// Scaling far down: each pixel is the mean of those it covers.
const AREA: &str = "flags=area+accurate_rnd+full_chroma_int+bitexact";

/// To a frame of `width` by `height` for the encoder: upright, 8 bits, 4:2:0, limited range. Where it is to be tone mapped,
/// 10 bits, 4:4:4, limited range, by BT.2020's matrix.
pub(crate) fn to_encoder(source: SourceFormat<'_>, width: u32, height: u32) -> String {
    if source.tone_map {
        return for_tone_map(source, width, height, BICUBIC);
    }
    let (scale, (h, v)) = (scale(source, width, height, BICUBIC), chroma_position(source));
    let matrix = matrix(source.matrix);
    let convert = format!("{scale}{}out_color_matrix={matrix}:out_range=tv", chroma_out(h, v));
    convert + ",format=yuv420p" + &rotate(source)
}

/// To a picture of `width` by `height` for display: upright, RGB, 8 bits; where it is to be tone mapped, as
/// [`to_encoder`].
pub(crate) fn to_rgb(source: SourceFormat<'_>, width: u32, height: u32) -> String {
    to_rgb_with(source, width, height, BICUBIC)
}

/// As [`to_rgb`], for a tile of a storyboard.
pub(crate) fn to_tile(source: SourceFormat<'_>, width: u32, height: u32) -> String {
    to_rgb_with(source, width, height, AREA)
}

fn to_rgb_with(source: SourceFormat<'_>, width: u32, height: u32, scaler: &str) -> String {
    if source.tone_map {
        return for_tone_map(source, width, height, scaler);
    }
    scale(source, width, height, scaler) + ",format=" + RGB + &rotate(source)
}

fn for_tone_map(source: SourceFormat<'_>, width: u32, height: u32, scaler: &str) -> String {
    let scale = scale(source, width, height, scaler);
    format!("{scale}:out_color_matrix=bt2020:out_range=tv,format=yuv444p10le{}", rotate(source))
}

/// Where chroma samples lie before the rotation, in 256ths of a luma sample to the right and down, so that after it they
/// lie where H.264 has them by default: at the left one of two luma samples, between two lines.
fn chroma_position(source: SourceFormat<'_>) -> (u32, u32) {
    match (source.rotation, source.mirrored) {
        (90, _) => (128, 256),
        (270, _) => (128, 0),
        (0, true) | (180, false) => (256, 128),
        _ => (0, 128),
    }
}

/// Scales before the rotation, which then has fewer pixels to move.
fn scale(source: SourceFormat<'_>, width: u32, height: u32, scaler: &str) -> String {
    let (width, height) = if source.rotation % 180 == 90 { (height, width) } else { (width, height) };
    format!("{BEFORE}scale={width}:{height}:{scaler}{SITING}")
}

fn rotate(source: SourceFormat<'_>) -> String {
    let mirror = if source.mirrored { ",hflip" } else { "" };
    let rotation = match source.rotation {
        90 => ",transpose=clock",
        180 => ",hflip,vflip",
        270 => ",transpose=cclock",
        _ => "",
    };
    format!("{mirror}{rotation}")
}

/// The scale filter's name for a matrix.
fn matrix(name: &str) -> &str {
    match name {
        "bt470bg" | "smpte170m" => "bt601",
        "bt2020nc" | "bt2020c" => "bt2020",
        "fcc" | "smpte240m" => name,
        _ => "bt709",
    }
}

/// To a size, in the format that it has.
pub(crate) fn to_size(width: u32, height: u32) -> String {
    format!("scale={width}:{height}:{BICUBIC}")
}

/// Deinterlaces to one frame per frame, by the field order of each; frames that are not marked as interlaced pass unchanged.
pub(crate) const DEINTERLACE: &str = "bwdif=mode=send_frame:parity=auto:deint=interlaced";
