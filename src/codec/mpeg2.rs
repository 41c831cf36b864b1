//! MPEG-2, as far as its sequence says whether frames may have two fields.

/// extension_start_code, and the sequence extension's extension_start_code_identifier (ISO/IEC 13818-2 6.2.2.3).
const EXTENSION: [u8; 4] = [0, 0, 1, 0xb5];
const SEQUENCE: u8 = 1;
/// Bytes in which the extension is looked for: right behind the sequence header, which has up to 140.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_says_whether_it_is_progressive() {
        let sequence = |second: u8| [&[0, 0, 1, 0xb3, 1, 2, 3][..], &EXTENSION, &[0x14, second, 0, 1]].concat();
        assert!(may_have_fields(&sequence(0x82)) && !may_have_fields(&sequence(0x8a)));
        // A picture coding extension.
        assert!(!may_have_fields(&[&EXTENSION[..], &[0x81, 0x11]].concat()));
        assert!(!may_have_fields(&[]) && !may_have_fields(&sequence(0x82)[..12]));
    }
}
