//! Bytes as hexadecimal text.

/// Two lower-case digits per byte.
pub(crate) fn encode(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The inverse of [`encode`]; `None` for an odd number of digits or anything that is not a digit.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|digit| Some(digit.to_digit(16)? as u8)).collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(high << 4 | low),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_round_trip() {
        assert_eq!(encode(&[0, 0x1f, 255]), "001fff");
        assert_eq!(decode("001fff"), Some(vec![0, 0x1f, 255]));
        assert_eq!(decode("001"), None);
        assert_eq!(decode("0g"), None);
    }
}
