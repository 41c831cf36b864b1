//! The pictures of an animated WebP, drawn one over the other on black.

use std::io::{self, Cursor};

use image::codecs::webp::WebPDecoder;
use image::{ColorType, ImageDecoder};

use super::chunks::{Animation, Picture};
use crate::base::{Error, ErrorKind};
use crate::codec;
use crate::source::Source;

/// What is shown, and where drawing goes on.
pub(super) struct Canvas {
    /// Red, green and blue.
    pub(super) pixels: Vec<u8>,
    /// The number of the picture that is drawn next.
    pub(super) next: usize,
}

impl Animation {
    /// The picture up to `number` that covers all that was before.
    fn covering(&self, number: usize) -> usize {
        let covers = |picture: &Picture| picture.area == [0, 0, self.size.0, self.size.1] && !picture.blends;
        let until = self.pictures.get(..=number).unwrap_or_default();
        until.iter().rposition(covers).unwrap_or(0)
    }

    /// How many pictures are drawn to have `number` on a canvas; `None` if it is past it.
    pub(super) fn way(&self, canvas: &Canvas, number: usize) -> Option<usize> {
        let from = canvas.next.max(self.covering(number));
        (canvas.next <= number + 1).then(|| (number + 1).saturating_sub(from))
    }

    /// An empty canvas.
    pub(super) fn canvas(&self) -> Canvas {
        Canvas { pixels: vec![0; self.size.0 as usize * self.size.1 as usize * 3], next: 0 }
    }

    /// Draws on until the picture `number` is there.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) within the [`io::Error`] for a picture that cannot be decoded.
    pub(super) fn draw(&self, source: &Source, canvas: &mut Canvas, number: usize) -> io::Result<()> {
        canvas.next = canvas.next.max(self.covering(number).min(number));
        while let Some(picture) = self.pictures.get(canvas.next).filter(|_| canvas.next <= number) {
            let before = canvas.next.checked_sub(1).and_then(|before| self.pictures.get(before));
            if let Some(before) = before.filter(|before| before.clears) {
                self.each_row(canvas, before.area, |row, _| row.fill(0));
            }
            let damaged = || {
                let (name, number) = (source.name(), canvas.next + 1);
                Error::new(ErrorKind::Corrupt, format!("{name} is damaged: its picture {number} cannot be decoded"))
            };
            let (drawn, depth) = decode(source, picture)?.ok_or_else(|| io::Error::other(damaged()))?;
            let width = picture.area[2] as usize * depth;
            self.each_row(canvas, picture.area, |row, number| {
                let drawn = drawn.get(number * width..).unwrap_or_default();
                for (to, from) in row.chunks_exact_mut(3).zip(drawn.chunks_exact(depth)) {
                    lay(to, from, picture.blends);
                }
            });
            canvas.next += 1;
        }
        Ok(())
    }

    /// Passes the rows of an area, with their numbers.
    fn each_row(&self, canvas: &mut Canvas, area: [u32; 4], mut work: impl FnMut(&mut [u8], usize)) {
        let [left, top, width, height] = area.map(|number| number as usize);
        let rows = canvas.pixels.chunks_exact_mut(self.size.0 as usize * 3).skip(top).take(height);
        for (number, row) in rows.enumerate() {
            work(row.get_mut(left * 3..(left + width) * 3).unwrap_or_default(), number);
        }
    }
}

/// Lays a pixel over another, or in its place, over black.
fn lay(to: &mut [u8], from: &[u8], blends: bool) {
    let [colours @ .., alpha] = from else { return };
    let (colours, alpha) = if from.len() == 4 { (colours, *alpha) } else { (from, 255) };
    for (to, from) in to.iter_mut().zip(colours) {
        let below = if blends { u32::from(*to) } else { 0 };
        let sum = u32::from(*from) * u32::from(alpha) + below * u32::from(255 - alpha);
        *to = ((sum + 127) / 255) as u8;
    }
}

/// The pixels of a picture, and how many bytes each has: it is a still WebP without what such a file begins with.
fn decode(source: &Source, picture: &Picture) -> io::Result<Option<(Vec<u8>, usize)>> {
    let length = usize::try_from(picture.end.min(source.len()).saturating_sub(picture.start)).unwrap_or(0);
    let mut chunks = vec![0; length];
    if !source.fills_at(picture.start, &mut chunks)? || has_other_size(&chunks, picture.area) {
        return Ok(None);
    }
    let [_, _, width, height] = picture.area;
    // One with transparency beside it has a header of its own.
    let extended = chunks.starts_with(b"ALPH").then(|| {
        let [[w0, w1, w2, _], [h0, h1, h2, _]] = [width - 1, height - 1].map(u32::to_le_bytes);
        [&b"VP8X\x0a\0\0\0\x10\0\0\0"[..], &[w0, w1, w2, h0, h1, h2]].concat()
    });
    let content = [b"WEBP", extended.as_deref().unwrap_or_default(), &chunks].concat();
    let file = [b"RIFF", &(content.len() as u32).to_le_bytes()[..], &content].concat();
    Ok(pixels(&file, (width, height)))
}

fn pixels(file: &[u8], size: (u32, u32)) -> Option<(Vec<u8>, usize)> {
    let decoder = WebPDecoder::new(Cursor::new(file)).ok().filter(|decoder| decoder.dimensions() == size)?;
    let depth = if decoder.color_type() == ColorType::Rgba8 { 4 } else { 3 };
    let mut pixels = vec![0; usize::try_from(decoder.total_bytes()).ok()?];
    decoder.read_image(&mut pixels).ok()?;
    Some((pixels, depth))
}

/// Whether the keyframe of VP8 among these chunks says another size than the picture has: it would be decoded as that.
fn has_other_size(chunks: &[u8], [_, _, width, height]: [u32; 4]) -> bool {
    let mut rest = chunks;
    while let Some((head, after)) = rest.split_at_checked(8) {
        if let Some(frame) = head.strip_prefix(b"VP8 ").map(|_| after) {
            return codec::stated("vp8", &[], frame).size != Some((width, height));
        }
        let length = head.get(4..).and_then(|bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?))).unwrap_or(0);
        rest = after.get(length as usize + length as usize % 2..).unwrap_or_default();
    }
    false
}
