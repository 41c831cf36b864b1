//! Descriptions of the filter chains for the encoder, thumbnails, tiles and deinterlacing.

use crate::media::{FieldParity, SourceFormat};

/// Bicubic scaling with the same result on every processor.
const BICUBIC: &str = "flags=bicubic+accurate_rnd+full_chroma_int+bitexact";
/// Scaling far down: each pixel is the mean of those it covers.
const AREA: &str = "flags=area+accurate_rnd+full_chroma_int+bitexact";

/// To a frame of `width` by `height` for the encoder: upright, 8 bits, 4:2:0, limited range.
pub(crate) fn to_encoder(source: SourceFormat<'_>, width: u32, height: u32) -> String {
    let scale = scale(source, width, height, BICUBIC);
    let convert = if source.tone_map {
        format!("{scale}:out_range=tv,format=yuv420p10le,{TONE_MAP}")
    } else {
        format!("{scale}:out_color_matrix={}:out_range=tv,format=yuv420p", matrix(source.matrix))
    };
    convert + &rotate(source)
}

/// To a picture of `width` by `height` for display: upright, RGB, 8 bits.
pub(crate) fn to_rgb(source: SourceFormat<'_>, width: u32, height: u32) -> String {
    to_rgb_with(source, width, height, BICUBIC)
}

/// As [`to_rgb`], for a tile of a storyboard.
pub(crate) fn to_tile(source: SourceFormat<'_>, width: u32, height: u32) -> String {
    to_rgb_with(source, width, height, AREA)
}

fn to_rgb_with(source: SourceFormat<'_>, width: u32, height: u32, scaler: &str) -> String {
    let scale = scale(source, width, height, scaler);
    let convert = if source.tone_map {
        format!("{scale}:out_range=tv,format=yuv420p10le,{TONE_MAP},scale={BICUBIC},format=rgb24")
    } else {
        format!("{scale},format=rgb24")
    };
    convert + &rotate(source)
}

/// High dynamic range to BT.709: to linear light, where 1.0 is the 100 cd/m² of SDR's peak white (ITU-R BT.2035), then
/// Hable's tone curve, then BT.709's transfer characteristics.
const TONE_MAP: &str = "zscale=transfer=linear:npl=100,format=gbrpf32le,zscale=primaries=bt709,\
    tonemap=tonemap=hable:desat=0,zscale=transfer=bt709:matrix=bt709:range=limited,format=yuv420p";

/// Scales before the rotation, which then has fewer pixels to move.
fn scale(source: SourceFormat<'_>, width: u32, height: u32, scaler: &str) -> String {
    let (width, height) = if source.rotation % 180 == 90 { (height, width) } else { (width, height) };
    format!("scale={width}:{height}:{scaler}")
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

/// Deinterlaces to one frame per frame; frames that the decoder marks as progressive pass unchanged.
pub(crate) fn deinterlace(first: FieldParity) -> String {
    let parity = match first {
        FieldParity::Top => "tff",
        FieldParity::Bottom => "bff",
    };
    format!("bwdif=mode=send_frame:parity={parity}:deint=interlaced")
}
