//! The sample rate that frames of sound state themselves: it may change midway in a stream that was put together.

/// What the header of a frame says of its sample rate, in the codec's own numbers. `None` for codecs without headers of
/// frames, and where there is none.
pub(crate) fn sample_rate_code(codec: &str, data: &[u8]) -> Option<u8> {
    let [first, second, third, _, fifth, ..] = *data else { return None };
    match codec {
        // ADTS, ISO/IEC 14496-3 1.A.2.2.
        "aac" if first == 0xff && second & 0xf6 == 0xf0 => Some(third >> 2 & 0xf),
        // ISO/IEC 11172-3 2.4.1.3, and the version.
        "mp1" | "mp2" | "mp3" if first == 0xff && second & 0xe0 == 0xe0 => {
            Some((second >> 3 & 3) << 2 | third >> 2 & 3)
        }
        // ETSI TS 102 366 4.4.1.3 and E.1.3.1.4.
        "ac3" | "eac3" if [first, second] == [0x0b, 0x77] => Some(fifth >> 6),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_stand_in_headers() {
        let code = |codec, bytes: [u8; 5]| sample_rate_code(codec, &bytes);
        assert_eq!(code("aac", [0xff, 0xf1, 0x50, 0x80, 0]), Some(4));
        assert_eq!(code("aac", [0xff, 0xf1, 0x4c, 0x80, 0]), Some(3));
        assert_eq!(code("aac", [0x21, 0x10, 0x05, 0, 0]), None);
        assert_eq!(code("mp3", [0xff, 0xfb, 0x90, 0, 0]), Some(12));
        assert_eq!(code("mp3", [0xff, 0xfb, 0x94, 0, 0]), Some(13));
        assert_eq!(code("ac3", [0x0b, 0x77, 0, 0, 0x40]), Some(1));
        assert_eq!(sample_rate_code("ac3", &[0x0b, 0x77]), None);
    }
}
