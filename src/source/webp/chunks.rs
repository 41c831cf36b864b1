//! What an animated WebP says of its pictures (RFC 9649 2.7): where each is, how large, and for how long it is shown.

use std::io;

use crate::source::Source;

/// The most pictures that are listed: nine hours at 30 a second.
const MAX_PICTURES: usize = 1 << 20;
/// The flags of a file with pictures that move, and with transparent ones.
const ANIMATION: u8 = 0x02;
const ALPHA: u8 = 0x10;
/// Before a picture's own chunks: its place, size, duration and flags.
const HEAD: u64 = 16;
/// The least that a picture has: that, and the head of a chunk.
const LEAST: u64 = HEAD + 8;
/// What is shown for no more milliseconds than the first is shown for as many as the second, as browsers do, and as FFmpeg does
/// with GIF.
const SHORTEST: (u32, u32) = (10, 100);

/// An animation, by its index.
pub(super) struct Animation {
    pub(super) size: (u32, u32),
    /// Whether pictures may be transparent.
    pub(super) alpha: bool,
    pub(super) pictures: Vec<Picture>,
}

/// A picture, which is drawn over what was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Picture {
    /// Where its chunks are in the file.
    pub(super) start: u64,
    pub(super) end: u64,
    /// Left, top, width and height.
    pub(super) area: [u32; 4],
    /// Milliseconds.
    pub(super) duration: u32,
    /// Whether what is transparent shows what was there before.
    pub(super) blends: bool,
    /// Whether its area is cleared before the next one.
    pub(super) clears: bool,
}

/// Reads the index of a source that begins with `head`; `None` if it is no animated WebP, or its index makes no sense.
pub(super) fn read(source: &Source, head: &[u8]) -> io::Result<Option<Animation>> {
    let Some([magic @ .., flags, _, _, _, w0, w1, w2, h0, h1, h2]) = head.first_chunk::<30>() else { return Ok(None) };
    let is_extended = magic.starts_with(b"RIFF") && magic.get(8..16) == Some(b"WEBPVP8X");
    if !is_extended || flags & ANIMATION == 0 {
        return Ok(None);
    }
    let size = (number([*w0, *w1, *w2]) + 1, number([*h0, *h1, *h2]) + 1);
    let mut animation = Animation { size, alpha: flags & ALPHA != 0, pictures: Vec::new() };
    let mut place = 30;
    while let Some([a, b, c, d, length @ ..]) = bytes::<8>(source, place)? {
        let (start, length) = (place + 8, u64::from(u32::from_le_bytes(length)));
        if [a, b, c, d] == *b"ANMF" {
            match bytes::<24>(source, start)?.and_then(|head| picture(head, start, length, size)) {
                Some(picture) if animation.pictures.len() < MAX_PICTURES => animation.pictures.push(picture),
                // What the file ends within has no head.
                None if start + LEAST > source.len() => break,
                _ => return Ok(None),
            }
        }
        place = start + length + length % 2;
    }
    Ok(Some(animation).filter(|animation| !animation.pictures.is_empty()))
}

fn picture(head: [u8; 24], start: u64, length: u64, size: (u32, u32)) -> Option<Picture> {
    let [x0, x1, x2, y0, y1, y2, w0, w1, w2, h0, h1, h2, d0, d1, d2, flags, chunk @ ..] = head;
    let (left, top) = (number([x0, x1, x2]) * 2, number([y0, y1, y2]) * 2);
    let (width, height) = (number([w0, w1, w2]) + 1, number([h0, h1, h2]) + 1);
    let duration = number([d0, d1, d2]);
    let is_within = left + width <= size.0 && top + height <= size.1 && length >= LEAST;
    is_within.then_some(Picture {
        start: start + HEAD,
        end: start + length,
        area: [left, top, width, height],
        duration: if duration <= SHORTEST.0 { SHORTEST.1 } else { duration },
        // VP8 without a chunk of transparency before it is opaque.
        blends: flags & 2 == 0 && !chunk.starts_with(b"VP8 "),
        clears: flags & 1 != 0,
    })
}

fn number([low, middle, high]: [u8; 3]) -> u32 {
    u32::from_le_bytes([low, middle, high, 0])
}

/// The bytes at a place; `None` where the source ends before.
fn bytes<const N: usize>(source: &Source, place: u64) -> io::Result<Option<[u8; N]>> {
    let mut found = [0; N];
    Ok(source.fills_at(place, &mut found)?.then_some(found))
}
