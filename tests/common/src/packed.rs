//! Packed bitstreams, as DivX and XviD wrote AVI: the first B-frame comes in the chunk of the frame that follows it.

use std::fs;
use std::path::{Path, PathBuf};

/// vop_start_code, and user_data_start_code (ISO/IEC 14496-2 6.2.1).
const VOP: [u8; 4] = [0, 0, 1, 0xb6];
const USER_DATA: [u8; 4] = [0, 0, 1, 0xb2];

fn place(bytes: &[u8], name: &[u8]) -> usize {
    bytes.windows(name.len()).position(|found| found == name).unwrap()
}

fn number(bytes: &[u8]) -> usize {
    u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize
}

/// Whether the first picture of a chunk is a B-frame: vop_coding_type 2.
fn is_b_frame(chunk: &[u8]) -> bool {
    chunk[place(chunk, &VOP) + 4] >> 6 == 2
}

/// The chunks of the one stream in an AVI.
fn chunks(avi: &[u8]) -> Vec<Vec<u8>> {
    let movie = place(avi, b"movi");
    let end = movie + number(&avi[movie - 4..]);
    let mut at = movie + 4;
    let mut chunks = Vec::new();
    while at < end && avi[at..].starts_with(b"00dc") {
        let size = number(&avi[at + 4..]);
        chunks.push(avi[at + 8..][..size].to_vec());
        at += 8 + size + size % 2;
    }
    chunks
}

/// A picture that is not coded, at the time of that in `chunk`, of a video of 25 pictures a second: in its place a packed
/// one is shown.
fn uncoded(chunk: &[u8]) -> Vec<u8> {
    let bits: u32 = u32::from_be_bytes(chunk[place(chunk, &VOP) + 4..][..4].try_into().unwrap()) << 2;
    // Ones count seconds; then come a zero, a marker and the time, which has five bits.
    let time = bits << bits.leading_ones() << 2 >> 27;
    let coded = 0b0101 << 12 | time << 7 | 0b100_1111;
    [&VOP[..], &(coded as u16).to_be_bytes()].concat()
}

/// Packs an AVI of MPEG-4 with B-frames.
pub fn pack(plain: &Path, packed: &Path) -> PathBuf {
    let avi = fs::read(plain).unwrap();
    let mut chunks = chunks(&avi);
    let first = place(&chunks[0], &USER_DATA);
    chunks[0].splice(first..first, [&USER_DATA[..], b"DivX503b1393p"].concat());
    let (mut movie, mut index) = (b"movi".to_vec(), Vec::new());
    let mut put = |chunk: &[u8]| {
        let (size, at) = (chunk.len() as u32, movie.len() as u32);
        let is_key = chunk[place(chunk, &VOP) + 4] >> 6 == 0;
        index.extend(
            [&b"00dc"[..], &[if is_key { 16 } else { 0 }, 0, 0, 0], &at.to_le_bytes(), &size.to_le_bytes()].concat(),
        );
        movie.extend([&b"00dc"[..], &size.to_le_bytes()[..], chunk, &vec![0; chunk.len() % 2]].concat());
    };
    let mut rest = &chunks[..];
    while let Some((reference, behind)) = rest.split_first() {
        let (b_frames, next) = behind.split_at(behind.iter().take_while(|chunk| is_b_frame(chunk)).count());
        match b_frames.split_first() {
            None => put(reference),
            Some((first, others)) => {
                put(&[&reference[..], first].concat());
                others.iter().for_each(|other| put(other));
                put(&uncoded(reference));
            }
        }
        rest = next;
    }
    let header = &avi[12..place(&avi, b"movi") - 8];
    let list = |name: &[u8], content: &[u8]| [name, &(content.len() as u32).to_le_bytes(), content].concat();
    let content = [&b"AVI "[..], header, &list(b"LIST", &movie), &list(b"idx1", &index)].concat();
    fs::write(packed, list(b"RIFF", &content)).unwrap();
    packed.to_owned()
}
