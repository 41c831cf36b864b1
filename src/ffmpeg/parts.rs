//! FLAC files that were put one after the other: each numbers its samples from its own beginning.

use rsmpeg::avformat::AVFormatContextInput;

use super::packet::MediaPacket;
use super::stream::Stream;
use crate::base::Rational;
use crate::media::MAX_TIME;

/// The length of what each file begins with (RFC 9639 8.2), its STREAMINFO.
const INFO: usize = 34;

/// Has the packets of a file follow those of the one before.
pub(super) struct Parts {
    time_base: Rational,
    info: Info,
    /// When the file begins that is read, and when its last packet ends.
    start: i64,
    end: i64,
    pub(super) is_joined: bool,
}

/// What a file states about itself.
#[derive(Clone, Copy, Default)]
struct Info {
    rate: u64,
    /// How many samples it has; none if that was not known.
    samples: u64,
    /// How many a frame has at most.
    block: u64,
}

impl Parts {
    /// For a stream of FLAC alone.
    pub(super) fn of(stream: &Stream<'_>) -> Self {
        let info = Info::read(stream.extradata()).unwrap_or_default();
        Self { time_base: stream.time_base(), info, start: 0, end: 0, is_joined: false }
    }

    /// Lets the decoder take frames longer than the first file has.
    pub(super) fn allow_any_length(format: &mut AVFormatContextInput) {
        let Some(stream) = format.streams_mut().first_mut() else { return };
        // SAFETY: the stream belongs to a context that we borrow mutably. Its extradata, null if there is none, has its size.
        unsafe {
            let parameters = &*(*stream.as_mut_ptr()).codecpar;
            if !parameters.extradata.is_null() && parameters.extradata_size >= INFO as i32 {
                std::slice::from_raw_parts_mut(parameters.extradata, INFO)
                    .iter_mut()
                    .skip(2)
                    .take(2)
                    .for_each(|byte| *byte = 0xff);
            }
        }
    }

    /// FFmpeg gives the last frames of a file with all that comes before the first frame of the next one as a packet without
    /// a time.
    pub(super) fn place(&mut self, packet: &mut MediaPacket) {
        let begun: Vec<(usize, Info)> = match packet.entry.point.pts {
            None => beginnings(packet.data()).collect(),
            Some(_) => Vec::new(),
        };
        if !begun.is_empty() {
            let (time, mut from) = (self.end, 0);
            for (to, info) in begun {
                let samples = self.info.samples_until(packet.data().get(from..to).unwrap_or_default());
                self.start = self.start.saturating_add(self.ticks(samples)).clamp(self.end, MAX_TIME);
                (self.end, self.info, self.is_joined, from) = (self.start, info, true, to);
            }
            let entry = &mut packet.entry;
            (entry.point.pts, entry.point.dts, entry.time) = (Some(time), Some(time), time);
            (entry.duration, entry.key) = (self.start - time, true);
        } else if let Some(pts) = packet.entry.point.pts.and_then(|pts| u64::try_from(pts).ok()) {
            let entry = &mut packet.entry;
            if self.is_joined {
                let time = self.start.saturating_add(self.ticks(pts)).min(MAX_TIME);
                (entry.point.pts, entry.point.dts, entry.time) = (Some(time), Some(time), time);
                entry.duration = self.ticks(u64::try_from(entry.duration).unwrap_or(0));
            }
            self.end = entry.time.saturating_add(entry.duration).min(MAX_TIME);
        }
        packet.take_times();
    }

    /// So many samples of this file in the ticks of the first.
    fn ticks(&self, samples: u64) -> i64 {
        let second = i64::try_from(self.info.rate).unwrap_or(0).max(1);
        self.time_base.ticks(Rational::new(1, second).times(i64::try_from(samples).unwrap_or(0).min(MAX_TIME)))
    }
}

impl Info {
    fn read(bytes: &[u8]) -> Option<Self> {
        let bits = u64::from_be_bytes(bytes.get(10..18)?.try_into().ok()?);
        let block = u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?);
        Some(Self { rate: bits >> 44, samples: bits & ((1 << 36) - 1), block: block.into() })
    }

    /// The samples of the file that ends with this data: if it does not state them, by its last frame.
    fn samples_until(&self, data: &[u8]) -> u64 {
        let last = || (0..data.len()).rev().find_map(|place| self.frame_end(data.get(place..)?));
        if self.samples > 0 { self.samples } else { last().unwrap_or(0) }
    }

    /// The number of the sample behind a frame, by its header (RFC 9639 9.1).
    fn frame_end(&self, head: &[u8]) -> Option<u64> {
        let [0xff, sync @ (0xf8 | 0xf9), codes, _, number @ ..] = head else { return None };
        let first = *number.first()?;
        let length = (first.leading_ones() as usize).max(1);
        let own_bits = u64::from(first) & (0x7f >> first.leading_ones());
        let rest = number.get(1..length)?.iter();
        let coded = rest.fold(own_bits, |sum, byte| sum << 6 | u64::from(byte & 0x3f));
        let sizes = number.get(length..)?;
        let (samples, long) = match codes >> 4 {
            1 => (192, 0),
            code @ 2..=5 => (576 << (code - 2), 0),
            6 => (u64::from(*sizes.first()?) + 1, 1),
            7 => (u64::from(u16::from_be_bytes(sizes.get(..2)?.try_into().ok()?)) + 1, 2),
            code @ 8.. => (256 << (code - 8), 0),
            0 => return None,
        };
        let long =
            long + [(12, 1), (13, 2), (14, 2)].iter().find(|(code, _)| *code == codes & 15).map_or(0, |found| found.1);
        let (header, rest) = head.split_at_checked(4 + length + long)?;
        let start = if *sync == 0xf9 { coded } else { coded.saturating_mul(self.block) };
        (checksum(header) == *rest.first()?).then(|| start.saturating_add(samples))
    }
}

/// That of a frame's header (RFC 9639 9.1.8).
fn checksum(bytes: &[u8]) -> u8 {
    let divided = |sum: u8| if sum >> 7 == 1 { sum << 1 ^ 7 } else { sum << 1 };
    bytes.iter().fold(0, |sum, byte| (0..8).fold(sum ^ byte, |sum, _| divided(sum)))
}

/// Where files begin in `data`, and what they state.
fn beginnings(data: &[u8]) -> impl Iterator<Item = (usize, Info)> {
    // The format's name, and the head of the block that is the first, and may be the last.
    let begins = |bytes: &[u8]| bytes.starts_with(b"fLaC") && matches!(bytes.get(4..8), Some([0 | 0x80, 0, 0, 34]));
    let places = data.windows(8 + INFO).enumerate().filter(move |(_, bytes)| begins(bytes));
    places.filter_map(|(place, bytes)| Some((place, Info::read(bytes.get(8..)?)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_how_they_begin() {
        let info = |samples: u64| [&[0; 10][..], &(48_000 << 44 | samples).to_be_bytes(), &[0; 16]].concat();
        let data = [b"\xff\xf8fLaCfLaC\0\0\0\x22", &info(7)[..], b"fLaC\x80\0\0\x22", &info(0)].concat();
        let found: Vec<_> = beginnings(&data).map(|(place, info)| (place, info.rate, info.samples)).collect();
        assert_eq!(found, [(6, 48_000, 7), (48, 48_000, 0)]);
        // That does not fit.
        assert_eq!(beginnings(&data[..data.len() - 1]).count(), 1);
    }

    #[test]
    fn a_file_without_a_length_ends_with_its_last_frame() {
        let info = Info { rate: 48_000, samples: 0, block: 4096 };
        let framed = |head: &[u8]| [b"\0\xff", head, &[checksum(head)], b"\xff\xf8sound"].concat();
        // Number 3 of frames of 4096, of which the last has 1000 samples; then one of many that states its first sample.
        assert_eq!(info.samples_until(&framed(b"\xff\xf8\x7a\0\x03\x03\xe7")), 3 * 4096 + 1000);
        assert_eq!(info.samples_until(&framed(b"\xff\xf9\x2c\0\xe0\xa0\x80\x30")), 2048 + 576);
        assert_eq!(info.samples_until(b"\xff\xf8\x7a\0\x03\x03\xe7\0"), 0);
        assert_eq!(Info { samples: 5, ..info }.samples_until(b""), 5);
        for end in 0..8 {
            assert_eq!(info.frame_end(b"\xff\xf8\x7a\0\xff\xff\xff\xff".get(..end).unwrap()), None);
        }
    }
}
