//! Faults of encoders that decoders have to know of.

use super::input::Input;
use super::stream::Stream;
use crate::base::Result;

/// Bytes at the beginning of a video in which its encoder's name is looked for.
const HEAD: usize = 4096;
/// What x264 writes before its build number, in a message beside the first picture.
const NAME: &[u8] = b"x264 - core ";
/// How the configuration of an MP4 begins whose profile, High 4:4:4 Predictive, has such video: version and profile (ISO/IEC
/// 14496-15 5.3.3.1).
const HIGH_444: [u8; 2] = [1, 244];

/// The build of the x264 that made a video whose chroma is not subsampled. Before build 151 it coded that wrongly, which
/// decoders make up for. They find the build beside the first picture alone, and a window does not begin there. `None`
/// where nothing depends on it, or the container has no index.
pub(super) fn x264_build(input: &Input, stream: &Stream<'_>) -> Result<Option<i64>> {
    let is_affected = stream.codec() == "h264" && stream.extradata().starts_with(&HIGH_444);
    let Some((position, size)) = stream.first_index_place().filter(|_| is_affected) else { return Ok(None) };
    let mut head = vec![0; size.min(HEAD)];
    if position.saturating_add(head.len() as u64) > input.source().len() {
        return Ok(None);
    }
    input.context().read_exact_at(position, &mut head)?;
    Ok(build_in(&head))
}

fn build_in(head: &[u8]) -> Option<i64> {
    let start = head.windows(NAME.len()).position(|bytes| bytes == NAME)? + NAME.len();
    let digits = head.get(start..)?.iter().take(6).take_while(|byte| byte.is_ascii_digit());
    let digits: String = digits.map(|digit| char::from(*digit)).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_stands_behind_the_name() {
        assert_eq!(build_in(b"\x05\xffx264 - core 142 r2431"), Some(142));
        assert_eq!(build_in(b"x264 - core 9"), Some(9));
        for none in [&b"x264 - core "[..], b"x264 - core r", b"x265", b""] {
            assert_eq!(build_in(none), None);
        }
    }
}
