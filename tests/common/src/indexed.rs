//! Fragmented MP4s with segment indexes (ISO/IEC 14496-12 8.16.3) that ffmpeg does not write.

use std::path::{Path, PathBuf};

/// Ticks of each fragment: a second.
const TICKS: u32 = 12_800;

/// An index, from a time on, of fragments or of other indexes: each so many bytes and ticks long.
fn segment_index(start: u32, references: &[(u32, u32)], is_of_indexes: bool) -> Vec<u8> {
    let mut fields = vec![0, 1, TICKS, start, 0, references.len() as u32];
    for (size, duration) in references {
        fields.extend([size | u32::from(is_of_indexes) << 31, *duration, 0x9000_0000]);
    }
    let fields: Vec<u8> = fields.into_iter().flat_map(u32::to_be_bytes).collect();
    [&(fields.len() as u32 + 8).to_be_bytes(), &b"sidx"[..], &fields].concat()
}

/// Copies a video of fragments of one second, with an index before every two fragments and an index of these before all.
pub fn with_index_of_indexes(plain: &Path, indexed: &Path) -> PathBuf {
    let bytes = std::fs::read(plain).unwrap();
    let find =
        |from: usize, name: &[u8]| bytes[from..].windows(4).position(|found| found == name).map(|at| from + at - 4);
    let mut places = vec![find(0, b"moof").unwrap()];
    while let Some(next) = find(places[places.len() - 1] + 8, b"moof") {
        places.push(next);
    }
    places.push(find(0, b"mfra").unwrap());
    let fragments: Vec<&[u8]> = places.windows(2).map(|two| &bytes[two[0]..two[1]]).collect();
    let parts: Vec<Vec<u8>> = fragments
        .chunks(2)
        .zip((0..).step_by(2))
        .map(|(part, second)| {
            let references: Vec<_> = part.iter().map(|fragment| (fragment.len() as u32, TICKS)).collect();
            [&segment_index(second * TICKS, &references, false)[..], &part.concat()].concat()
        })
        .collect();
    let references: Vec<_> = parts.iter().map(|part| (part.len() as u32, 2 * TICKS)).collect();
    let whole = [&bytes[..places[0]], &segment_index(0, &references, true), &parts.concat()].concat();
    std::fs::write(indexed, whole).unwrap();
    indexed.to_owned()
}
