//! What is wrong with bits that others' code reads, in words for people.

/// What is wrong with a track's samples, as the end of a sentence.
pub(crate) type Fault = String;

/// What an error of `shiguredo_mp4` says, without the line of its source, which it would show.
pub(crate) fn reason(cause: &shiguredo_mp4::Error) -> String {
    if cause.reason.is_empty() { format!("{:?}", cause.kind) } else { cause.reason.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_shows_where_it_was_made() {
        let cause = shiguredo_mp4::bitstream::h264::parse_sps(&[]).unwrap_err();
        assert!(cause.to_string().contains(".rs:"), "{cause}");
        let told = reason(&cause);
        assert!(!told.is_empty() && !told.contains(".rs"), "{told}");
    }
}
