//! A watermark as pixels, and how it comes over a picture.

use std::sync::Arc;

use image::imageops::{self, FilterType};
use image::{ImageBuffer, RgbImage, Rgba, RgbaImage};

use crate::base::Result;
use crate::ffmpeg::Frame;
use crate::plan::{Area, SourceVideo, Watermark};

/// A watermark in the size that it has on pictures of one size.
pub(crate) struct Overlay {
    picture: RgbaImage,
    area: Area,
    /// What is cut off on the left and at the top of the pictures that it comes over.
    cut: (u32, u32),
}

impl Overlay {
    /// For pictures of the size `video`, of a source of the size `source`.
    pub(crate) fn new(watermark: &Watermark, video: (u32, u32), source: (u32, u32)) -> Result<Self> {
        let own = watermark.decode()?;
        let area = watermark.area(own.dimensions(), video, source);
        let mut picture = scaled(&own, area.width, area.height);
        picture.pixels_mut().for_each(|pixel| pixel.0[3] = (f64::from(pixel.0[3]) * watermark.opacity).round() as u8);
        Ok(Self { picture, area, cut: (0, 0) })
    }

    /// For pictures that show the video from the pixel at `left` and `top` on.
    pub(crate) fn for_part(self, left: u32, top: u32) -> Self {
        Self { cut: (left, top), ..self }
    }

    pub(crate) fn put_on(&self, picture: &mut RgbImage) {
        for (x, y, Rgba([red, green, blue, alpha])) in self.picture.enumerate_pixels() {
            let place = ((self.area.left + x).checked_sub(self.cut.0), (self.area.top + y).checked_sub(self.cut.1));
            let (Some(x), Some(y)) = place else { continue };
            if let Some(under) = picture.get_pixel_mut_checked(x, y) {
                for (under, over) in under.0.iter_mut().zip([red, green, blue]) {
                    *under = blended(*under, *over, *alpha);
                }
            }
        }
    }
}

/// What lies under and over, by how opaque what is over is.
fn blended(under: u8, over: u8, alpha: u8) -> u8 {
    let (under, over, alpha) = (u32::from(under), u32::from(over), u32::from(alpha));
    ((under * (255 - alpha) + over * alpha + 127) / 255) as u8
}

/// Each colour weighs as much as it is opaque: what is transparent has none that anybody is meant to see.
fn scaled(own: &RgbaImage, width: u32, height: u32) -> RgbaImage {
    let weighed = ImageBuffer::<Rgba<u16>, Vec<u16>>::from_fn(own.width(), own.height(), |x, y| {
        let Rgba([red, green, blue, alpha]) = own.get_pixel(x, y).0.map(u16::from).into();
        Rgba([red * alpha, green * alpha, blue * alpha, alpha * 255])
    });
    let weighed = imageops::resize(&weighed, width, height, FilterType::Triangle);
    RgbaImage::from_fn(width, height, |x, y| {
        let Rgba([red, green, blue, alpha]) = weighed.get_pixel(x, y).0.map(u32::from).into();
        let plain = |part: u32| ((part * 255 + alpha / 2).checked_div(alpha).unwrap_or(0)).min(255) as u8;
        Rgba([plain(red), plain(green), plain(blue), ((alpha + 127) / 255) as u8])
    })
}

/// The watermarks of one plan's renditions, each made once.
#[derive(Default)]
pub(super) struct Overlays(Vec<((u32, u32), Arc<YuvOverlay>)>);

impl Overlays {
    /// That for pictures of the size `video`, where the plan has one.
    pub(super) fn of(
        &mut self,
        source: &SourceVideo,
        video: (u32, u32),
        matrix: &str,
    ) -> Result<Option<Arc<YuvOverlay>>> {
        let Some(watermark) = &source.watermark else { return Ok(None) };
        if let Some((_, made)) = self.0.iter().find(|(size, _)| *size == video) {
            return Ok(Some(made.clone()));
        }
        let overlay = Overlay::new(watermark, video, (source.width, source.height))?;
        let made = Arc::new(YuvOverlay::new(&overlay, matrix));
        self.0.push((video, made.clone()));
        Ok(Some(made))
    }
}

/// A watermark for pictures in 8 bits and 4:2:0, in the limited range.
pub(super) struct YuvOverlay {
    area: Area,
    /// Brightness, and how opaque it is.
    luma: Vec<(u8, u8)>,
    /// The two colour differences, and how opaque they are.
    chroma: Vec<([u8; 2], u8)>,
}

impl YuvOverlay {
    /// `matrix`: the name of the pictures' matrix coefficients.
    fn new(overlay: &Overlay, matrix: &str) -> Self {
        let (red_part, blue_part) = luma_parts(matrix);
        let converted = |pixel: &Rgba<u8>| convert(pixel, red_part, blue_part);
        let (width, height) = overlay.picture.dimensions();
        let luma = overlay.picture.pixels().map(|pixel| (byte(converted(pixel)[0]), pixel.0[3])).collect();
        let mut chroma = Vec::new();
        for y in (0..height).step_by(2) {
            for x in (0..width).step_by(2) {
                chroma.push(averaged(overlay, x, y, converted));
            }
        }
        Self { area: overlay.area, luma, chroma }
    }

    pub(super) fn put_on(&self, frame: &mut Frame) -> Result<()> {
        let Area { left, top, width, height } = self.area;
        let (left, top, width, height) = (left as usize, top as usize, width as usize, height as usize);
        let rows = frame.plane_mut(0)?.skip(top).take(height);
        for (row, overlays) in rows.zip(self.luma.chunks(width)) {
            for (under, (over, alpha)) in row.iter_mut().skip(left).zip(overlays) {
                *under = blended(*under, *over, *alpha);
            }
        }
        for (plane, part) in [(1, 0), (2, 1)] {
            let rows = frame.plane_mut(plane)?.skip(top / 2).take(height.div_ceil(2));
            for (row, overlays) in rows.zip(self.chroma.chunks(width.div_ceil(2))) {
                for (under, (over, alpha)) in row.iter_mut().skip(left / 2).zip(overlays) {
                    *under = blended(*under, if part == 0 { over[0] } else { over[1] }, *alpha);
                }
            }
        }
        Ok(())
    }
}

/// How much red and blue add to brightness (ITU-T H.273, table 4).
fn luma_parts(matrix: &str) -> (f64, f64) {
    match matrix {
        "bt470bg" | "smpte170m" => (0.299, 0.114),
        "bt2020nc" | "bt2020c" => (0.2627, 0.0593),
        "fcc" => (0.30, 0.11),
        "smpte240m" => (0.212, 0.087),
        _ => (0.2126, 0.0722),
    }
}

/// Brightness and colour differences in the limited range (ITU-T H.273, 8.3).
fn convert(pixel: &Rgba<u8>, red_part: f64, blue_part: f64) -> [f64; 3] {
    let [red, green, blue, _] = pixel.0.map(|part| f64::from(part) / 255.0);
    let luma = red_part * red + (1.0 - red_part - blue_part) * green + blue_part * blue;
    let difference = |part: f64, own: f64| 128.0 + 224.0 * (part - luma) / (2.0 * (1.0 - own));
    [16.0 + 219.0 * luma, difference(blue, blue_part), difference(red, red_part)]
}

fn byte(value: f64) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// The colour differences of up to four pixels, each by how opaque it is.
fn averaged(overlay: &Overlay, x: u32, y: u32, converted: impl Fn(&Rgba<u8>) -> [f64; 3]) -> ([u8; 2], u8) {
    let (mut sums, mut weight) = ([0.0, 0.0], 0.0);
    for (x, y) in [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)] {
        if let Some(pixel) = overlay.picture.get_pixel_checked(x, y) {
            let (alpha, [_, blue, red]) = (f64::from(pixel.0[3]), converted(pixel));
            sums = [sums[0] + alpha * blue, sums[1] + alpha * red];
            weight += alpha;
        }
    }
    // Pixels beyond the watermark's edge are transparent.
    let alpha = byte(weight / 4.0);
    if weight > 0.0 { (sums.map(|sum| byte(sum / weight)), alpha) } else { ([128, 128], 0) }
}
