//! Closed captions beside coded pictures: `cc_data` of ATSC A/53 part 4 (6.2.3), which MPEG-2 has in user data, H.264 and
//! HEVC in messages, AV1 in metadata.

/// What it begins with: the provider, in all but MPEG-2 after country and provider code, and its type.
const MARK: &[u8] = b"GA94\x03";

/// A piece of captions: its kind, and two bytes. 0 and 1 are of CEA-608, from the first and the second field; 2 and 3
/// are of CEA-708.
pub(crate) type CaptionPair = (u8, [u8; 2]);

/// What the captions of a picture have, padding left out; `None` if the picture has no room for captions.
pub(crate) fn caption_pairs(data: &[u8]) -> Option<Vec<CaptionPair>> {
    let messages = memchr::memmem::find_iter(data, MARK).filter_map(|place| data.get(place + MARK.len()..));
    let mut found = None;
    for message in messages {
        // One that is cut off has the pairs before that.
        read(message, found.get_or_insert_with(Vec::new));
    }
    found
}

/// What a packet of a track of captions has, which is nothing but pairs with their kinds; padding is left out.
pub(crate) fn bare_caption_pairs(data: &[u8]) -> Vec<CaptionPair> {
    let (pieces, _) = data.as_chunks::<3>();
    pieces.iter().filter_map(|[kind, high, low]| valid(*kind, [*high, *low])).collect()
}

/// What a sample of a track of captions has in QuickTime: boxes of pairs, `cdat` of the first field and `cdt2` of the second.
pub(crate) fn sample_caption_pairs(mut sample: &[u8]) -> Vec<CaptionPair> {
    let mut pairs = Vec::new();
    while let Some((&[a, b, c, d, name @ ..], rest)) = sample.split_first_chunk::<8>() {
        let size = (u32::from_be_bytes([a, b, c, d]) as usize).saturating_sub(8);
        let Some((content, rest)) = rest.split_at_checked(size) else { break };
        sample = rest;
        let field = match &name {
            b"cdat" => 0,
            b"cdt2" => 1,
            _ => continue,
        };
        pairs.extend(content.as_chunks::<2>().0.iter().filter_map(|pair| valid(field | 4, *pair)));
    }
    pairs
}

fn read(message: &[u8], pairs: &mut Vec<CaptionPair>) -> Option<()> {
    let mut bytes = unescaped(message);
    let flags = bytes.next()?;
    bytes.next()?;
    let count = if flags & 0x40 == 0 { 0 } else { flags & 0x1f };
    for _ in 0..count {
        pairs.extend(valid(bytes.next()?, [bytes.next()?, bytes.next()?]));
    }
    Some(())
}

pub(super) fn valid(kind: u8, pair: [u8; 2]) -> Option<CaptionPair> {
    // In packets of CEA-708 zeros are data.
    let is_padding = kind & 2 == 0 && pair.iter().all(|byte| byte & 0x7f == 0);
    (kind & 4 != 0 && !is_padding).then_some((kind & 3, pair))
}

/// Bytes without those that keep start codes away (ITU-T H.264 7.4.1). In `cc_data` of MPEG-2 and AV1 none can be taken for such.
fn unescaped(bytes: &[u8]) -> impl Iterator<Item = u8> {
    let mut zeros = 0;
    bytes.iter().copied().filter(move |&byte| {
        let is_escape = zeros >= 2 && byte == 3;
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        !is_escape
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_messages_are_read_and_padding_is_left_out() {
        let first = b"\0\0\x01\xb5\0\x31GA94\x03\xc4\xff\xfc\x94\x20\xfd\x80\x80\xf8\x94\x20\xff\x02\x21\xff";
        let second = b"\0\0\x01\xb2GA94\x03\xc2\xff\xfd\x15\x2c\xfe\0\0\xff";
        let expected: Vec<CaptionPair> = vec![(0, [0x94, 0x20]), (3, [2, 0x21]), (1, [0x15, 0x2c]), (2, [0, 0])];
        assert_eq!(caption_pairs(&[&first[..], second].concat()), Some(expected));
        assert_eq!(caption_pairs(b"GA94\x03\xc1\xff\xfc\x80\x80\xff"), Some(vec![]));
        assert_eq!(caption_pairs(b"GA94\x03\x81\xff\xfc\x94\x20\xff"), Some(vec![]));
        assert_eq!(bare_caption_pairs(b"\xfc\x94\x20\xfd\x80\x80\xf8\x94\x20\xfd"), [(0, [0x94, 0x20])]);
        let boxes =
            b"\0\0\0\x0acdat\x94\x20\0\0\0\x0afree\x94\x20\0\0\0\x0ccdt2\x15\x2c\x80\x80\0\0\xff\xffcdat\x94\x20";
        assert_eq!(sample_caption_pairs(boxes), [(0, [0x94, 0x20]), (1, [0x15, 0x2c])]);
        assert_eq!(caption_pairs(b"DTG1\x03\xc1\xff\xfc\x94\x20\xff"), None);
    }

    #[test]
    fn damaged_messages_do_no_harm() {
        let whole = b"GA94\x03\xc2\xff\xfc\x94\x20\xf9\x80\x80\xff";
        let found: Vec<_> = (0..whole.len()).map(|cut| caption_pairs(&whole[..cut]).map(|pairs| pairs.len())).collect();
        assert_eq!((found[4], found[5], found[9], found[10]), (None, Some(0), Some(0), Some(1)));
        assert_eq!(unescaped(&[0, 0, 3, 1, 0, 0, 3]).collect::<Vec<_>>(), [0, 0, 1, 0, 0]);
    }
}
