//! The tables of a track's samples in an MP4 without fragments (ISO/IEC 14496-12 8.6 and 8.7), read without a demuxer. FFmpeg makes
//! an index of them that takes longer than all else, so of long tracks it gets the first samples alone, and what is read here has
//! to be the same as far as these go.

use memchr::memmem;

use super::boxes::{self, Simple};
use crate::base::Result;
use crate::ffmpeg::Mend;
use crate::source::{ByteRange, Context};

/// Samples that FFmpeg knows of a long track at least: more than it looks at to find out what the container does not say.
const FIRST: u32 = 1024;
/// The most that an offset may be: FFmpeg leaves a table aside that has others.
const MAX_OFFSET: u32 = 1 << 28;
/// The most entries of a table.
const MOST: u32 = 1 << 22;
/// The names of sample entries whose samples are packets.
const FRAMED: [&[u8; 4]; 11] =
    [b"avc1", b"avc3", b"hvc1", b"hev1", b"av01", b"vp08", b"vp09", b"mp4v", b"mp4a", b"Opus", b"fLaC"];

/// The tables of a track in which nothing is odd.
pub(super) struct Tables {
    pub(super) id: u32,
    /// Ticks per second, and how many the track lasts.
    pub(super) scale: u32,
    pub(super) length: u64,
    /// How many samples last how many ticks, and are presented how many later than they are decoded.
    pub(super) durations: Vec<[u32; 2]>,
    pub(super) offsets: Option<Vec<[u32; 2]>>,
    pub(super) sizes: Sizes,
    /// From which chunk on each has how many samples, and by which description.
    runs: Vec<[u32; 3]>,
    pub(super) chunks: Vec<u64>,
    /// The numbers of keyframes; `None` if all are.
    pub(super) keyframes: Option<Vec<[u32; 1]>>,
    /// The samples that FFmpeg knows, and what keeps it from knowing more.
    pub(super) known: u32,
    pub(super) cut: Vec<Mend>,
}

pub(super) enum Sizes {
    All { count: u32, size: u32 },
    Each(Vec<[u32; 1]>),
}

impl Tables {
    /// The tables of a track; `None` if there is something odd.
    pub(super) fn read(context: &Context, track: &Simple) -> Result<Option<Self>> {
        // What says of more samples that decoding can begin with them, and what is ambiguous if there are two.
        let odd = track.count(context, [b"stps", b"stz2", b"rap ", b"sync"])?;
        let once = track.count(context, [b"stss", b"stsc", b"stsz", b"elst", b"mdhd"])?;
        let [small, large] = track.count(context, [b"stco", b"co64"])?;
        if odd != [0; 4] || once.iter().any(|count| *count > 1) || small + large != 1 {
            return Ok(None);
        }
        let Some(header) = track.media.child(context, b"mdhd")? else { return Ok(None) };
        let Some(scale) = boxes::timescale(context, header)? else { return Ok(None) };
        let Some(sizes) = Sizes::read(context, track)? else { return Ok(None) };
        let durations = numbers::<2>(context, track.table(b"stts"))?;
        let offsets = numbers::<2>(context, track.table(b"ctts"))?;
        let keyframes = numbers::<1>(context, track.table(b"stss"))?;
        let (Some(durations), Some(runs)) = (durations, numbers::<3>(context, track.table(b"stsc"))?) else {
            return Ok(None);
        };
        let chunks = match track.table(b"stco") {
            Some(table) => {
                numbers::<1>(context, Some(table))?.map(|small| small.iter().map(|[place]| u64::from(*place)).collect())
            }
            None => numbers::<2>(context, track.table(b"co64"))?
                .map(|large| large.iter().map(|[high, low]| u64::from(*high) << 32 | u64::from(*low)).collect()),
        };
        let Some(chunks) = chunks else { return Ok(None) };
        let is_read = offsets.is_some() == track.table(b"ctts").is_some()
            && keyframes.is_some() == track.table(b"stss").is_some();
        let ticks = durations.iter().map(|[samples, each]| u64::from(*samples) * u64::from(*each));
        let length = boxes::stated_length(context, header)?.min(ticks.fold(0, u64::saturating_add));
        let (id, known, cut) = (track.id, sizes.count(), Vec::new());
        let mut tables = Self { id, scale, length, durations, offsets, sizes, runs, chunks, keyframes, known, cut };
        if !is_read || !tables.is_plain() || u64::from(known) > context.limits().packets {
            return Ok(None);
        }
        if tables.can_be_cut(context, track)? {
            tables.cut(track);
        }
        Ok(Some(tables))
    }

    /// Whether FFmpeg knows no more than the first samples.
    pub(super) fn is_cut(&self) -> bool {
        !self.cut.is_empty()
    }

    /// Has FFmpeg know all samples.
    pub(super) fn whole(self) -> Self {
        Self { known: self.sizes.count(), cut: Vec::new(), ..self }
    }

    /// Samples in each chunk.
    pub(super) fn in_chunks(&self) -> impl Iterator<Item = u32> {
        let end = u32::try_from(self.chunks.len()).unwrap_or(u32::MAX).saturating_add(1);
        let ends = self.runs.iter().skip(1).map(|[first, ..]| *first).chain([end]);
        let runs = self.runs.iter().zip(ends);
        runs.flat_map(|([first, count, _], end)| std::iter::repeat_n(*count, end.saturating_sub(*first) as usize))
    }

    /// Whether all tables are of as many samples, and say nothing that a demuxer would mend.
    fn is_plain(&self) -> bool {
        let count = u64::from(self.sizes.count());
        let all = |runs: &[[u32; 2]]| runs.iter().map(|[samples, _]| u64::from(*samples)).sum::<u64>() == count;
        let (last, ascend) = (self.runs.last(), self.runs.is_sorted_by(|[one, ..], [next, ..]| one < next));
        let is_chunked = self.runs.first().is_some_and(|[first, ..]| *first == 1)
            && ascend
            && last.is_some_and(|[first, ..]| *first as usize <= self.chunks.len())
            && self.runs.iter().all(|[_, samples, description]| *samples > 0 && *description == 1);
        let ascend = |keyframes: &Vec<[u32; 1]>| keyframes.is_sorted_by(|one, next| one < next);
        let is_numbered = self
            .keyframes
            .as_ref()
            .is_none_or(|keyframes| keyframes.first().is_some_and(|[first]| *first > 0) && ascend(keyframes));
        // What does not fit in 31 bits is below zero.
        let can_last = |[_, ticks]: &[u32; 2]| *ticks > 0 && i32::try_from(*ticks).is_ok();
        let is_timed = all(&self.durations) && self.durations.iter().all(can_last);
        let is_presented = self.offsets.as_ref().is_none_or(|offsets| {
            all(offsets) && offsets.iter().all(|[samples, ticks]| *samples > 0 && *ticks <= MAX_OFFSET)
        });
        let is_plain = count > 0 && self.scale > 0 && is_chunked && is_numbered && is_timed && is_presented;
        is_plain && self.in_chunks().map(u64::from).sum::<u64>() == count
    }

    /// Whether FFmpeg gives the samples of the track as they are, and needs not know all to do so.
    fn can_be_cut(&self, context: &Context, track: &Simple) -> Result<bool> {
        let handler = track.media.child(context, b"hdlr")?;
        let kind = handler.map(|handler| handler.read::<4>(context, 8)).transpose()?.flatten();
        let entries = track.table(b"stsd").map_or(Ok(Vec::new()), |entries| entries.bytes(context))?;
        let is_framed = is_framed(&entries) && matches!(self.sizes, Sizes::Each(_));
        Ok(is_framed
            && match kind.as_ref() {
                Some(b"vide") => true,
                Some(b"soun") => self.offsets.is_none(),
                _ => false,
            })
    }

    /// Has each table but that of durations, which FFmpeg reckons rates from, end with a chunk soon behind the first samples.
    fn cut(&mut self, track: &Simple) {
        let (mut chunks, mut known) = (0, 0);
        for samples in self.in_chunks() {
            if known >= FIRST {
                break;
            }
            (chunks, known) = (chunks + 1, known + samples);
        }
        if known.saturating_add(FIRST) > self.known {
            return;
        }
        let entries = |runs: &Vec<[u32; 2]>| {
            let before = runs.iter().scan(0_u32, |end, [samples, _]| {
                let before = *end;
                *end = end.saturating_add(*samples);
                Some(before)
            });
            before.take_while(|before| *before < known).count()
        };
        let keyframes = |numbers: &Vec<[u32; 1]>| numbers.iter().take_while(|[number]| *number <= known).count().max(1);
        let ends: [(&[u8; 4], u64, Option<usize>); 6] = [
            (b"stsz", 8, Some(known as usize)),
            (b"stco", 4, Some(chunks)),
            (b"co64", 4, Some(chunks)),
            (b"stsc", 4, Some(self.runs.iter().take_while(|[first, ..]| *first as usize <= chunks).count())),
            (b"ctts", 4, self.offsets.as_ref().map(entries)),
            (b"stss", 4, self.keyframes.as_ref().map(keyframes)),
        ];
        let mend = |(name, place, end): (&[u8; 4], u64, Option<usize>)| {
            let place = track.table(name)?.start.saturating_add(place);
            Some(Mend { place, bytes: u32::try_from(end?).ok()?.to_be_bytes() })
        };
        self.cut = ends.into_iter().filter_map(mend).collect();
        self.known = known;
    }
}

impl Sizes {
    fn read(context: &Context, track: &Simple) -> Result<Option<Self>> {
        let Some(table) = track.table(b"stsz") else { return Ok(None) };
        Ok(match (table.read_u32(context, 4)?, table.read_u32(context, 8)?) {
            (Some(0), Some(_)) => numbers_at(context, Some(table), 8)?.map(Self::Each),
            (Some(size), Some(count)) => Some(Self::All { count, size }),
            _ => None,
        })
    }

    fn count(&self) -> u32 {
        match self {
            Self::All { count, .. } => *count,
            Self::Each(sizes) => u32::try_from(sizes.len()).unwrap_or(u32::MAX),
        }
    }

    /// Of each sample, in bytes.
    pub(super) fn each(&self) -> impl Iterator<Item = u32> {
        let (all, each) = match self {
            Self::All { count, size } => (std::iter::repeat_n(*size, *count as usize), &[][..]),
            Self::Each(sizes) => (std::iter::repeat_n(0, 0), sizes.as_slice()),
        };
        all.chain(each.iter().map(|[size]| *size))
    }
}

/// Whether samples with this description are packets.
fn is_framed(entries: &[u8]) -> bool {
    // Behind version, flags, the number of entries, and the size of the first.
    let Some((name, entry)) = entries.get(12..).and_then(<[u8]>::split_first_chunk::<4>) else { return false };
    FRAMED.contains(&name) && (name != b"mp4a" || is_aac(entry).unwrap_or(false))
}

/// Whether the object type of sound is AAC (ISO/IEC 14496-1 7.2.6.6): MP3 has entries of the same name.
fn is_aac(entry: &[u8]) -> Option<bool> {
    // Each descriptor has a tag, and a size in groups of seven bits.
    let content = |bytes: &'_ [u8], tag: u8| {
        let size = bytes.iter().skip(1).position(|byte| byte & 0x80 == 0)?;
        (bytes.first() == Some(&tag)).then_some(size + 2)
    };
    let stream = entry.get(memmem::find(entry, b"esds")? + 8..)?;
    let stream = stream.get(content(stream, 3)?..)?;
    // Behind an ID and flags.
    let decoder = stream.get(3..)?;
    let kind = decoder.get(content(decoder, 4)?)?;
    Some(matches!(kind, 0x40 | 0x66..=0x68))
}

/// The entries of a table; `None` if it is not there, or ends before them.
fn numbers<const N: usize>(context: &Context, table: Option<ByteRange>) -> Result<Option<Vec<[u32; N]>>> {
    numbers_at(context, table, 4)
}

/// The same where their number is at a place.
fn numbers_at<const N: usize>(
    context: &Context,
    table: Option<ByteRange>,
    place: u64,
) -> Result<Option<Vec<[u32; N]>>> {
    let Some(table) = table else { return Ok(None) };
    let (count, numbers) = boxes::numbers(context, table, place, MOST)?;
    Ok((numbers.len() == count as usize).then_some(numbers))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::source::{Source, boxed, words};

    /// The tables of a track of pictures whose other boxes are these.
    pub(in crate::probe) fn tables(boxes: &[Vec<u8>]) -> Option<Tables> {
        let entry = [0, 1, 8, u32::from_be_bytes(*b"avc1")];
        let table = [&[words("stsd", &entry)], boxes].concat().concat();
        let handler = boxed("hdlr", &[&[0; 8], &b"vide"[..]].concat());
        let media = [words("mdhd", &[0, 0, 0, 1000, 90_000]), handler, boxed("minf", &boxed("stbl", &table))].concat();
        let track = [words("tkhd", &[0, 0, 0, 1]), boxed("mdia", &media)].concat();
        let file = boxed("moov", &boxed("trak", &track));
        let context = Context::new(&Source::bytes(file));
        let simple = boxes::simple_tracks(&context).unwrap();
        simple.first().and_then(|track| Tables::read(&context, track).unwrap())
    }

    /// Three samples in two chunks, the first and the last of which are keyframes, with something else in the place of one box.
    pub(in crate::probe) fn three(other: &[u8]) -> Option<Tables> {
        let all = [
            words("stts", &[0, 2, 2, 10, 1, 7]),
            words("ctts", &[0, 3, 1, 20, 1, 0, 1, 10]),
            words("stsz", &[0, 0, 3, 5, 6, 7]),
            words("stsc", &[0, 2, 1, 2, 1, 2, 1, 1]),
            words("stco", &[0, 2, 100, 200]),
            words("stss", &[0, 2, 1, 3]),
        ];
        let name = other.get(4..8);
        let (mut boxes, known) = (all.to_vec(), all.iter().position(|own| own.get(4..8) == name));
        match known {
            Some(place) => boxes[place] = other.to_vec(),
            None => boxes.push(other.to_vec()),
        }
        tables(&boxes)
    }

    #[test]
    fn what_a_demuxer_would_mend_is_left_to_it() {
        assert!(three(&boxed("free", &[])).is_some());
        let odd: [(&str, &[u32]); 24] = [
            ("stts", &[0, 1, 2, 10]),
            ("stts", &[0, 1, 4, 10]),
            ("stts", &[0, 1, 3, 0]),
            ("stts", &[0, 1, 3, 1 << 31]),
            ("stts", &[0, 2, 3, 10]),
            ("stts", &[0]),
            ("ctts", &[0, 1, 2, 10]),
            ("ctts", &[0, 1, 3, u32::MAX]),
            ("ctts", &[0, 1, 3, MAX_OFFSET + 1]),
            ("ctts", &[0, 2, 0, 1, 3, 1]),
            ("ctts", &[0, 1, u32::MAX, 10]),
            ("stsz", &[0, 0, 2, 5, 6]),
            ("stsz", &[0, 0, 3, 5, 6]),
            ("stz2", &[0, 8, 3, 5, 6, 7]),
            ("stsc", &[0, 2, 2, 2, 1, 3, 1, 1]),
            ("stsc", &[0, 2, 1, 2, 1, 1, 1, 1]),
            ("stsc", &[0, 1, 1, 2, 1]),
            ("stsc", &[0, 2, 1, 2, 1, 2, 1, 2]),
            ("stco", &[0, 3, 100, 200, 300]),
            ("co64", &[0, 2, 0, 100, 0, 200]),
            ("stss", &[0, 2, 3, 1]),
            ("stss", &[0, 1, 0]),
            ("stss", &[0, 0]),
            ("stps", &[0, 1, 2]),
        ];
        for (name, numbers) in odd {
            assert!(three(&words(name, numbers)).is_none(), "{name} {numbers:?}");
        }
        for kind in ["rap ", "roll"] {
            let group = [&[0; 4], kind.as_bytes(), &[0; 4]].concat();
            assert_eq!(three(&boxed("sbgp", &group)).is_some(), kind == "roll");
        }
    }

    #[test]
    fn sound_is_framed_if_it_is_aac() {
        let entry = |kind: u8, size: &[u8]| {
            let decoder = [&[4][..], size, &[kind]].concat();
            [&[0; 12][..], b"mp4a", &[0; 28], b"\0\0\0\x33esds\0\0\0\0\x03", size, &[0, 1, 0], &decoder].concat()
        };
        for size in [&[25][..], &[0x80, 0x80, 0x80, 25]] {
            assert!(is_framed(&entry(0x40, size)) && !is_framed(&entry(0x6b, size)));
            let whole = entry(0x40, size);
            assert!((0..whole.len()).all(|end| !is_framed(&whole[..end])));
        }
        assert!(is_framed(&[&[0; 12][..], b"avc1"].concat()) && !is_framed(&[&[0; 12][..], b"ac-3"].concat()));
    }

    #[test]
    fn ffmpeg_knows_the_chunks_of_the_first_samples_of_a_long_track() {
        let count = 3 * FIRST;
        let offsets: Vec<u32> = (0..count).flat_map(|number| [1, number % 3]).collect();
        let keyframes: Vec<u32> = (0..count / 100).map(|number| number * 100 + 1).collect();
        let boxes = |samples: u32| {
            let chunks = count / samples;
            [
                words("stts", &[0, 1, count, 10]),
                words("ctts", &[&[0, count], &offsets[..]].concat()),
                words("stsz", &[&[0, 0, count], &vec![7; count as usize][..]].concat()),
                words("stsc", &[0, 1, 1, samples, 1]),
                words("co64", &[&[0, chunks], &vec![9; 2 * chunks as usize][..]].concat()),
                words("stss", &[&[0, count / 100], &keyframes[..]].concat()),
            ]
        };
        let tables_of_ten = tables(&boxes(24)).unwrap();
        // 43 chunks have 1032 samples, 11 of which are keyframes.
        let mut numbers: Vec<u32> = tables_of_ten.cut.iter().map(|mend| u32::from_be_bytes(mend.bytes)).collect();
        numbers.sort_unstable();
        assert_eq!((tables_of_ten.known, numbers), (1032, vec![1, 11, 43, 1032, 1032]));
        let in_one = tables(&boxes(count)).unwrap();
        assert_eq!((in_one.known, in_one.is_cut()), (count, false));
    }
}
