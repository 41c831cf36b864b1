//! JPEG in stripes, which all cores encode.

use std::thread;

use image::RgbImage;
use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};

use super::options::ChromaSampling;
use crate::base::cores;

/// Rows of a stripe, whole blocks of samples however colour is sampled. Stripes follow from the size of the picture alone, so that
/// every machine makes the same bytes.
const STRIPE: usize = 128;
/// Markers (ISO/IEC 10918-1 B.1.1.3).
const START_OF_FRAME: u8 = 0xc0;
const START_OF_SCAN: u8 = 0xda;
const FIRST_RESTART: u8 = 0xd0;
/// The end of a picture.
const END: [u8; 2] = [0xff, 0xd9];

/// How stripes are encoded.
#[derive(Clone, Copy)]
struct Setup {
    width: u16,
    quality: u8,
    chroma: ChromaSampling,
}

/// Encodes a picture with at most 65535 pixels a side. Each stripe is a picture of its own, whose scan becomes an interval between
/// restarts of one scan: nothing in it depends on those before.
pub(super) fn encode(image: &RgbImage, quality: u8, chroma: ChromaSampling) -> Result<Vec<u8>, EncodingError> {
    let (width, height) = (image.width() as u16, image.height() as u16);
    let setup = Setup { width, quality, chroma };
    let stripes: Vec<&[u8]> = image.as_raw().chunks((STRIPE * 3 * usize::from(width)).max(1)).collect();
    if stripes.len() <= 1 {
        return setup.encode(image.as_raw(), None);
    }
    let made = setup.encode_all(&stripes)?;
    joined(&made, height).ok_or_else(|| EncodingError::Write("a stripe has no scan".into()))
}

impl Setup {
    fn encode_all(self, stripes: &[&[u8]]) -> Result<Vec<Vec<u8>>, EncodingError> {
        let encode = move |part: &[&[u8]]| -> Result<Vec<Vec<u8>>, EncodingError> {
            part.iter().map(|stripe| self.encode(stripe, Some(self.interval()))).collect()
        };
        let parts: Vec<&[&[u8]]> = stripes.chunks(stripes.len().div_ceil(cores()).max(1)).collect();
        let Some((own, others)) = parts.split_first() else { return Ok(Vec::new()) };
        thread::scope(|scope| {
            let started = others.iter().map(|part| thread::Builder::new().spawn_scoped(scope, move || encode(part)));
            let started: Vec<_> = started.collect();
            let mut made = encode(own)?;
            for (part, thread) in others.iter().zip(started) {
                // Where there is no other thread, this one does it.
                made.extend(thread.ok().and_then(|thread| thread.join().ok()).unwrap_or_else(|| encode(part))?);
            }
            Ok(made)
        })
    }

    fn encode(self, pixels: &[u8], interval: Option<u16>) -> Result<Vec<u8>, EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, self.quality);
        encoder.set_sampling_factor(match self.chroma {
            ChromaSampling::Quarter => SamplingFactor::F_2_2,
            ChromaSampling::Full => SamplingFactor::F_1_1,
        });
        // No tables of its own: the encoder would then write each component's scan by itself, which the crate `image` reads wrongly
        // (findings/image-misreads-jpeg-in-scans.sh), to save 1 % of a still.
        encoder.set_restart_interval(interval.unwrap_or(0));
        let height = pixels.len() / (3 * usize::from(self.width)).max(1);
        encoder.encode(pixels, self.width, height as u16, ColorType::Rgb)?;
        Ok(bytes)
    }

    /// How many groups of blocks a stripe has.
    fn interval(self) -> u16 {
        let side = match self.chroma {
            ChromaSampling::Quarter => 16,
            ChromaSampling::Full => 8,
        };
        // Of 65535 pixels and 8 rows that is 8192.
        self.width.div_ceil(side).saturating_mul(STRIPE as u16 / side)
    }
}

/// One picture of all stripes, `height` rows high; `None` if they are not as expected.
fn joined(stripes: &[Vec<u8>], height: u16) -> Option<Vec<u8>> {
    let mut joined: Vec<u8> = Vec::with_capacity(stripes.iter().map(Vec::len).sum());
    for (number, stripe) in stripes.iter().enumerate() {
        let stripe = stripe.strip_suffix(&END)?;
        if number == 0 {
            joined.extend(stripe);
            // Behind the length and the precision.
            let place = content_of(&joined, START_OF_FRAME)?.checked_add(1)?;
            joined.get_mut(place..)?.first_chunk_mut().map(|stated| *stated = height.to_be_bytes())?;
            continue;
        }
        joined.extend([0xff, FIRST_RESTART + (number - 1) as u8 % 8]);
        let header = content_of(stripe, START_OF_SCAN)?;
        joined.extend(stripe.get(header.checked_sub(2)?.checked_add(length_at(stripe, header - 2)?)?..)?);
    }
    joined.extend(END);
    Some(joined)
}

/// Where the content of the first segment with this marker begins, behind its length.
fn content_of(bytes: &[u8], marker: u8) -> Option<usize> {
    let mut place = 2;
    loop {
        let [0xff, found] = *bytes.get(place..)?.first_chunk()? else { return None };
        if found == marker {
            return Some(place + 4);
        }
        place += 2 + length_at(bytes, place + 2)?;
    }
}

fn length_at(bytes: &[u8], place: usize) -> Option<usize> {
    Some(u16::from_be_bytes(*bytes.get(place..)?.first_chunk()?).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripes_are_the_picture_that_one_scan_would_be() {
        for (width, height) in [(333, 700), (640, 129), (17, 1288)] {
            let image = RgbImage::from_fn(width, height, |x, y| {
                image::Rgb([(x * 3 + y) as u8, (x ^ y) as u8, (y * 5 + x * x / 7) as u8])
            });
            for chroma in [ChromaSampling::Quarter, ChromaSampling::Full] {
                let setup = Setup { width: width as u16, quality: 85, chroma };
                let whole = setup.encode(image.as_raw(), None).unwrap();
                let stripes = encode(&image, 85, chroma).unwrap();
                assert!(stripes != whole);
                let pixels = |bytes: &[u8]| image::load_from_memory(bytes).unwrap().into_rgb8();
                assert!(pixels(&stripes) == pixels(&whole), "{width}x{height}, {chroma:?}");
            }
        }
    }
}
