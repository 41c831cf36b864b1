//! WebVTT in the boxes of MP4 (ISO/IEC 14496-30 7.4): a sample has a box for each cue that is shown at its time, in it one with the
//! settings and one with the text.

/// Settings and text of each cue of a sample.
pub(super) fn cues(sample: &[u8]) -> Vec<(&[u8], &[u8])> {
    let cue = |content| {
        let find = |wanted: &[u8; 4]| boxes(content).into_iter().find(|(name, _)| *name == wanted);
        Some((find(b"sttg").map_or(&[][..], |(_, settings)| settings), find(b"payl")?.1))
    };
    boxes(sample).into_iter().filter(|(name, _)| *name == b"vttc").filter_map(|(_, content)| cue(content)).collect()
}

/// Name and content of each box.
fn boxes(mut bytes: &[u8]) -> Vec<(&[u8; 4], &[u8])> {
    let mut found = Vec::new();
    while let Some((size, rest)) = bytes.split_first_chunk::<4>() {
        let Some((name, rest)) = rest.split_first_chunk::<4>() else { break };
        let Some(size) = (u32::from_be_bytes(*size) as usize).checked_sub(8) else { break };
        let Some((content, rest)) = rest.split_at_checked(size) else { break };
        found.push((name, content));
        bytes = rest;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cue_of_a_sample_has_its_settings() {
        let sample =
            b"\0\0\0\x22vttc\0\0\0\x0esttgline:0\0\0\0\x0cpaylText\0\0\0\x0cvttaNote\0\0\0\x12vttc\0\0\0\x0apaylHi";
        assert_eq!(cues(sample), [(&b"line:0"[..], &b"Text"[..]), (&b""[..], &b"Hi"[..])]);
        assert_eq!(cues(b"\0\0\0\x08vtte"), []);
        for cut in 0..sample.len() {
            cues(&sample[..cut]);
        }
    }
}
