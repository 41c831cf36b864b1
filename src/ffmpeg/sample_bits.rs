//! Uncompressed sound whose samples have fewer bits than their bytes, such as 24 in four. FFmpeg goes by the bits alone and reads each
//! sample as if it were shorter, which is noise. The bits are the upper ones and the others 0, so it may read that all of them count.

use super::mend::Mend;
use crate::base::Result;
use crate::source::{ByteRange, Context};

/// The most chunks of a WAV among which its description is looked for.
const MAX_CHUNKS: usize = 64;
/// A description whose kind of sound is the beginning of an identifier (`WAVEFORMATEXTENSIBLE`), and uncompressed sound. Without one 24 bits
/// in four bytes are what Cool Edit wrote, which FFmpeg knows: floating point, as loud as 24 bits.
const EXTENSIBLE: u16 = 0xfffe;
const PCM: u16 = 1;
/// Of the flags of QuickTime's second version: floating point, and bits at the upper end.
const IS_FLOAT: u32 = 1;
const IS_HIGH: u32 = 1 << 4;

/// The description of the sound in a WAV or W64.
pub(super) fn wav_description(context: &Context) -> Result<Option<ByteRange>> {
    let file = ByteRange { start: 0, end: context.source.len() };
    // Chunks have a name and a size; those of a W64 an identifier and a size of both, and each begins at an eighth byte.
    let (head, align, mut place): (u64, u64, u64) = match file.read::<4>(context, 0)?.as_ref() {
        Some(b"RIFF" | b"RF64" | b"BW64") => (8, 2, 12),
        Some(b"riff") => (24, 8, 40),
        _ => return Ok(None),
    };
    for _ in 0..MAX_CHUNKS {
        let Some(name) = file.read::<4>(context, place)? else { break };
        let size = if head == 8 {
            file.read(context, place + 4)?.map(|size| u32::from_le_bytes(size).into())
        } else {
            file.read(context, place + 16)?.map(|size| u64::from_le_bytes(size).saturating_sub(head))
        };
        let start = place.saturating_add(head);
        let end = start.saturating_add(size.unwrap_or(u64::MAX));
        match &name {
            b"fmt " => return Ok(Some(ByteRange { start, end })),
            b"data" => break,
            _ => place = end.checked_next_multiple_of(align).unwrap_or(u64::MAX),
        }
    }
    Ok(None)
}

/// By the bytes that a sample of all channels has (`nBlockAlign`).
pub(super) fn in_wav(context: &Context, description: ByteRange) -> Result<Option<Mend>> {
    let at = |offset| description.read(context, offset).map(|number| number.map_or(0, u16::from_le_bytes));
    if (at(0)?, at(24)?) != (EXTENSIBLE, PCM) {
        return Ok(None);
    }
    let Some(bits) = whole(at(18)?.into(), at(12)?.into(), at(2)?.into()) else { return Ok(None) };
    let ([a, b], [c, d]) = (at(16)?.to_le_bytes(), bits.to_le_bytes());
    Ok(Some(Mend { place: description.start.saturating_add(16), bytes: [a, b, c, d] }))
}

/// The first sound description, if it is of version 2 (QuickTime File Format, sound media).
pub(super) fn in_track(context: &Context, track: ByteRange) -> Result<Option<Mend>> {
    let descriptions = track.descend(context, [b"mdia", b"minf", b"stbl", b"stsd"])?;
    let Some(descriptions) = descriptions else { return Ok(None) };
    let at = |offset| descriptions.read_u32(context, offset).map(|number| number.unwrap_or(0));
    if descriptions.read(context, 12)? != Some(*b"lpcm") || at(24)? >> 16 != 2 {
        return Ok(None);
    }
    let (channels, bits, flags, block) = (at(56)?, at(64)?, at(68)?, at(72)?);
    let bits = whole(bits, block, channels).filter(|_| flags & (IS_FLOAT | IS_HIGH) == IS_HIGH);
    Ok(bits.map(|bits| Mend { place: descriptions.start.saturating_add(64), bytes: u32::from(bits).to_be_bytes() }))
}

/// All bits of a sample in so many bytes for all channels, if those that count take fewer bytes.
fn whole(bits: u32, block: u32, channels: u32) -> Option<u16> {
    let bytes = block.checked_div(channels).filter(|bytes| bytes * channels == block && (2..=4).contains(bytes))?;
    (bits > 0 && bits.div_ceil(8) < bytes).then_some(bytes as u16 * 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, boxed, words};

    fn mended(file: Vec<u8>) -> Vec<Mend> {
        let context = Context::new(&Source::bytes(file));
        let description = wav_description(&context).unwrap();
        description.and_then(|description| in_wav(&context, description).unwrap()).into_iter().collect()
    }

    /// Two channels of so many bytes each, and bits as stated twice.
    fn wav(format: u16, bytes: u16, bits: u16, valid: u16) -> Vec<u8> {
        let numbers =
            [format, 2, 8000, 0, 0, 0, 2 * bytes, bits, 22, valid, 3, 0, PCM, 0].map(u16::to_le_bytes).concat();
        let chunk = |name: &[u8], bytes: &[u8]| [name, &(bytes.len() as u32).to_le_bytes(), bytes].concat();
        [b"RIFF\0\0\0\0WAVE", &chunk(b"LIST", b"abcd")[..], &chunk(b"fmt ", &numbers), b"data"].concat()
    }

    #[test]
    fn bits_that_are_less_than_their_bytes_are_all_read_in_a_wav() {
        assert_eq!(mended(wav(EXTENSIBLE, 4, 32, 24)), [Mend { place: 48, bytes: [22, 0, 32, 0] }]);
    }

    #[test]
    fn all_else_stays_as_it_is_in_a_wav() {
        for (format, bytes, bits, valid) in
            [(EXTENSIBLE, 4, 32, 32), (EXTENSIBLE, 3, 24, 20), (EXTENSIBLE, 4, 32, 0), (PCM, 4, 24, 24), (3, 4, 24, 24)]
        {
            assert_eq!(mended(wav(format, bytes, bits, valid)), []);
        }
        for length in 0..60 {
            let whole = wav(EXTENSIBLE, 4, 32, 24);
            assert_eq!(mended(whole[..length].to_vec()).len(), usize::from(length >= 58));
        }
    }

    #[test]
    fn those_of_quicktime_are_read_too_if_they_are_the_upper_ones() {
        for (bits, flags, count) in [(24, 0x14, 1), (24, 0x4, 0), (24, 0x11, 0), (32, 0x14, 0), (0, 0x14, 0)] {
            let lpcm = u32::from_be_bytes(*b"lpcm");
            let entry = [72, lpcm, 0, 1, 2 << 16, 0, 0, 0, 0, 72, 0, 0, 2, 0, bits, flags, 8, 1];
            let table = boxed("stbl", &words("stsd", &[&[0, 1], &entry[..]].concat()));
            let track = boxed("mdia", &boxed("minf", &table));
            let all = ByteRange { start: 0, end: track.len() as u64 };
            let mends = in_track(&Context::new(&Source::bytes(track)), all).unwrap();
            assert_eq!(mends.iter().map(|mend| mend.bytes).collect::<Vec<_>>(), vec![[0, 0, 0, 32]; count]);
        }
    }
}
