//! Closed captions of DVDs: MPEG-2 has those of all frames of a group of pictures in user data before it. Nobody specified it in public;
//! FFmpeg and ccextractor read it like this.

use super::a53::{CaptionPair, caption_pairs, valid};

const MARK: &[u8] = b"\0\0\x01\xb2CC\x01\xf8";
/// The start code of a picture.
const PICTURE: &[u8] = b"\0\0\x01\0";
/// Words of a group of pictures that are read: for three seconds.
const MAX_WORDS: usize = 180;

/// What the captions of a picture have in any form, with the number of frames that each pair comes after the picture; `None` if it
/// has no room for captions.
pub(crate) fn picture_pairs(data: &[u8]) -> Option<Vec<(i32, CaptionPair)>> {
    let own = caption_pairs(data).map(|pairs| pairs.into_iter().map(|pair| (0, pair)).collect());
    own.or_else(|| dvd_pairs(data))
}

/// Pairs with the number of frames that each comes after the first picture, which is decoded first and may be shown later than others.
fn dvd_pairs(data: &[u8]) -> Option<Vec<(i32, CaptionPair)>> {
    let place = memchr::memmem::find(data, MARK)?;
    let (flags, words) = data.get(place + MARK.len()..)?.split_first()?;
    let picture = memchr::memmem::find(words, PICTURE).and_then(|place| words.get(place + PICTURE.len()..));
    let number =
        picture.and_then(|picture| picture.first_chunk::<2>()).map_or(0, |head| u16::from_be_bytes(*head) >> 6);
    // Which field comes first is said once; that each word says it, too, is often wrong. So is how many there are.
    let first = if flags & 0x80 == 0 { 1 } else { 0 };
    let words = words.as_chunks::<3>().0.iter().take(MAX_WORDS).take_while(|[mark, ..]| mark & 0xfe == 0xfe);
    let pairs = words.zip(0_i32..).filter_map(|([mark, high, low], place)| {
        let is_odd = (place + first) % 2 == 0 && mark & 1 != 0;
        let pair = valid(if is_odd { 4 } else { 5 }, [*high, *low])?;
        Some((place / 2 - i32::from(number), pair))
    });
    Some(pairs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// User data with words, before a picture that is shown third.
    fn group(flags: u8, words: &[u8]) -> Vec<u8> {
        [b"\0\0\x01\xb8\0\0\0\0", MARK, &[flags], words, b"\0\0\x01\0\0\x8f"].concat()
    }

    #[test]
    fn each_frame_has_a_word_of_each_field() {
        let words = b"\xff\x94\x20\xfe\x80\x80\xff\x94\x20\xfe\x15\x2c";
        let pairs = [(-2, (0, [0x94, 0x20])), (-1, (0, [0x94, 0x20])), (-1, (1, [0x15, 0x2c]))];
        assert_eq!(dvd_pairs(&group(0x84, words)).unwrap(), pairs);
        // All words say that they are of the odd field.
        let words = b"\xff\x15\x2c\xff\x94\x20";
        assert_eq!(dvd_pairs(&group(0x02, words)).unwrap(), [(-2, (1, [0x15, 0x2c])), (-2, (0, [0x94, 0x20]))]);
        assert_eq!(dvd_pairs(b"\0\0\x01\xb2CC\x02\xf8\x84\xff\x94\x20"), None);
    }

    #[test]
    fn damaged_user_data_does_no_harm() {
        let whole = group(0x84, &[0xff; 600]);
        for cut in 0..whole.len() {
            assert!(dvd_pairs(&whole[..cut]).is_none_or(|pairs| pairs.len() <= MAX_WORDS));
        }
    }
}
