//! The boxes of an MP4 or QuickTime file (ISO/IEC 14496-12 4.2), as far as they tell whether its index is complete,
//! which tracks are simple, and whether one is encrypted.

use crate::base::Result;
use crate::source::{ByteRange, Context, MAX_BOXES, Named, first_movie, read_header};

/// Whether the source is an MP4 or QuickTime file without fragments: its `moov` box then lists all packets.
pub(super) fn is_indexed_mp4(context: &Context) -> Result<bool> {
    let (mut offset, mut movies) = (0_u64, 0);
    for _ in 0..MAX_BOXES {
        if offset >= context.source.len() {
            return Ok(movies == 1);
        }
        let Some((name, content)) = read_header(context, offset)? else { return Ok(false) };
        match &name {
            b"moov" => movies += 1,
            b"ftyp" | b"mdat" | b"free" | b"skip" | b"wide" | b"uuid" | b"udta" | b"meta" | b"pnot" => {}
            _ => return Ok(false),
        }
        offset = content.end;
    }
    Ok(false)
}

/// A track in an indexed MP4 that has one sample description and one sample table, so that its boxes state all about its packets.
pub(super) struct Simple {
    pub(super) id: u32,
    track: ByteRange,
    pub(super) media: ByteRange,
    /// The boxes of its sample table.
    tables: Vec<Named>,
}

impl Simple {
    /// A box of its sample table.
    pub(super) fn table(&self, name: &[u8; 4]) -> Option<ByteRange> {
        self.tables.iter().find(|(found, _)| found == name).map(|(_, content)| *content)
    }

    /// How often each name is in the track, at any byte, because demuxers also accept boxes where they do not belong. Nobody looks
    /// for boxes among the numbers of a table.
    pub(super) fn count<const N: usize>(&self, context: &Context, names: [&[u8; 4]; N]) -> Result<[usize; N]> {
        const NUMBERS: [&[u8; 4]; 7] = [b"stts", b"ctts", b"stss", b"stsc", b"stsz", b"stco", b"co64"];
        let (mut counts, mut start) = ([0; N], self.track.start);
        let numbers = self.tables.iter().filter(|(name, _)| NUMBERS.contains(&name)).map(|(_, content)| *content);
        for numbers in numbers.chain([ByteRange { start: self.track.end, end: self.track.end }]) {
            let between = ByteRange { start, end: numbers.start }.count(context, names)?;
            counts.iter_mut().zip(between).for_each(|(count, found)| *count += found);
            start = numbers.end;
        }
        Ok(counts)
    }
}

/// The simple tracks of an indexed MP4. Anything unusual excludes a track.
pub(super) fn simple_tracks(context: &Context) -> Result<Vec<Simple>> {
    let file = ByteRange { start: 0, end: context.source.len() };
    let Some(movie) = file.child(context, b"moov")? else { return Ok(Vec::new()) };
    let Some(boxes) = movie.children(context)? else { return Ok(Vec::new()) };
    let (mut ids, mut found) = (Vec::new(), Vec::new());
    for (_, track) in boxes.into_iter().filter(|(name, _)| name == b"trak") {
        // A track whose ID cannot be read might have any other's.
        let Some(id) = track_id(context, track)? else { return Ok(Vec::new()) };
        ids.push(id);
        found.extend(simple(context, id, track)?);
    }
    found.retain(|track| ids.iter().filter(|id| **id == track.id).count() == 1);
    Ok(found)
}

/// Whether a sample entry stands for an encrypted one: by common encryption (ISO/IEC 14496-12 8.12.1), or by what iTunes
/// protected films and songs with. The demuxer gives the format beneath, as if the samples had it.
pub(super) fn has_encrypted_track(context: &Context) -> Result<bool> {
    const ENTRIES: [&[u8; 4]; 6] = [b"encv", b"enca", b"enct", b"encs", b"drmi", b"drms"];
    let Some(movie) = first_movie(context)? else { return Ok(false) };
    for (_, track) in movie.children(context)?.unwrap_or_default().into_iter().filter(|(name, _)| name == b"trak") {
        let Some(descriptions) = track.descend(context, [b"mdia", b"minf", b"stbl", b"stsd"])? else { continue };
        // 8.5.2: version and flags, then entry_count.
        let entries = ByteRange { start: descriptions.start.saturating_add(8), ..descriptions };
        if entries.children(context)?.unwrap_or_default().iter().any(|(name, _)| ENTRIES.contains(&name)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The `moov` box of an MP4, and in it the track with this ID, if it is the only one.
pub(super) fn movie_and_track(context: &Context, id: u32) -> Result<Option<(ByteRange, ByteRange)>> {
    let Some(movie) = first_movie(context)? else { return Ok(None) };
    let boxes = movie.children(context)?.unwrap_or_default();
    let mut found = None;
    for (_, track) in boxes.into_iter().filter(|(name, _)| name == b"trak") {
        match (track_id(context, track)?, found) {
            (Some(own), None) if own == id => found = Some(track),
            (Some(own), _) if own != id => {}
            _ => return Ok(None),
        }
    }
    Ok(found.map(|track| (movie, track)))
}

pub(super) fn track_id(context: &Context, track: ByteRange) -> Result<Option<u32>> {
    let Some(header) = track.child(context, b"tkhd")? else { return Ok(None) };
    // ISO/IEC 14496-12 8.3.2: two times come before the ID, of 32 bits each in version 0 and of 64 in version 1.
    let version = header.read_u32(context, 0)?.map(|version_and_flags| version_and_flags >> 24);
    header.read_u32(context, if version == Some(1) { 20 } else { 12 })
}

/// How many samples a track has, and how long the last of them is stated to last (8.6.1.2), if its table says so in few words,
/// as those of sound do.
pub(super) fn last_sample(context: &Context, id: u32) -> Result<Option<(usize, i64)>> {
    const MAX_ENTRIES: u32 = 1024;
    let Some((_, track)) = movie_and_track(context, id)? else { return Ok(None) };
    let Some(times) = track.descend(context, [b"mdia", b"minf", b"stbl", b"stts"])? else { return Ok(None) };
    let (entries, runs) = numbers::<2>(context, times, 4, MAX_ENTRIES)?;
    let count = runs.iter().fold(0_usize, |count, [samples, _]| count.saturating_add(*samples as usize));
    let last = runs.last().filter(|_| entries as usize == runs.len());
    Ok(last.map(|[_, duration]| (count, i64::from(*duration))))
}

/// How many entries of numbers a table states, at `place`, and those that are there behind, so many at most.
pub(super) fn numbers<const N: usize>(
    context: &Context,
    table: ByteRange,
    place: u64,
    most: u32,
) -> Result<(u32, Vec<[u32; N]>)> {
    let count = table.read_u32(context, place)?.unwrap_or(0);
    let start = table.start.saturating_add(place + 4);
    let length = u64::from(count.min(most)).saturating_mul(4 * N as u64);
    let bytes = ByteRange { start, end: start.saturating_add(length).min(table.end) }.bytes(context)?;
    let (words, _) = bytes.as_chunks::<4>();
    let (entries, _) = words.as_chunks::<N>();
    Ok((count, entries.iter().map(|entry| entry.map(u32::from_be_bytes)).collect()))
}

/// Ticks per second by the header of a movie or of a track's media (8.2.2, 8.4.2): two times come before, of 32 bits each in
/// version 0 and of 64 in version 1.
pub(super) fn timescale(context: &Context, header: ByteRange) -> Result<Option<u32>> {
    let version = header.read_u32(context, 0)?.map(|version_and_flags| version_and_flags >> 24);
    header.read_u32(context, if version == Some(1) { 20 } else { 12 })
}

/// How long the media of a track lasts by its header (8.4.2), in ticks.
pub(super) fn stated_length(context: &Context, header: ByteRange) -> Result<u64> {
    let is_long = header.read_u32(context, 0)?.is_some_and(|version_and_flags| version_and_flags >> 24 == 1);
    Ok(if is_long {
        header.read(context, 24)?.map_or(0, u64::from_be_bytes)
    } else {
        header.read_u32(context, 16)?.map_or(0, u64::from)
    })
}

fn simple(context: &Context, id: u32, track: ByteRange) -> Result<Option<Simple>> {
    let Some(media) = track.child(context, b"mdia")? else { return Ok(None) };
    let Some(table) = media.descend(context, [b"minf", b"stbl"])? else { return Ok(None) };
    let simple = Simple { id, track, media, tables: table.children(context)?.unwrap_or_default() };
    let Some(descriptions) = simple.table(b"stsd") else { return Ok(None) };
    // 8.5.2: version and flags, then entry_count.
    let one_description = descriptions.read_u32(context, 4)? == Some(1);
    let counts = simple.count(context, [b"ctts", b"stts", b"stsd", b"tkhd", b"stbl"])?;
    let has_offsets = usize::from(simple.table(b"ctts").is_some());
    let is_simple = one_description && simple.table(b"stts").is_some() && counts == [has_offsets, 1, 1, 1, 1];
    Ok(is_simple.then_some(simple))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Context, Source};

    fn is_indexed(boxes: &[(&str, u64)]) -> bool {
        let mut bytes = Vec::new();
        for (name, payload) in boxes {
            bytes.extend((*payload as u32 + 8).to_be_bytes());
            bytes.extend(name.as_bytes());
            bytes.resize(bytes.len() + *payload as usize, 0);
        }
        is_indexed_mp4(&Context::new(&Source::bytes(bytes))).unwrap()
    }

    #[test]
    fn only_files_with_one_index_and_no_fragments_are_indexed() {
        assert!(is_indexed(&[("ftyp", 8), ("moov", 100), ("mdat", 1000)]));
        assert!(is_indexed(&[("ftyp", 8), ("free", 0), ("mdat", 10), ("moov", 100)]));
        assert!(!is_indexed(&[("ftyp", 8), ("moov", 100), ("moof", 10), ("mdat", 10)]));
        assert!(!is_indexed(&[("ftyp", 8), ("mdat", 10)]));
        assert!(!is_indexed(&[("RIFF", 8), ("moov", 10)]));
        assert!(!is_indexed(&[("moov", 10), ("moov", 10)]));
    }

    #[test]
    fn large_and_open_ended_sizes_are_read() {
        let large = [&[0, 0, 0, 1][..], b"mdat", &20_u64.to_be_bytes(), &[0; 4], &[0, 0, 0, 0], b"moov", &[0; 9]];
        assert!(is_indexed_mp4(&Context::new(&Source::bytes(large.concat()))).unwrap());
        for broken in [&[][..], &[0, 0, 0, 8], &[0, 0, 0, 0, 0, 0, 0, 0, 0], &[0, 0, 0, 1, b'm', b'o', b'o', b'v', 0]] {
            assert!(!is_indexed_mp4(&Context::new(&Source::bytes(broken.to_vec()))).unwrap());
        }
    }

    fn boxed(name: &str, payload: &[&[u8]]) -> Vec<u8> {
        let payload = payload.concat();
        [&(payload.len() as u32 + 8).to_be_bytes(), name.as_bytes(), &payload].concat()
    }

    /// A track with this many sample descriptions, and another box in its sample table.
    fn track(header: &[u8], descriptions: u8, other: &str) -> Vec<u8> {
        let description = boxed("stsd", &[&[0, 0, 0, 0, 0, 0, 0, descriptions]]);
        let table = [description, boxed("stts", &[]), boxed(other, &[])].concat();
        let media = boxed("mdia", &[&boxed("hdlr", &[]), &boxed("minf", &[&boxed("stbl", &[&table])])]);
        boxed("trak", &[&boxed("tkhd", &[header]), &media])
    }

    #[test]
    fn tracks_with_oddities_are_not_simple() {
        let short = |id: u8| [&[0; 15][..], &[id], &[0; 4]].concat();
        let long = |id: u8| [&[1][..], &[0; 22], &[id], &[0; 4]].concat();
        let tracks = [
            track(&short(7), 1, "stsc"),
            track(&short(8), 1, "ctts"),
            track(&short(9), 2, "stsc"),
            track(&long(10), 1, "stsz"),
            boxed("trak", &[&boxed("tkhd", &[&short(11)])]),
            // The same ID twice, the same table twice, and composition times outside the sample table.
            track(&short(12), 1, "stsc"),
            track(&short(12), 1, "ctts"),
            track(&short(14), 1, "stts"),
            boxed("trak", &[&boxed("tkhd", &[&short(13)]), &track(&short(13), 1, "stsc")[36..], &boxed("ctts", &[])]),
        ];
        let file = [boxed("ftyp", &[]), boxed("moov", &[&boxed("mvhd", &[]), &tracks.concat()])].concat();
        let found = simple_tracks(&Context::new(&Source::bytes(file.clone()))).unwrap();
        let found = found.iter().map(|track| (track.id, track.table(b"ctts").is_some()));
        assert_eq!(found.collect::<Vec<_>>(), [(7, false), (8, true), (10, false)]);
        let many = [track(&short(7), 1, "stsc"), boxed("free", &[]).repeat(70)].concat();
        let crowded = boxed("moov", &[&many]);
        assert!(simple_tracks(&Context::new(&Source::bytes(crowded))).unwrap().is_empty());
        for cut in 0..file.len() {
            simple_tracks(&Context::new(&Source::bytes(file[..cut].to_vec()))).unwrap();
        }
    }
}
