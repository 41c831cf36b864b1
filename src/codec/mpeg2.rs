//! MPEG-2, as far as it says whether frames may have two fields or a picture for each eye, and which of their lines are none of the
//! picture.

use memchr::memmem;

use crate::base::Rational;

const SEQUENCE_HEADER: &[u8] = b"\0\0\x01\xb3";
/// extension_start_code, and the sequence extension's extension_start_code_identifier (ISO/IEC 13818-2 6.2.2.3).
const EXTENSION: [u8; 4] = [0, 0, 1, 0xb5];
const SEQUENCE: u8 = 1;
/// Bytes in which what comes before slices is looked for: the extension right behind the sequence header, which has up to 140.
const HEAD: usize = 512;

/// Whether the sequence that begins with an access unit may have frames of two fields.
pub(crate) fn may_have_fields(access_unit: &[u8]) -> bool {
    let head = access_unit.get(..HEAD).unwrap_or(access_unit);
    head.windows(EXTENSION.len() + 2).any(|bytes| match *bytes {
        [a, b, c, d, first, second] => {
            let is_progressive = second & 0b1000 != 0;
            [a, b, c, d] == EXTENSION && first >> 4 == SEQUENCE && !is_progressive
        }
        _ => false,
    })
}

/// The size of pictures, as far as access units have stated it.
#[derive(Default)]
pub(crate) struct CodedSize(Option<[u8; 3]>);

impl CodedSize {
    /// Whether it is another from this access unit on, by the sequence header before its picture (6.2.2.1; the last, as those of
    /// a container may stand before it).
    pub(crate) fn changes_with(&mut self, access_unit: &[u8]) -> bool {
        let head = access_unit.get(..HEAD).unwrap_or(access_unit);
        let header = memmem::rfind(head, SEQUENCE_HEADER).and_then(|place| head.get(place + SEQUENCE_HEADER.len()..));
        let size = header.and_then(|header| header.first_chunk()).copied();
        size.is_some_and(|size| self.0.replace(size).is_some_and(|before| before != size))
    }
}

/// User data, by which broadcasts say how the pictures for each eye are packed (ETSI TS 101 547-2 and ATSC A/104, stereo_video_format_signaling).
const PACKING: &[u8] = b"\0\0\x01\xb2JP3D\x03";
/// Of these, those of a picture for each eye: side by side, one above the other, and side by side in quincunx.
const STEREO: [u8; 3] = [0x03, 0x04, 0x23];

/// Whether the first picture says that there is one for each eye.
pub(super) fn is_stereo(access_unit: &[u8]) -> bool {
    let head = access_unit.get(..HEAD).unwrap_or(access_unit);
    let place = head.windows(PACKING.len()).position(|bytes| bytes == PACKING);
    let packing = place.and_then(|place| head.get(place + PACKING.len()));
    packing.is_some_and(|packing| STEREO.contains(&(packing & 0x7f)))
}

/// Lines at the top of a frame that are none of the picture. Broadcasts of 608 and 512 lines, as IMX, have those of the
/// vertical blanking interval first, with teletext and time codes, before the 576 and 486 of the picture (SMPTE ST 356; the
/// display rectangles in MXF say it too, ST 377-1 G.2, but neither QuickTime nor transport streams have such).
pub(crate) fn blanking_lines(size: (u32, u32)) -> u32 {
    match size {
        (720, 608) => 32,
        (720, 512) => 26,
        _ => 0,
    }
}

/// The shape of pixels, if it was derived from the shape of the picture and a height that has those lines too.
pub(crate) fn picture_aspect(pixel_aspect: Rational, size: (u32, u32)) -> Rational {
    let (width, height) = (Rational::from(size.0), Rational::from(size.1.max(1)));
    let shape = pixel_aspect * width / height;
    let is_of_screens = |screen: Rational| (shape - screen).abs() < Rational::new(1, 100);
    match Rational::from(blanking_lines(size)) {
        Rational::ZERO => pixel_aspect,
        lines if [Rational::new(4, 3), Rational::new(16, 9)].into_iter().any(is_of_screens) => {
            pixel_aspect * (height - lines) / height
        }
        _ => pixel_aspect,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_have_the_shape_that_the_picture_gives_them() {
        // 4:3 with 608 lines, and with the 576 that are of the picture.
        assert_eq!(picture_aspect(Rational::new(152, 135), (720, 608)), Rational::new(16, 15));
        assert_eq!(picture_aspect(Rational::new(16, 15), (720, 608)), Rational::new(16, 15));
        assert_eq!(picture_aspect(Rational::new(64, 45), (720, 576)), Rational::new(64, 45));
    }

    #[test]
    fn sequence_headers_tell_that_the_size_changes() {
        let mut size = CodedSize::default();
        let (small, large) = (b"\0\0\x01\xb3\x16\0\x90\x33", b"\0\0\0\x01\xb3\x2d\x02\x40\x33");
        let units = [&small[..], small, large, large, small, &[&small[..], large].concat()];
        assert_eq!(units.map(|unit| size.changes_with(unit)), [false, false, true, false, true, true]);
        for other in [&b""[..], b"\0\0\0", b"\0\x01\xb3abc", b"\0\0\x01\xb3ab", b"\0\0\x01\0abc"] {
            assert!(!size.changes_with(other));
        }
    }

    #[test]
    fn user_data_says_whether_there_is_a_picture_for_each_eye() {
        let data = |packing: u8| [&[0, 0, 1, 0xb3, 1, 2, 3][..], PACKING, &[packing, 4, 0xff]].concat();
        assert!([0x83, 0x84, 0xa3].into_iter().all(|packing| is_stereo(&data(packing))));
        assert!(!is_stereo(&data(0x88)) && !is_stereo(&data(0x83)[..16]) && !is_stereo(&[]));
    }

    #[test]
    fn a_sequence_says_whether_it_is_progressive() {
        let sequence = |second: u8| [&[0, 0, 1, 0xb3, 1, 2, 3][..], &EXTENSION, &[0x14, second, 0, 1]].concat();
        assert!(may_have_fields(&sequence(0x82)) && !may_have_fields(&sequence(0x8a)));
        // A picture coding extension.
        assert!(!may_have_fields(&[&EXTENSION[..], &[0x81, 0x11]].concat()));
        assert!(!may_have_fields(&[]) && !may_have_fields(&sequence(0x82)[..12]));
    }
}
