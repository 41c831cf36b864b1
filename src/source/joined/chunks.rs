//! WAV and AIFF files one after the other, of which FFmpeg plays the first: their sound behind one header, where all have the
//! same kind of it.

use std::io;
use std::ops::Range;

use super::pieces::Pieces;
use crate::source::Source;

/// The most chunks and files that are looked at: a bound on reads.
const MAX_CHUNKS: usize = 4096;
/// The longest description of sound that is read.
const MAX_DESCRIPTION: u64 = 4096;

/// A format of chunks.
pub(super) struct Format {
    name: &'static [u8; 4],
    is_big_endian: bool,
    /// The chunk that says what the sound is, and where in it a number of samples stands, which is each file's own.
    description: &'static [u8; 4],
    count: Option<Range<usize>>,
    /// The chunk with the sound, and its bytes before that.
    sound: &'static [u8; 4],
    lead: u64,
}

pub(super) const WAV: Format =
    Format { name: b"RIFF", is_big_endian: false, description: b"fmt ", count: None, sound: b"data", lead: 0 };
pub(super) const AIFF: Format =
    Format { name: b"FORM", is_big_endian: true, description: b"COMM", count: Some(2..6), sound: b"SSND", lead: 8 };

/// One of the files.
#[derive(Default)]
struct File {
    form: [u8; 4],
    description: Vec<u8>,
    count: u32,
    /// Where its sound is, and how much it states.
    sound: Option<Range<u64>>,
}

/// The sound of all files, if there are several, each of them has all that it states, and they differ in nothing else.
pub(super) fn pieces(source: &Source, format: &Format) -> io::Result<Option<Pieces>> {
    let Some(files) = files(source, format)? else { return Ok(None) };
    let (Some(first), true) = (files.first(), files.len() > 1) else { return Ok(None) };
    let is_like = |file: &&File| file.form == first.form && file.description == first.description;
    let parts: Vec<_> = files.iter().filter(is_like).filter_map(|file| file.sound.clone()).collect();
    if parts.len() != files.len() || parts.iter().any(Range::is_empty) {
        return Ok(None);
    }
    let bytes: u64 = parts.iter().map(|part| part.end - part.start).sum();
    let count = files.iter().fold(0_u32, |sum, file| sum.saturating_add(file.count));
    Ok(format.header(first, bytes, count).map(|header| Pieces { header, parts }))
}

/// The files one after the other; `None` if something else is among them, or behind them.
fn files(source: &Source, format: &Format) -> io::Result<Option<Vec<File>>> {
    let (mut files, mut place, mut start): (Vec<File>, u64, u64) = (Vec::new(), 0, 0);
    for _ in 0..MAX_CHUNKS {
        // The last one may end without what makes its length even.
        if place >= source.len() {
            return Ok(Some(files));
        }
        let mut head = [0; 12];
        let has_form = source.fills_at(place, &mut head)?;
        let [a, b, c, d, w, x, y, z, form @ ..] = head;
        if has_form && [a, b, c, d] == *format.name {
            files.push(File { form, ..File::default() });
            (start, place) = (place, place + 12);
            continue;
        }
        let (Some(file), true) = (files.last_mut(), place + 8 <= source.len()) else { return Ok(None) };
        let size = u64::from(format.number([w, x, y, z]));
        let end = place + 8 + size;
        if [a, b, c, d] == *format.description && file.description.is_empty() && size <= MAX_DESCRIPTION {
            file.description.resize(size as usize, 0);
            if !source.fills_at(place + 8, &mut file.description)? {
                return Ok(None);
            }
            file.take_count(format);
        } else if [a, b, c, d] == *format.sound && file.sound.is_none() && size > format.lead && end <= source.len() {
            file.sound = Some(place + 8 + format.lead..end);
        } else if ![a, b, c, d].iter().all(|byte| (b' '..=b'~').contains(byte)) {
            return Ok(None);
        }
        // Each begins at an even place of its file, but for those that forget it where the file ends.
        let padded = end + (end - start) % 2;
        let mut next = [0; 4];
        place = if padded != end && source.fills_at(end, &mut next)? && next == *format.name { end } else { padded };
    }
    Ok(None)
}

impl File {
    /// Takes the number of samples out of the description, so that those of two files are alike.
    fn take_count(&mut self, format: &Format) {
        let place = format.count.clone().and_then(|count| self.description.get_mut(count));
        if let Some(bytes) = place {
            self.count = bytes.try_into().map_or(0, |bytes: [u8; 4]| format.number(bytes));
            bytes.fill(0);
        }
    }
}

impl Format {
    fn number(&self, bytes: [u8; 4]) -> u32 {
        if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    fn bytes(&self, number: u32) -> [u8; 4] {
        if self.is_big_endian { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    /// The beginning of a file like `first` up to its sound, of so many bytes and samples; `None` if it cannot state them.
    fn header(&self, first: &File, bytes: u64, count: u32) -> Option<Vec<u8>> {
        let mut description = first.description.clone();
        if let Some(place) = self.count.clone() {
            description.get_mut(place)?.copy_from_slice(&self.bytes(count));
        }
        let size = self.bytes(u32::try_from(description.len()).ok()?);
        description.resize(description.len().next_multiple_of(2), 0);
        let sound = u32::try_from(bytes + self.lead).ok()?;
        let whole = sound.checked_add(u32::try_from(description.len()).ok()?)?.checked_add(20)?;
        let lead = vec![0; usize::try_from(self.lead).ok()?];
        let head = [&self.name[..], &self.bytes(whole), &first.form, self.description, &size, &description];
        Some([&head.concat()[..], self.sound, &self.bytes(sound), &lead].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(rate: u8, sound: &[u8]) -> Vec<u8> {
        let chunk = |name: &[u8], bytes: &[u8]| {
            let pad = &[0][..bytes.len() % 2];
            [name, &(bytes.len() as u32).to_le_bytes(), bytes, pad].concat()
        };
        let format = [1, 0, 1, 0, rate, 1, 0, 0, rate, 1, 0, 0, 1, 0, 8, 0];
        let chunks = [chunk(b"fmt ", &format), chunk(b"LIST", b"INFO?"), chunk(b"data", sound)].concat();
        [b"RIFF", &(chunks.len() as u32 + 4).to_le_bytes()[..], b"WAVE", &chunks].concat()
    }

    fn read_as(bytes: &[u8]) -> Option<Vec<u8>> {
        let pieces = pieces(&Source::bytes(bytes.to_vec()), &WAV).unwrap()?;
        let parts = pieces.parts.iter().flat_map(|part| &bytes[part.start as usize..part.end as usize]);
        Some(pieces.header.iter().chain(parts).copied().collect())
    }

    #[test]
    fn the_sound_of_all_is_behind_one_header() {
        let joined = read_as(&[wav(9, b"abc"), wav(9, b"de"), wav(9, b"f")].concat()).unwrap();
        assert!(joined.ends_with(b"data\x06\0\0\0abcdef"), "{joined:?}");
        assert_eq!(joined[4..8], (joined.len() as u32 - 8).to_le_bytes());
        // Without what makes its length even.
        let odd = [&wav(9, b"abc")[..61], &wav(9, b"de")].concat();
        assert!(read_as(&odd).unwrap().ends_with(b"abcde"));
    }

    #[test]
    fn what_is_not_plainly_several_files_of_one_kind_is_read_as_it_is() {
        let (one, other) = (wav(9, b"abc"), wav(8, b"abc"));
        assert_eq!(read_as(&one), None);
        assert_eq!(read_as(&[&one[..], &other].concat()), None);
        assert_eq!(read_as(&[&one[..], &one, b"\x01\x02\x03\x04\x05\x06\x07\x08"].concat()), None);
        for end in 0..one.len() - 1 {
            assert_eq!(read_as(&[&one[..], &one[..end]].concat()), None, "cut at {end}");
        }
    }
}
