//! Drawing watermarks onto frames and images.

use std::sync::Arc;

use image::imageops::{self, FilterType};
use image::{ImageBuffer, RgbImage, Rgba, RgbaImage};

use crate::base::Result;
use crate::ffmpeg::Frame;
use crate::plan::{Area, SourceVideo, Watermark};

/// A watermark scaled for frames of one size.
pub(crate) struct Overlay {
    image: RgbaImage,
    area: Area,
    /// Pixels that are cropped on the left and at the top of the images to draw on.
    crop: (u32, u32),
}

impl Overlay {
    /// The watermark for frames of size `frame`, made from a source of size `source`.
    pub(crate) fn new(watermark: &Watermark, frame: (u32, u32), source: (u32, u32)) -> Result<Self> {
        let image = watermark.decode()?;
        let area = watermark.area(image.dimensions(), frame, source);
        let mut image = scale(&image, area.width, area.height);
        image.pixels_mut().for_each(|pixel| pixel.0[3] = (f64::from(pixel.0[3]) * watermark.opacity).round() as u8);
        Ok(Self { image, area, crop: (0, 0) })
    }

    /// The same for images that lack so many pixels of the frame on the left and at the top.
    pub(crate) fn cropped(self, left: u32, top: u32) -> Self {
        Self { crop: (left, top), ..self }
    }

    pub(crate) fn draw_on(&self, image: &mut RgbImage) {
        for (x, y, Rgba([red, green, blue, alpha])) in self.image.enumerate_pixels() {
            let position =
                ((self.area.left + x).checked_sub(self.crop.0), (self.area.top + y).checked_sub(self.crop.1));
            let (Some(x), Some(y)) = position else { continue };
            if let Some(under) = image.get_pixel_mut_checked(x, y) {
                for (under, over) in under.0.iter_mut().zip([red, green, blue]) {
                    *under = blend(*under, *over, *alpha);
                }
            }
        }
    }
}

/// `over` with opacity `alpha` above an opaque `under`.
fn blend(under: u8, over: u8, alpha: u8) -> u8 {
    let (under, over, alpha) = (u32::from(under), u32::from(over), u32::from(alpha));
    ((under * (255 - alpha) + over * alpha + 127) / 255) as u8
}

/// Scales with premultiplied alpha, so that the colour of transparent pixels does not bleed into their neighbours.
fn scale(image: &RgbaImage, width: u32, height: u32) -> RgbaImage {
    let premultiplied = ImageBuffer::<Rgba<u16>, Vec<u16>>::from_fn(image.width(), image.height(), |x, y| {
        let Rgba([red, green, blue, alpha]) = image.get_pixel(x, y).0.map(u16::from).into();
        Rgba([red * alpha, green * alpha, blue * alpha, alpha * 255])
    });
    let premultiplied = imageops::resize(&premultiplied, width, height, FilterType::Triangle);
    RgbaImage::from_fn(width, height, |x, y| {
        let Rgba([red, green, blue, alpha]) = premultiplied.get_pixel(x, y).0.map(u32::from).into();
        let straight = |part: u32| ((part * 255 + alpha / 2).checked_div(alpha).unwrap_or(0)).min(255) as u8;
        Rgba([straight(red), straight(green), straight(blue), ((alpha + 127) / 255) as u8])
    })
}

/// The overlays of a plan's renditions by frame size, each made once.
#[derive(Default)]
pub(crate) struct Overlays(Vec<((u32, u32), Arc<YuvOverlay>)>);

impl Overlays {
    /// The overlay for frames of size `frame`; `None` if the plan has no watermark.
    pub(super) fn of(
        &mut self,
        source: &SourceVideo,
        frame: (u32, u32),
        matrix: &str,
    ) -> Result<Option<Arc<YuvOverlay>>> {
        let Some(watermark) = &source.watermark else { return Ok(None) };
        if let Some((_, overlay)) = self.0.iter().find(|(size, _)| *size == frame) {
            return Ok(Some(overlay.clone()));
        }
        let overlay = Overlay::new(watermark, frame, (source.width, source.height))?;
        let overlay = Arc::new(YuvOverlay::new(&overlay, matrix));
        self.0.push((frame, overlay.clone()));
        Ok(Some(overlay))
    }
}

/// A watermark for frames in 8-bit 4:2:0, limited range.
pub(super) struct YuvOverlay {
    area: Area,
    /// Luma and alpha of each pixel, row by row.
    luma: Vec<(u8, u8)>,
    /// Cb, Cr and alpha of each two by two pixels, row by row.
    chroma: Vec<([u8; 2], u8)>,
}

impl YuvOverlay {
    /// `matrix` is FFmpeg's name of the frames' matrix coefficients.
    fn new(overlay: &Overlay, matrix: &str) -> Self {
        let (red_weight, blue_weight) = luma_weights(matrix);
        let to_yuv = |pixel: &Rgba<u8>| to_yuv(pixel, red_weight, blue_weight);
        let (width, height) = overlay.image.dimensions();
        let luma = overlay.image.pixels().map(|pixel| (to_byte(to_yuv(pixel)[0]), pixel.0[3])).collect();
        let mut chroma = Vec::new();
        for y in (0..height).step_by(2) {
            for x in (0..width).step_by(2) {
                chroma.push(average_chroma(overlay, x, y, to_yuv));
            }
        }
        Self { area: overlay.area, luma, chroma }
    }

    pub(super) fn draw_on(&self, frame: &mut Frame) -> Result<()> {
        let Area { left, top, width, height } = self.area;
        let (left, top, width, height) = (left as usize, top as usize, width as usize, height as usize);
        let rows = frame.plane_mut(0)?.skip(top).take(height);
        for (row, overlay) in rows.zip(self.luma.chunks(width)) {
            for (under, (over, alpha)) in row.iter_mut().skip(left).zip(overlay) {
                *under = blend(*under, *over, *alpha);
            }
        }
        for (plane, component) in [(1, 0), (2, 1)] {
            let rows = frame.plane_mut(plane)?.skip(top / 2).take(height.div_ceil(2));
            for (row, overlay) in rows.zip(self.chroma.chunks(width.div_ceil(2))) {
                for (under, (over, alpha)) in row.iter_mut().skip(left / 2).zip(overlay) {
                    *under = blend(*under, if component == 0 { over[0] } else { over[1] }, *alpha);
                }
            }
        }
        Ok(())
    }
}

/// Weights of red and blue in luma, Kr and Kb (ITU-T H.273, table 4).
fn luma_weights(matrix: &str) -> (f64, f64) {
    match matrix {
        "bt470bg" | "smpte170m" => (0.299, 0.114),
        "bt2020nc" | "bt2020c" => (0.2627, 0.0593),
        "fcc" => (0.30, 0.11),
        "smpte240m" => (0.212, 0.087),
        _ => (0.2126, 0.0722),
    }
}

/// Luma, Cb and Cr in 8-bit limited range (ITU-T H.273, 8.3), not rounded yet.
fn to_yuv(pixel: &Rgba<u8>, red_weight: f64, blue_weight: f64) -> [f64; 3] {
    let [red, green, blue, _] = pixel.0.map(|component| f64::from(component) / 255.0);
    let luma = red_weight * red + (1.0 - red_weight - blue_weight) * green + blue_weight * blue;
    let difference = |component: f64, weight: f64| 128.0 + 224.0 * (component - luma) / (2.0 * (1.0 - weight));
    [16.0 + 219.0 * luma, difference(blue, blue_weight), difference(red, red_weight)]
}

fn to_byte(value: f64) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// Mean Cb and Cr of two by two pixels, weighted by their alpha, and their mean alpha.
fn average_chroma(overlay: &Overlay, x: u32, y: u32, to_yuv: impl Fn(&Rgba<u8>) -> [f64; 3]) -> ([u8; 2], u8) {
    let (mut sums, mut weight) = ([0.0, 0.0], 0.0);
    for (x, y) in [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)] {
        if let Some(pixel) = overlay.image.get_pixel_checked(x, y) {
            let (alpha, [_, blue, red]) = (f64::from(pixel.0[3]), to_yuv(pixel));
            sums = [sums[0] + alpha * blue, sums[1] + alpha * red];
            weight += alpha;
        }
    }
    // Pixels beyond the edge of the image count as transparent.
    let alpha = to_byte(weight / 4.0);
    if weight > 0.0 { (sums.map(|sum| to_byte(sum / weight)), alpha) } else { ([128, 128], 0) }
}
