//! What FFmpeg reads in the place of four bytes of a source, where it would refuse the file for them, or work on it for
//! long.

use super::mend::Mend;
use super::sample_bits;
use crate::base::Result;
use crate::source::{ByteRange, Context, first_movie, read_header};

/// The most boxes among which indexes are looked for.
const MAX_INDEXED: usize = 1 << 16;

/// The names of the segment indexes of an MP4 (`sidx`, ISO/IEC 14496-12 8.16.3), as free space.
pub(super) fn segment_indexes(context: &Context) -> Vec<Mend> {
    let (mut found, mut place) = (Vec::new(), 0);
    for _ in 0..MAX_INDEXED {
        let Ok(Some((name, content))) = read_header(context, place) else { break };
        if &name == b"sidx" {
            found.push(Mend { place: place + 4, bytes: *b"free" });
        }
        place = content.end;
    }
    found
}

/// What is read otherwise of uncompressed sound in MP4, QuickTime, WAV and W64.
pub(super) fn sound(context: &Context) -> Result<Vec<Mend>> {
    if let Some(description) = sample_bits::wav_description(context)? {
        return Ok(sample_bits::in_wav(context, description)?.into_iter().collect());
    }
    let Some(movie) = first_movie(context)? else { return Ok(Vec::new()) };
    let mut mends = Vec::new();
    let boxes = movie.children(context)?.unwrap_or_default();
    for (_, track) in boxes.into_iter().filter(|(name, _)| name == b"trak") {
        mends.extend(sound_duration(context, track)?);
        mends.extend(sample_bits::in_track(context, track)?);
    }
    Ok(mends)
}

/// The duration of samples that have one value of each channel and are stated to last another time than one tick: FFmpeg makes
/// a packet of each, where it reads a chunk at once else.
fn sound_duration(context: &Context, track: ByteRange) -> Result<Option<Mend>> {
    let Some(media) = track.child(context, b"mdia")? else { return Ok(None) };
    let Some(information) = media.child(context, b"minf")? else { return Ok(None) };
    let Some(table) = information.child(context, b"stbl")? else { return Ok(None) };
    // 8.6.1.2 and 8.7.3.2, behind version and flags.
    let Some(durations) = table.child(context, b"stts")? else { return Ok(None) };
    let duration = durations.read_u32(context, 12)?;
    if durations.read_u32(context, 4)? != Some(1) || duration.is_none_or(|duration| duration == 1) {
        return Ok(None);
    }
    let Some(sizes) = table.child(context, b"stsz")? else { return Ok(None) };
    let Some(size) = sizes.read_u32(context, 4)?.filter(|size| *size > 0) else { return Ok(None) };
    let is_sound = information.child(context, b"smhd")?.is_some();
    let Some(descriptions) = table.child(context, b"stsd")?.filter(|_| is_sound) else { return Ok(None) };
    // 12.2.3: channels and bits of the first entry, and its samples per second.
    let shape = descriptions.read_u32(context, 32)?.unwrap_or(0);
    let rate = descriptions.read_u32(context, 40)?.unwrap_or(0) >> 16;
    let is_single = size == 1 || size == (shape >> 16) * (shape & 0xffff) / 8;
    // 8.4.2.2: times of 32 bits, or of 64, come before.
    let Some(header) = media.child(context, b"mdhd")? else { return Ok(None) };
    let is_long = header.read_u32(context, 0)?.is_some_and(|version_and_flags| version_and_flags >> 24 == 1);
    let ticks = header.read_u32(context, if is_long { 20 } else { 12 })?;
    let mend = Mend { place: durations.start.saturating_add(12), bytes: 1_u32.to_be_bytes() };
    Ok((is_single && ticks == Some(rate)).then_some(mend))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, boxed, words};

    /// Stereo of 16 bits at 48 kHz: ticks per second, bytes of a sample, and how long it lasts.
    fn mended(header: &str, ticks: u32, size: u32, duration: u32) -> Vec<Mend> {
        let shape = [0, 1, 36, 0, 0, 1, 0, 0, 2 << 16 | 16, 0, 48_000 << 16];
        let table = [words("stsd", &shape), words("stts", &[0, 1, 1000, duration]), words("stsz", &[0, size, 1000])];
        let media = [
            words("mdhd", &[0, 0, 0, ticks, 1000, 0]),
            boxed("minf", &[boxed(header, &[0; 8]), boxed("stbl", &table.concat())].concat()),
        ];
        let track = boxed("trak", &boxed("mdia", &media.concat()));
        let file = [boxed("ftyp", b"qt  "), boxed("moov", &track)].concat();
        let place = file.windows(4).position(|name| name == b"stts").unwrap() as u64 + 16;
        let mends = sound(&Context::new(&Source::bytes(file))).unwrap();
        assert!(mends.iter().all(|mend| *mend == Mend { place, bytes: [0, 0, 0, 1] }), "{mends:?}");
        mends
    }

    #[test]
    fn single_values_of_sound_last_a_tick() {
        for (size, duration) in [(4, 0), (4, u32::MAX), (1, 1 << 20)] {
            assert_eq!(mended("smhd", 48_000, size, duration).len(), 1);
        }
    }

    #[test]
    fn all_else_stays_as_it_is() {
        assert_eq!(mended("smhd", 48_000, 4, 1), []);
        assert_eq!(mended("smhd", 48_000, 4096, 1024), []);
        assert_eq!(mended("smhd", 96_000, 4, 2), []);
        assert_eq!(mended("smhd", 48_000, 0, 1024), []);
        assert_eq!(mended("vmhd", 48_000, 4, 0), []);
    }
}
