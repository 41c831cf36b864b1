//! MPEG-4 part 2, as far as its user data says who wrote it and how.

/// user_data_start_code (ISO/IEC 14496-2 6.2.1).
const USER_DATA: [u8; 4] = [0, 0, 1, 0xb2];

/// Whether the headers say that B-frames are packed: `DivX503b1393p`, or `DivX501Build413p`.
pub(crate) fn is_packed(headers: &[u8]) -> bool {
    let starts = headers.windows(USER_DATA.len()).enumerate().filter(|(_, window)| *window == USER_DATA);
    starts.filter_map(|(place, _)| headers.get(place + USER_DATA.len()..)).any(|text| {
        let version = text.strip_prefix(b"DivX").and_then(after_digits);
        let build = version.and_then(|rest| rest.strip_prefix(b"b").or(rest.strip_prefix(b"Build")));
        build.and_then(after_digits).is_some_and(|rest| rest.first() == Some(&b'p'))
    })
}

/// What follows one or more digits.
fn after_digits(text: &[u8]) -> Option<&[u8]> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.get(digits..).filter(|_| digits > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_bitstreams_say_so() {
        let headers = |text: &str| [&[0, 0, 1, 0x20, 0xc0], &USER_DATA[..], text.as_bytes(), &[0, 0, 1, 0xb6]].concat();
        for text in ["DivX503b1393p", "DivX501Build413p", "DivX999b000p"] {
            assert!(is_packed(&headers(text)), "{text}");
        }
        for text in ["DivX503b1393", "DivX503p", "DivXb1p", "XviD0050", "Lavc61.19.101", "", "DivX"] {
            assert!(!is_packed(&headers(text)), "{text}");
        }
    }
}
