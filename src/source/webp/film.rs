//! An animated WebP as the bytes of a QuickTime file, whose pictures are drawn when they are read.

use std::io;
use std::sync::{Mutex, PoisonError};

use super::chunks::{self, Animation};
use super::header::header;
use super::pictures::Canvas;
use crate::base::{Error, ErrorKind};
use crate::source::{ReadAt, Source};

/// Canvases that are kept, and all their bytes: readers that are at other places go on from there.
const MAX_CANVASES: usize = 8;
const MAX_BYTES: u64 = 128 << 20;

struct Film {
    source: Source,
    animation: Animation,
    header: Vec<u8>,
    /// Bytes of a picture.
    size: u64,
    /// Pictures of which the file has all bytes.
    whole: u64,
    canvases: Mutex<Vec<Canvas>>,
}

/// The film that an animated WebP is read as, which begins with `head`; `None` for other sources.
pub(in crate::source) fn film(source: &Source, head: &[u8]) -> io::Result<Option<Source>> {
    let Some(animation) = chunks::read(source, head)? else { return Ok(None) };
    let (width, height) = animation.size;
    let size = u64::from(width) * u64::from(height) * depth(&animation);
    let header = u32::try_from(size).ok().and_then(|size| header(&animation, size));
    let Some(header) = header else { return Ok(None) };
    let whole = animation.pictures.partition_point(|picture| picture.end <= source.len()) as u64;
    let film = Film { source: source.clone(), animation, header, size, whole, canvases: Mutex::default() };
    Ok(Some(Source::new(film).with_limits(source.limits().clone()).with_cancel(source.cancel_token())))
}

/// Bytes of a pixel: where pictures may be transparent there is one more, though they are laid on black, so that it is told.
fn depth(animation: &Animation) -> u64 {
    if animation.alpha { 4 } else { 3 }
}

impl ReadAt for Film {
    fn len(&self) -> u64 {
        self.header.len() as u64 + self.size * self.whole
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if offset >= self.len() {
            return Ok(0);
        }
        let Some(place) = offset.checked_sub(self.header.len() as u64) else {
            let header = usize::try_from(offset).ok().and_then(|offset| self.header.get(offset..));
            return Ok(copy(header.unwrap_or_default().iter().copied(), buffer));
        };
        let number = usize::try_from(place / self.size).unwrap_or(usize::MAX);
        let start = usize::try_from(place % self.size).unwrap_or(usize::MAX);
        let canvas = self.drawn(number)?;
        let count = if self.animation.alpha {
            let pixels = canvas.pixels.chunks_exact(3).skip(start / 4);
            copy(pixels.flat_map(|pixel| [255].into_iter().chain(pixel.iter().copied())).skip(start % 4), buffer)
        } else {
            copy(canvas.pixels.get(start..).unwrap_or_default().iter().copied(), buffer)
        };
        let mut canvases = self.canvases.lock().unwrap_or_else(PoisonError::into_inner);
        canvases.push(canvas);
        if canvases.len() > MAX_CANVASES || canvases.len() as u64 * self.size > MAX_BYTES {
            canvases.remove(0);
        }
        Ok(count)
    }

    fn name(&self) -> String {
        self.source.name()
    }
}

impl Film {
    /// A canvas with this picture, drawn on from the one that has the shortest way.
    fn drawn(&self, number: usize) -> io::Result<Canvas> {
        let limit = self.source.limits().pixels;
        let (width, height) = self.animation.size;
        if u64::from(width) * u64::from(height) > limit {
            let name = self.source.name();
            let message = format!("{name} has frames of {width}x{height}, more than the limit of {limit} pixels");
            return Err(io::Error::other(Error::new(ErrorKind::LimitExceeded, message)));
        }
        let nearest = {
            let mut canvases = self.canvases.lock().unwrap_or_else(PoisonError::into_inner);
            let ways = canvases.iter().enumerate();
            let ways = ways.filter_map(|(place, canvas)| Some((self.animation.way(canvas, number)?, place)));
            ways.min().map(|(_, place)| canvases.remove(place))
        };
        let mut canvas = nearest.unwrap_or_else(|| self.animation.canvas());
        self.animation.draw(&self.source, &mut canvas, number)?;
        Ok(canvas)
    }
}

fn copy(from: impl Iterator<Item = u8>, buffer: &mut [u8]) -> usize {
    buffer.iter_mut().zip(from).map(|(to, from)| *to = from).count()
}
