//! The outermost boxes of an MP4 or QuickTime file (ISO/IEC 14496-12 4.2).

use crate::base::Result;
use crate::source::Context;

/// More boxes than any file without fragments has beside each other.
const MAX_BOXES: usize = 64;
/// Bytes that are looked through at once.
const STRETCH: usize = 256 * 1024;

/// Whether a source is an MP4 or QuickTime file whose index, the `moov` box, tells of all packets: one that is
/// not in fragments.
pub(super) fn is_indexed_mp4(context: &Context) -> Result<bool> {
    let (mut offset, mut indexes) = (0_u64, 0);
    for _ in 0..MAX_BOXES {
        if offset >= context.source.len() {
            return Ok(indexes == 1);
        }
        let Some((name, part)) = header(context, offset)? else { return Ok(false) };
        match &name {
            b"moov" => indexes += 1,
            b"ftyp" | b"mdat" | b"free" | b"skip" | b"wide" | b"uuid" | b"udta" | b"meta" | b"pnot" => {}
            _ => return Ok(false),
        }
        offset = part.end;
    }
    Ok(false)
}

/// The IDs of tracks whose samples are all described at once, and are shown when they are decoded, in the index of an
/// MP4 as [`is_indexed_mp4`] knows it. What is unusual is not plain.
pub(super) fn plain_tracks(context: &Context) -> Result<Vec<u32>> {
    let file = Part { start: 0, end: context.source.len() };
    let Some(movie) = file.child(context, b"moov")? else { return Ok(Vec::new()) };
    let Some(boxes) = movie.children(context)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (_, track) in boxes.into_iter().filter(|(name, _)| name == b"trak") {
        found.push((track_id(context, track)?, is_plain(context, track)?));
    }
    let is_single = |id: &Option<u32>| id.is_some() && found.iter().filter(|(other, _)| other == id).count() == 1;
    // A track without an ID that can be read may have any.
    let known = found.iter().all(|(id, _)| id.is_some());
    let plain = found.iter().filter(|(id, plain)| known && *plain && is_single(id));
    Ok(plain.filter_map(|(id, _)| *id).collect())
}

fn track_id(context: &Context, track: Part) -> Result<Option<u32>> {
    let Some(header) = track.child(context, b"tkhd")? else { return Ok(None) };
    // ISO/IEC 14496-12 8.3.2: times have 32 bits in version 0, and 64 in version 1.
    let version = header.number(context, 0)?.map(|flags| flags >> 24);
    header.number(context, if version == Some(1) { 20 } else { 12 })
}

/// Whether there is one table of samples, with one description, and no times of composition, wherever they may stand:
/// the names are looked for in all bytes.
fn is_plain(context: &Context, track: Part) -> Result<bool> {
    let mut table = track;
    for name in [b"mdia", b"minf", b"stbl"] {
        match table.child(context, name)? {
            Some(found) => table = found,
            None => return Ok(false),
        }
    }
    let Some(descriptions) = table.child(context, b"stsd")? else { return Ok(false) };
    // 8.5.2: version and flags, then their number.
    let single = descriptions.number(context, 4)? == Some(1);
    let names = track.count(context, [b"ctts", b"stsd", b"tkhd", b"stbl"])?;
    Ok(single && names == [0, 1, 1, 1])
}

/// A box's name, and what is in it.
type Named = ([u8; 4], Part);

/// The bytes from one place to another.
#[derive(Clone, Copy)]
struct Part {
    start: u64,
    end: u64,
}

impl Part {
    /// The boxes in it: their names, and what is in them; `None` where they are too many.
    fn children(self, context: &Context) -> Result<Option<Vec<Named>>> {
        let mut found = Vec::new();
        let mut offset = self.start;
        while offset < self.end {
            if found.len() >= MAX_BOXES {
                return Ok(None);
            }
            let Some((name, part)) = header(context, offset)? else { break };
            offset = part.end;
            found.push((name, Part { end: part.end.min(self.end), ..part }));
        }
        Ok(Some(found))
    }

    fn child(self, context: &Context, name: &[u8; 4]) -> Result<Option<Part>> {
        let boxes = self.children(context)?.unwrap_or_default();
        Ok(boxes.into_iter().find(|(found, _)| found == name).map(|(_, part)| part))
    }

    /// How often each of four letters are there.
    fn count<const N: usize>(self, context: &Context, names: [&[u8; 4]; N]) -> Result<[usize; N]> {
        let (mut counts, mut offset, end) = ([0; N], self.start, self.end.min(context.source.len()));
        while offset < end {
            // Three bytes more: a name may lie across.
            let length = usize::try_from(end - offset).unwrap_or(usize::MAX).min(STRETCH + 3);
            let mut bytes = vec![0; length];
            context.read_exact_at(offset, &mut bytes)?;
            for (count, name) in counts.iter_mut().zip(names) {
                *count += bytes.windows(4).filter(|found| found == name).count();
            }
            offset += STRETCH as u64;
        }
        Ok(counts)
    }

    /// The 32 bits at `offset` from the start.
    fn number(self, context: &Context, offset: u64) -> Result<Option<u32>> {
        let place = self.start.saturating_add(offset);
        let mut bytes = [0; 4];
        if place.saturating_add(4) > self.end.min(context.source.len()) {
            return Ok(None);
        }
        context.read_exact_at(place, &mut bytes)?;
        Ok(Some(u32::from_be_bytes(bytes)))
    }
}

/// Name and content of the box at `offset`.
fn header(context: &Context, offset: u64) -> Result<Option<([u8; 4], Part)>> {
    let mut bytes = [0; 16];
    let filled = bytes.len().min(usize::try_from(context.source.len().saturating_sub(offset)).unwrap_or(usize::MAX));
    context.read_exact_at(offset, bytes.get_mut(..filled).unwrap_or_default())?;
    let [a, b, c, d, name @ .., e, f, g, h, i, j, k, l] = bytes;
    let large = u64::from_be_bytes([e, f, g, h, i, j, k, l]);
    let (head, size) = match u32::from_be_bytes([a, b, c, d]) {
        // To the end of the file.
        0 => (8, context.source.len().saturating_sub(offset)),
        1 if filled == bytes.len() => (16, large),
        size => (8, size.into()),
    };
    let part = Part { start: offset.saturating_add(head), end: offset.saturating_add(size) };
    Ok((filled >= 8 && size >= head).then_some((name, part)))
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
    fn fragments_and_other_files_are_told_from_an_index() {
        assert!(is_indexed(&[("ftyp", 8), ("moov", 100), ("mdat", 1000)]));
        assert!(is_indexed(&[("ftyp", 8), ("free", 0), ("mdat", 10), ("moov", 100)]));
        assert!(!is_indexed(&[("ftyp", 8), ("moov", 100), ("moof", 10), ("mdat", 10)]));
        assert!(!is_indexed(&[("ftyp", 8), ("mdat", 10)]));
        assert!(!is_indexed(&[("RIFF", 8), ("moov", 10)]));
        assert!(!is_indexed(&[("moov", 10), ("moov", 10)]));
    }

    #[test]
    fn sizes_beyond_32_bits_and_to_the_end_are_read() {
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

    /// A track with as many descriptions of its samples, and another box in their table.
    fn track(header: &[u8], descriptions: u8, other: &str) -> Vec<u8> {
        let table = [boxed("stsd", &[&[0, 0, 0, 0, 0, 0, 0, descriptions]]), boxed(other, &[])].concat();
        let media = boxed("mdia", &[&boxed("hdlr", &[]), &boxed("minf", &[&boxed("stbl", &[&table])])]);
        boxed("trak", &[&boxed("tkhd", &[header]), &media])
    }

    #[test]
    fn tracks_with_other_times_than_those_of_decoding_are_not_plain() {
        let short = |id: u8| [&[0; 15][..], &[id], &[0; 4]].concat();
        let long = |id: u8| [&[1][..], &[0; 22], &[id], &[0; 4]].concat();
        let tracks = [
            track(&short(7), 1, "stts"),
            track(&short(8), 1, "ctts"),
            track(&short(9), 2, "stts"),
            track(&long(10), 1, "stsz"),
            boxed("trak", &[&boxed("tkhd", &[&short(11)])]),
            // The same ID twice, and times of composition where few look for them.
            track(&short(12), 1, "stts"),
            track(&short(12), 1, "ctts"),
            boxed("trak", &[&boxed("tkhd", &[&short(13)]), &track(&short(13), 1, "stts")[28..], &boxed("ctts", &[])]),
        ];
        let file = [boxed("ftyp", &[]), boxed("moov", &[&boxed("mvhd", &[]), &tracks.concat()])].concat();
        assert_eq!(plain_tracks(&Context::new(&Source::bytes(file.clone()))).unwrap(), [7, 10]);
        let many = [track(&short(7), 1, "stts"), boxed("free", &[]).repeat(70)].concat();
        let crowded = boxed("moov", &[&many]);
        assert_eq!(plain_tracks(&Context::new(&Source::bytes(crowded))).unwrap(), [0; 0]);
        for cut in 0..file.len() {
            plain_tracks(&Context::new(&Source::bytes(file[..cut].to_vec()))).unwrap();
        }
    }
}
