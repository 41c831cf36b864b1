//! Boxes of ISO/IEC 14496-12: where they are in a file, and their content through `mp4-atom`.

use mp4_atom::{Atom, Decode, DecodeMaybe, Header};

use crate::guard::guarded;

/// One box of a file's top level.
pub(crate) struct TopBox<'a> {
    pub(crate) kind: [u8; 4],
    /// Where the box begins in the file.
    pub(crate) start: usize,
    /// Where its content begins in the file.
    pub(crate) body_start: usize,
    /// The whole box.
    pub(crate) whole: &'a [u8],
    /// What follows its header.
    pub(crate) body: &'a [u8],
}

/// The boxes of a file, or of a box's content. They must fill it.
pub(crate) fn boxes(data: &[u8]) -> Result<Vec<TopBox<'_>>, String> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(rest) = data.get(start..).filter(|rest| !rest.is_empty()) {
        let mut reader = rest;
        let header = Header::decode_maybe(&mut reader)
            .map_err(|error| format!("the box at byte {start} has a bad header: {error}"))?;
        let header = header.ok_or_else(|| format!("{} bytes at the end are no box", rest.len()))?;
        let body_offset = rest.len() - reader.len();
        let kind: [u8; 4] = header.kind.into();
        // A box without a size extends to the end.
        let size = header.size.unwrap_or(reader.len());
        let end = body_offset.checked_add(size);
        let whole = end.and_then(|end| rest.get(..end));
        let beyond = || format!("the box {} at byte {start} is longer than what is left", name(&kind));
        let (whole, body) = whole.and_then(|whole| Some((whole, whole.get(body_offset..)?))).ok_or_else(beyond)?;
        found.push(TopBox { kind, start, body_start: start + body_offset, whole, body });
        start += whole.len();
    }
    Ok(found)
}

/// A box's type as text.
pub(crate) fn name(kind: &[u8; 4]) -> String {
    kind.escape_ascii().to_string()
}

/// For a box with children: how many bytes precede them, and which they may be. `None` for all others.
///
/// These are the boxes of vodkit's init and media segments, and all that `mp4-atom` is given to read: it recurses
/// into whatever it finds, so that deeply nested boxes would overflow the stack.
fn children(parent: &[u8; 4]) -> Option<(usize, &'static [&'static [u8; 4]])> {
    Some(match parent {
        b"moov" => (0, &[b"mvhd", b"trak", b"mvex"]),
        b"trak" => (0, &[b"tkhd", b"edts", b"mdia"]),
        b"edts" => (0, &[b"elst"]),
        b"mdia" => (0, &[b"mdhd", b"hdlr", b"minf"]),
        b"minf" => (0, &[b"vmhd", b"smhd", b"dinf", b"stbl"]),
        b"dinf" => (0, &[b"dref"]),
        b"stbl" => (0, &[b"stsd", b"stts", b"ctts", b"cslg", b"stsc", b"stsz", b"stco", b"co64", b"stss"]),
        // Version, flags and a count.
        b"stsd" => (8, &[b"avc1", b"mp4a"]),
        // The fields of a visual, and of an audio sample entry.
        b"avc1" => (78, &[b"avcC", b"btrt", b"colr", b"pasp"]),
        b"mp4a" => (28, &[b"esds", b"btrt"]),
        b"mvex" => (0, &[b"mehd", b"trex"]),
        b"moof" => (0, &[b"mfhd", b"traf"]),
        b"traf" => (0, &[b"tfhd", b"tfdt", b"trun"]),
        _ => return None,
    })
}

/// Bytes of a decoder description that is read: its descriptors may nest, too.
const MAX_ESDS_SIZE: usize = 512;

/// Checks that a box holds only boxes that belong there. The table has no cycles, so this ends.
fn check_nesting(kind: &[u8; 4], body: &[u8]) -> Result<(), String> {
    if kind == b"esds" && body.len() > MAX_ESDS_SIZE {
        return Err(format!("the box esds has {} bytes", body.len()));
    }
    let Some((skip, allowed)) = children(kind) else { return Ok(()) };
    let inner = body.get(skip..).ok_or_else(|| format!("the box {} is cut short", name(kind)))?;
    for child in boxes(inner).map_err(|message| format!("in the box {}, {message}", name(kind)))? {
        if !allowed.contains(&&child.kind) && !matches!(&child.kind, b"free" | b"skip") {
            return Err(format!("the box {} does not belong into {}", name(&child.kind), name(kind)));
        }
        check_nesting(&child.kind, child.body)?;
    }
    Ok(())
}

/// Reads a box with all its children.
pub(crate) fn read<T: Atom + Decode>(found: &TopBox) -> Result<T, String> {
    check_nesting(&found.kind, found.body)?;
    let mut bytes = found.whole;
    let atom = guarded(|| T::decode(&mut bytes).map_err(|error| format!("{error}")));
    atom.map_err(|message| format!("the box {} cannot be read: {message}", name(&found.kind)))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use mp4_atom::{Encode, Moof, Moov};

    pub(crate) fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32 + 8).to_be_bytes()[..], kind, body].concat()
    }

    #[test]
    fn boxes_have_to_fill_the_file() {
        let file = [boxed(b"styp", b"1234"), boxed(b"mdat", b"")].concat();
        let found = boxes(&file).unwrap();
        let places: Vec<_> = found.iter().map(|found| (found.start, found.body_start, found.body.len())).collect();
        assert_eq!(places, [(0, 8, 4), (12, 20, 0)]);
        assert!(boxes(&file[..file.len() - 1]).is_err());
        assert!(boxes(&[file.clone(), vec![0; 3]].concat()).is_err());
        // A size that is smaller than the header, and one that overflows.
        assert!(boxes(b"\0\0\0\x07moof").is_err());
        assert!(boxes(b"\0\0\0\x01moof\xff\xff\xff\xff\xff\xff\xff\xff").is_err());
    }

    #[test]
    fn boxes_within_boxes_are_refused() {
        let mut nested = Vec::new();
        for _ in 0..10_000 {
            nested = boxed(b"trak", &nested);
        }
        let file = boxed(b"moov", &nested);
        let message = read::<Moov>(&boxes(&file).unwrap()[0]).unwrap_err();
        assert_eq!(message, "the box trak does not belong into trak");
    }

    #[test]
    fn what_is_cut_short_is_refused() {
        let mut file = Vec::new();
        Moof { traf: vec![Default::default()], ..Default::default() }.encode(&mut file).unwrap();
        assert!(read::<Moof>(&boxes(&file).unwrap()[0]).is_ok());
        let short = boxed(b"moof", &boxed(b"mfhd", b"\0\0\0\0"));
        assert!(read::<Moof>(&boxes(&short).unwrap()[0]).unwrap_err().contains("moof cannot be read"));
    }
}
