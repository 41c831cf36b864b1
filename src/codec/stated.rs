//! What the first picture says of all: of H.264 or HEVC, in supplemental enhancement information (SEI), which way up they are and
//! how bright, and whether they are for each eye, as in MPEG-2's user data; of VP8, and of VP9 in layers, how large they are; of JPEG and PNG, in Exif, which
//! way up.

use std::io::Cursor;

use image::metadata::Orientation as Exif;
use image::{ImageDecoder as _, ImageFormat, ImageReader};
use shiguredo_mp4::bitstream::h264::parse_annexb_nal_units;

use super::h264::Configuration;
use super::mpeg2;
use super::orientation::orientation;
use super::sei::{among, is_stereo, payload, with_lengths};
use super::vp9;
use crate::media::{MAX_PEAK, Orientation};

/// payloadType of the messages (ITU-T H.264 D.1.1, H.265 D.2.1).
const FRAME_PACKING: usize = 45;
const DISPLAY_ORIENTATION: usize = 47;
const MASTERING_DISPLAY: usize = 137;
const CONTENT_LIGHT_LEVEL: usize = 144;

/// nal_unit_type of messages before a picture (ITU-T H.265 table 7-1).
const HEVC_MESSAGES: u8 = 39;

/// What is said; `None` where nothing is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stated {
    /// How pictures are to be turned.
    pub(crate) orientation: Option<Orientation>,
    /// The brightest pixel in cd/m²: by the content, else by the display that it was made on.
    pub(crate) peak: Option<u32>,
    /// Width and height, of codecs whose containers may say others.
    pub(crate) size: Option<(u32, u32)>,
    /// Whether there is a picture for each eye, in one or in turns.
    pub(crate) is_stereo: bool,
}

/// What the extradata and an access unit of a codec, by FFmpeg's name for it, say. What cannot be read says nothing.
pub(crate) fn stated(codec: &str, extradata: &[u8], access_unit: &[u8]) -> Stated {
    match codec {
        "h264" => {
            let configuration = Configuration::read(extradata).ok();
            of_messages(|kind| configuration.as_ref()?.message(access_unit, kind))
        }
        "hevc" => {
            let payloads = hevc_payloads(extradata, access_unit).unwrap_or_default();
            of_messages(|kind| payloads.iter().find_map(|payload| among(payload, kind)))
        }
        "mjpeg" => Stated { orientation: exif(ImageFormat::Jpeg, access_unit), ..Stated::default() },
        "png" => Stated { orientation: exif(ImageFormat::Png, access_unit), ..Stated::default() },
        "mpeg2video" => Stated { is_stereo: mpeg2::is_stereo(access_unit), ..Stated::default() },
        "vp9" => Stated { size: vp9::size_of_layers(access_unit), ..Stated::default() },
        "vp8" => Stated { size: vp8_size(access_unit), ..Stated::default() },
        _ => Stated::default(),
    }
}

/// How a picture is to be turned by its Exif (CIPA DC-008 4.6.4, Orientation), of which FFmpeg does not tell in all versions.
fn exif(format: ImageFormat, picture: &[u8]) -> Option<Orientation> {
    let mut decoder = ImageReader::with_format(Cursor::new(picture), format).into_decoder().ok()?;
    let (rotation, mirrored) = match decoder.orientation().ok()? {
        Exif::NoTransforms => return None,
        Exif::Rotate90 => (90, false),
        Exif::Rotate180 => (180, false),
        Exif::Rotate270 => (270, false),
        Exif::FlipHorizontal => (0, true),
        Exif::FlipVertical => (180, true),
        // Mirrored after it is turned, which is as if it were turned the other way afterwards.
        Exif::Rotate90FlipH => (270, true),
        Exif::Rotate270FlipH => (90, true),
    };
    Some(Orientation { rotation, mirrored })
}

/// The size of a keyframe (RFC 6386 9.1), in 14 bits each behind its start code.
fn vp8_size(frame: &[u8]) -> Option<(u32, u32)> {
    let [first, _, _, 0x9d, 0x01, 0x2a, sizes @ ..] = frame else { return None };
    let [width, width_high, height, height_high, ..] = *sizes else { return None };
    let size = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    let (width, height) = (size(width, width_high), size(height, height_high));
    (first & 1 == 0 && width > 0 && height > 0).then_some((width, height))
}

fn of_messages(message: impl Fn(usize) -> Option<Vec<u8>>) -> Stated {
    let content = message(CONTENT_LIGHT_LEVEL).and_then(|message| content_light_level(&message));
    let display = || message(MASTERING_DISPLAY).and_then(|message| mastering_display(&message));
    Stated {
        orientation: message(DISPLAY_ORIENTATION).and_then(|message| orientation(&message)),
        peak: content.or_else(display),
        size: None,
        is_stereo: message(FRAME_PACKING).is_some_and(|message| is_stereo(&message)),
    }
}

fn hevc_payloads(extradata: &[u8], access_unit: &[u8]) -> Option<Vec<Vec<u8>>> {
    // An HEVCDecoderConfigurationRecord begins with its version, 1; start codes with 0.
    let units = match extradata {
        [1, ..] => {
            let mut units = hevc_arrays(extradata.get(22..)?).unwrap_or_default();
            units.extend(with_lengths(access_unit, usize::from(extradata.get(21)? & 3) + 1));
            units
        }
        _ => [extradata, access_unit]
            .into_iter()
            .filter_map(|bytes| parse_annexb_nal_units(bytes).ok())
            .flat_map(|units| units.into_iter().map(|unit| unit.data))
            .collect(),
    };
    let messages = units.iter().filter(|unit| unit.first().is_some_and(|header| header >> 1 & 0x3f == HEVC_MESSAGES));
    Some(messages.filter_map(|unit| Some(payload(unit.get(2..)?))).collect())
}

/// The units of an HEVCDecoderConfigurationRecord's arrays (ISO/IEC 14496-15 8.3.2.1.2).
fn hevc_arrays(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let (&count, mut rest) = bytes.split_first()?;
    let mut units = Vec::new();
    for _ in 0..count {
        let (header, after) = rest.split_at_checked(3)?;
        rest = after;
        for _ in 0..u16::from_be_bytes([*header.get(1)?, *header.get(2)?]) {
            let (length, after) = rest.split_at_checked(2)?;
            let (unit, after) = after.split_at_checked(u16::from_be_bytes(length.try_into().ok()?).into())?;
            units.push(unit);
            rest = after;
        }
    }
    Some(units)
}

/// The greatest brightness of the content (ITU-T H.265 D.2.35), which comes first.
fn content_light_level(message: &[u8]) -> Option<u32> {
    let [high, low, ..] = *message else { return None };
    valid(u16::from_be_bytes([high, low]).into())
}

/// That of the display, in 10000ths of a cd/m² (ITU-T H.265 D.2.28), after eight coordinates of two bytes.
fn mastering_display(message: &[u8]) -> Option<u32> {
    valid(u32::from_be_bytes(message.get(16..20)?.try_into().ok()?) / 10_000)
}

fn valid(peak: u32) -> Option<u32> {
    (1..=MAX_PEAK).contains(&peak).then_some(peak)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_says_more_of_brightness_than_the_display() {
        let display = [&[137, 24][..], &[0; 16], &40_000_000_u32.to_be_bytes(), &[0; 4]].concat();
        let content = [144, 4, 600_u16.to_be_bytes()[0], 600_u16.to_be_bytes()[1], 0, 0];
        let unit = |messages: &[u8]| [&[0, 0, 0, 1, 39 << 1, 1][..], messages, &[0x80]].concat();
        let peak = |messages: &[u8]| stated("hevc", &[], &unit(messages)).peak;
        assert_eq!(peak(&display), Some(4000));
        assert_eq!(peak(&[&display[..], &content].concat()), Some(600));
        assert_eq!(peak(&[144, 4, 0, 0, 0, 0]), None);
        // In the arrays of an HEVCDecoderConfigurationRecord.
        let sei = &unit(&content)[4..];
        let array = [&[1, 39, 0, 1, 0, sei.len() as u8][..], sei].concat();
        let record = [&[1][..], &[0; 20], &[3], &array].concat();
        assert_eq!(stated("hevc", &record, &[]).peak, Some(600));
        let sample = [&(sei.len() as u32).to_be_bytes()[..], sei].concat();
        assert_eq!(stated("hevc", &[&[1][..], &[0; 20], &[3, 0]].concat(), &sample).peak, Some(600));
        assert_eq!(stated("hevc", &record[..30], &sample[..9]), Stated::default());
    }
}
