//! The headers of sound in an Ogg, as what its decoder is set up with.

/// Headers that a codec has at most; FLAC may have more, which say nothing of decoding.
const MAX_HEADERS: usize = 3;
/// Where Opus states the samples that it leaves out at its beginning (RFC 7845 5.1).
const PRE_SKIP: std::ops::Range<usize> = 10..12;
/// Where FLAC has its STREAMINFO, and how long that is (RFC 9639 10.1, 8.2).
const STREAM_INFO: std::ops::Range<usize> = 17..51;
/// How the header of Speex begins, and samples that no packet of it has.
const SPEEX: &[u8] = b"Speex   ";
const MAX_PACKET: i64 = 1 << 20;
/// A header of comments without any (Vorbis I 5.2): titles change with each song, and decoders want none.
const NO_COMMENTS: &[u8] = b"\x03vorbis\0\0\0\0\0\0\0\0\x01";

/// The headers that were read of an Ogg.
#[derive(Default)]
pub(super) struct Headers(Vec<Vec<u8>>);

impl Headers {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, header: &[u8]) {
        let is_first =
            [&b"\x01vorbis"[..], b"OpusHead", b"\x7fFLAC", SPEEX].iter().any(|begin| header.starts_with(begin));
        if is_first {
            self.0.clear();
        }
        if self.0.len() < MAX_HEADERS {
            self.0.push(header.to_vec());
        }
    }

    /// Whether what comes next is a header, whatever it begins with: the comments of Speex.
    pub(super) fn go_on(&self) -> bool {
        matches!(self.0.as_slice(), [first] if first.starts_with(SPEEX))
    }

    /// Of Speex, the samples of each packet: those of a frame, and how many frames it has.
    pub(super) fn packet_samples(&self) -> Option<i64> {
        let first = self.0.first().filter(|first| first.starts_with(SPEEX))?;
        let number = |place: usize| Some(i64::from(u32::from_le_bytes(first.get(place..place + 4)?.try_into().ok()?)));
        Some(number(56)?.saturating_mul(number(64)?)).filter(|samples| (1..MAX_PACKET).contains(samples))
    }

    /// Samples per second.
    pub(super) fn rate(&self, codec: &str) -> Option<u32> {
        let first = self.0.first()?;
        let rate = match codec {
            "vorbis" => u32::from_le_bytes(first.get(12..16)?.try_into().ok()?),
            "speex" => u32::from_le_bytes(first.get(36..40)?.try_into().ok()?),
            // STREAMINFO has it in 20 bits.
            "flac" => u32::from_be_bytes(first.get(STREAM_INFO)?.get(10..14)?.try_into().ok()?) >> 12,
            _ => return None,
        };
        (rate > 0).then_some(rate)
    }

    /// Samples at the beginning that are not presented.
    pub(super) fn pre_skip(&self, codec: &str) -> Option<u32> {
        let bytes = self.0.first().filter(|_| codec == "opus")?.get(PRE_SKIP)?;
        Some(u16::from_le_bytes(bytes.try_into().ok()?).into())
    }

    /// The extradata, which is that of the first Ogg, `own`, where nothing that decoders know differs.
    pub(super) fn extradata(&self, codec: &str, own: &[u8]) -> Option<Vec<u8>> {
        let first = self.0.first()?;
        let (new, own_like) = match codec {
            "vorbis" => {
                let [_, _, setup] = self.0.as_slice() else { return None };
                let [own_first, _, own_setup] = split(own)?;
                (laced([first, NO_COMMENTS, setup]), laced([own_first, NO_COMMENTS, own_setup]))
            }
            "opus" => {
                let plain = |head: &[u8]| {
                    let mut head = head.to_vec();
                    head.get_mut(PRE_SKIP).into_iter().for_each(|bytes| bytes.fill(0));
                    head
                };
                (plain(first), plain(own))
            }
            "flac" => {
                // Its length and checksum are none of a decoder's.
                let plain = |info: &[u8]| {
                    let mut info = info.to_vec();
                    info.get_mut(14..).into_iter().for_each(|bytes| bytes.fill(0));
                    info.get_mut(13).into_iter().for_each(|byte| *byte &= 0xf0);
                    info
                };
                (plain(first.get(STREAM_INFO)?), plain(own))
            }
            "speex" => (first.clone(), own.to_vec()),
            _ => return None,
        };
        Some(if new == own_like { own.to_vec() } else { new })
    }
}

/// Three headers as FFmpeg has them in one: their number less one, the lengths of all but the last, themselves.
fn laced(headers: [&[u8]; 3]) -> Vec<u8> {
    let mut bytes = vec![2];
    for header in &headers[..2] {
        bytes.extend(std::iter::repeat_n(255, header.len() / 255));
        bytes.push((header.len() % 255) as u8);
    }
    bytes.extend(headers.concat());
    bytes
}

/// The three of them.
fn split(bytes: &[u8]) -> Option<[&[u8]; 3]> {
    let (count, mut rest) = bytes.split_first()?;
    let mut lengths = [0; 2];
    for length in lengths.iter_mut().filter(|_| *count == 2) {
        let whole = rest.iter().take_while(|byte| **byte == 255).count();
        *length = whole * 255 + usize::from(*rest.get(whole)?);
        rest = rest.get(whole + 1..)?;
    }
    let (first, rest) = rest.split_at_checked(lengths[0])?;
    let (second, third) = rest.split_at_checked(lengths[1])?;
    Some([first, second, third])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[&[u8]]) -> Headers {
        let mut headers = Headers::default();
        all.iter().for_each(|header| headers.add(header));
        headers
    }

    #[test]
    fn comments_alone_change_nothing() {
        let first = b"\x01vorbis\0\0\0\0\x02\x80\xbb\0\0....";
        let (setup, long) = ([5; 700], [3; 600]);
        let own = laced([first, &long, &setup]);
        assert_eq!(split(&own), Some([&first[..], &long, &setup]));
        let same = headers(&[first, b"\x03vorbis: another song", &setup]);
        assert_eq!((same.extradata("vorbis", &own), same.rate("vorbis")), (Some(own.clone()), Some(48_000)));
        let other = headers(&[b"left over", first, b"\x03vorbis", &[6; 10]]);
        assert_eq!(other.extradata("vorbis", &own), Some(laced([first, NO_COMMENTS, &[6; 10]])));
        assert_eq!(headers(&[first]).extradata("vorbis", &own), None);
        for end in 0..4 {
            assert_eq!(split(&own[..end]), None);
        }
    }

    #[test]
    fn opus_says_what_it_leaves_out() {
        let head = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0";
        let opus = headers(&[head, b"OpusTags"]);
        assert_eq!(opus.pre_skip("opus"), Some(312));
        let own = [&head[..10], b"\x01\x02", &head[12..]].concat();
        assert_eq!(opus.extradata("opus", &own), Some(own.clone()));
        assert_eq!(headers(&[b"OpusHead"]).pre_skip("opus"), None);
    }
}
