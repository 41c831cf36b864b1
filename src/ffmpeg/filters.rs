//! The filters from a decoded picture to one that is encoded or looked at.

use crate::media::{FieldParity, SourceFormat};

/// Scaling that gives the same numbers on every processor.
const SCALER: &str = "flags=bicubic+accurate_rnd+full_chroma_int+bitexact";
/// The same for pictures that become much smaller: each pixel is the mean of those that it covers.
const SHRINKER: &str = "flags=area+accurate_rnd+full_chroma_int+bitexact";

/// To a picture of `width` by `height` for the encoder: upright, 8 bits, 4:2:0, limited range.
pub(crate) fn to_encoder(source: SourceFormat<'_>, width: u32, height: u32) -> String {
    let scaled = scaled(source, width, height, SCALER);
    let converted = if source.tone_map {
        format!("{scaled}:out_range=tv,format=yuv420p10le,{TONE_MAP}")
    } else {
        format!("{scaled}:out_color_matrix={}:out_range=tv,format=yuv420p", matrix(source.matrix))
    };
    converted + &turned(source)
}

/// To a picture of `width` by `height` for people: upright, in RGB with 8 bits.
pub(crate) fn to_rgb(source: SourceFormat<'_>, width: u32, height: u32) -> String {
    to_rgb_by(source, width, height, SCALER)
}

/// As [`to_rgb`], for a tile of a storyboard.
pub(crate) fn to_tile(source: SourceFormat<'_>, width: u32, height: u32) -> String {
    to_rgb_by(source, width, height, SHRINKER)
}

fn to_rgb_by(source: SourceFormat<'_>, width: u32, height: u32, scaler: &str) -> String {
    let scaled = scaled(source, width, height, scaler);
    let converted = if source.tone_map {
        format!("{scaled}:out_range=tv,format=yuv420p10le,{TONE_MAP},scale={SCALER},format=rgb24")
    } else {
        format!("{scaled},format=rgb24")
    };
    converted + &turned(source)
}

/// High dynamic range to BT.709: made linear, compressed, and given the usual curve.
const TONE_MAP: &str = "zscale=transfer=linear:npl=100,format=gbrpf32le,zscale=primaries=bt709,\
    tonemap=tonemap=hable:desat=0,zscale=transfer=bt709:matrix=bt709:range=limited,format=yuv420p";

/// Pictures are scaled before they are turned, as the smaller ones.
fn scaled(source: SourceFormat<'_>, width: u32, height: u32, scaler: &str) -> String {
    let (width, height) = if source.rotation % 180 == 90 { (height, width) } else { (width, height) };
    format!("scale={width}:{height}:{scaler}")
}

fn turned(source: SourceFormat<'_>) -> String {
    let mirror = if source.mirrored { ",hflip" } else { "" };
    let turn = match source.rotation {
        90 => ",transpose=clock",
        180 => ",hflip,vflip",
        270 => ",transpose=cclock",
        _ => "",
    };
    format!("{mirror}{turn}")
}

/// The scale filter's name of a matrix.
fn matrix(name: &str) -> &str {
    match name {
        "bt470bg" | "smpte170m" => "bt601",
        "bt2020nc" | "bt2020c" => "bt2020",
        "fcc" | "smpte240m" => name,
        _ => "bt709",
    }
}

/// From fields to frames, one for each frame; those that the decoder marks as progressive pass as they are.
pub(crate) fn deinterlace(first: FieldParity) -> String {
    let parity = match first {
        FieldParity::Top => "tff",
        FieldParity::Bottom => "bff",
    };
    format!("bwdif=mode=send_frame:parity={parity}:deint=interlaced")
}
