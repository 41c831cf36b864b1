//! Photos of telephones with the moment around them: an MP4 behind a JPEG (Google's Motion Photo format 1.0, and Samsung's), where
//! FFmpeg sees nothing that it knows. What moves is played.

use std::io;

use memchr::{memchr, memmem};

use super::pieces::Pieces;
use crate::source::Source;

/// The most pictures before the video: the photo, and maps of its depth and its light.
const MAX_PICTURES: usize = 4;
/// The largest of them.
const MAX_PICTURE: u64 = 64 << 20;
/// Parts of a picture that are looked at.
const MAX_PARTS: usize = 4096;
/// How far behind the pictures the video may begin: Samsung says before it what it is.
const MAX_BETWEEN: usize = 256;
const CHUNK: usize = 64 * 1024;

/// The video alone.
pub(super) fn pieces(source: &Source) -> io::Result<Option<Pieces>> {
    let mut place = 0;
    for _ in 0..MAX_PICTURES {
        let Some(end) = picture_end(source, place)? else { break };
        let behind = bytes(source, end, MAX_BETWEEN)?;
        if !behind.starts_with(&[0xff, 0xd8]) {
            // ISO/IEC 14496-12 4.3: its first box, whose size comes before its name.
            let video = memmem::find(&behind, b"ftyp").and_then(|name| name.checked_sub(4));
            return Ok(video.map(|start| {
                let video = end + start as u64..source.len();
                Pieces { header: Vec::new(), parts: std::iter::once(video).collect() }
            }));
        }
        place = end;
    }
    Ok(None)
}

/// Where a picture ends (ITU-T T.81 B.1.1).
fn picture_end(source: &Source, start: u64) -> io::Result<Option<u64>> {
    let mut place = start + 2;
    for _ in 0..MAX_PARTS {
        let mut head = [0; 4];
        if place - start > MAX_PICTURE || !source.fills_at(place, &mut head)? {
            break;
        }
        place += match head {
            [0xff, 0xd9, ..] => return Ok(Some(place + 2)),
            [0xff, 0xff, ..] => 1,
            [0xff, 0x01 | 0xd0..=0xd8, ..] => 2,
            [0xff, _, a, b] => 2 + u64::from(u16::from_be_bytes([a, b])),
            _ => break,
        };
        if head.get(1) == Some(&0xda) {
            let Some(next) = scan_end(source, place, start + MAX_PICTURE)? else { break };
            place = next;
        }
    }
    Ok(None)
}

/// The first marker from here on that is none of those within a scan.
fn scan_end(source: &Source, mut place: u64, end: u64) -> io::Result<Option<u64>> {
    while place < end {
        let bytes = bytes(source, place, CHUNK)?;
        let mut read = 0;
        while let Some(found) = bytes.get(read..).and_then(|rest| memchr(0xff, rest)) {
            read += found;
            match bytes.get(read + 1) {
                Some(0 | 0xd0..=0xd7) => read += 2,
                Some(_) => return Ok(Some(place + read as u64)),
                None => break,
            }
        }
        // What the last byte begins is read with the next ones.
        let is_open = bytes.last() == Some(&0xff);
        match (bytes.len() - usize::from(is_open)) as u64 {
            0 => break,
            whole => place += whole,
        }
    }
    Ok(None)
}

/// So many bytes from a place on, or those up to the end.
fn bytes(source: &Source, place: u64, most: usize) -> io::Result<Vec<u8>> {
    let left = usize::try_from(source.len().saturating_sub(place)).unwrap_or(most);
    let mut bytes = vec![0; most.min(left)];
    if !source.fills_at(place, &mut bytes)? {
        bytes.clear();
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A comment that looks like an end, a scan with a restart and a stuffed byte, and a second scan.
    const PICTURE: &[u8] = b"\xff\xd8\xff\xfe\0\x04\xff\xd9\xff\xda\0\x02ab\xff\0c\xff\xd0d\xff\xff\xda\0\x02e\xff\xd9";
    const VIDEO: &[u8] = b"\0\0\0\x10ftypisom\0\0\0\0";

    fn video(parts: &[&[u8]]) -> Option<u64> {
        let pieces = pieces(&Source::bytes(parts.concat())).unwrap()?;
        pieces.parts.first().map(|part| part.start)
    }

    #[test]
    fn the_video_behind_the_pictures_is_found() {
        let one = PICTURE.len() as u64;
        assert_eq!(video(&[PICTURE, VIDEO]), Some(one));
        assert_eq!(video(&[PICTURE, PICTURE, PICTURE, VIDEO]), Some(3 * one));
        assert_eq!(video(&[PICTURE, b"\0\0\x30\x0a\x10\0\0\0MotionPhoto_Data", VIDEO]), Some(one + 24));
        // The scan is longer than what is read of it at once, and an end lies across two such.
        for more in CHUNK - 20..CHUNK + 5 {
            let (head, tail) = PICTURE.split_at(13);
            assert_eq!(video(&[head, &vec![b'x'; more], tail, VIDEO]), Some(one + more as u64));
        }
    }

    #[test]
    fn pictures_alone_stay_what_they_are() {
        assert_eq!(video(&[PICTURE]), None);
        assert_eq!(video(&[PICTURE, PICTURE]), None);
        assert_eq!(video(&[PICTURE, b"trailer"]), None);
        assert_eq!(video(&[PICTURE, PICTURE, PICTURE, PICTURE, PICTURE, VIDEO]), None);
        for length in 2..PICTURE.len() {
            assert_eq!(video(&[&PICTURE[..length]]), None);
        }
    }
}
