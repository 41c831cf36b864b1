//! High dynamic range to standard dynamic range, the same for renditions, thumbnails and storyboards.
//!
//! White is [`WHITE`], and what is brighter is brought below it by the curve of ITU-R BT.2390-12 5.4.1, for each of red,
//! green and blue. Tables and single precision, in an order that is written down: the same on every processor.

use crate::base::{Error, ErrorKind, Result};
use crate::ffmpeg::Frame;
use crate::media::DynamicRange;
use crate::plan::SourceVideo;

/// The brightness of white, in cd/m²: the reference white of ITU-R BT.2408.
const WHITE: f64 = 203.0;
/// The brightest pixel of a source that does not state it, in cd/m²: what most are made for (ITU-R BT.2408 annex 1), and the
/// display that hybrid log-gamma is defined with (ITU-R BT.2100 table 5).
const DEFAULT_PEAK: u32 = 1000;
/// Steps of the tables, from 0 to 1.
const STEPS: usize = 4096;

/// Red, green and blue of other primaries as those of BT.709, by their chromaticities (ITU-T H.273 table 2).
type Matrix = [[f32; 3]; 3];
const FROM_BT2020: Matrix =
    [[1.660_491, -0.587_641, -0.072_85], [-0.124_550, 1.132_9, -0.008_349], [-0.018_151, -0.100_579, 1.118_73]];
const FROM_P3: Matrix = [[1.224_94, -0.224_94, 0.0], [-0.042_057, 1.042_057, 0.0], [-0.019_638, -0.078_636, 1.098_274]];
const FROM_BT709: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// What luma has of red, green and blue (ITU-T H.273 table 4).
fn weights(matrix: &str) -> [f32; 3] {
    match matrix {
        "smpte170m" | "bt470bg" => [0.299, 0.587, 0.114],
        "fcc" => [0.3, 0.59, 0.11],
        "smpte240m" => [0.212, 0.701, 0.087],
        "bt2020nc" | "bt2020c" => [0.2627, 0.678, 0.0593],
        _ => [0.2126, 0.7152, 0.0722],
    }
}

/// From the frames of one source to BT.709, or to what the plan has for those before.
pub(crate) struct ToneMap {
    /// Light as a part of the peak, by the steps of red, green or blue as they are coded.
    light: Vec<f32>,
    /// By what light is multiplied for a display, by the steps of the square root of luminance; only for hybrid log-gamma.
    gain: Option<Vec<f32>>,
    primaries: Matrix,
    /// What is shown, coded for BT.709, by the steps of the square root of light.
    shown: Vec<f32>,
    /// What luma has of red, green and blue in what is made.
    weights: [f32; 3],
}

impl ToneMap {
    /// For the source's frames; `None` if they have no high dynamic range to map.
    pub(super) fn of(source: &SourceVideo) -> Option<Self> {
        let is_hlg = DynamicRange::of(&source.colour.transfer) == DynamicRange::Hlg;
        let stated = source.peak.filter(|_| !is_hlg).unwrap_or(DEFAULT_PEAK);
        source.tone_map.then(|| Self::new(is_hlg, f64::from(stated), &source.colour.primaries, "bt709"))
    }

    /// For frames like this one, whose light is coded in another way than that of the source's beginning, to the matrix and the
    /// primaries that the plan has.
    pub(super) fn of_frame(frame: &Frame, matrix: &str, planned: &str) -> Option<Self> {
        let range = frame.dynamic_range();
        let primaries = match planned {
            // They stay.
            "bt2020" => "bt709",
            _ if frame.is_p3() => "smpte432",
            _ => "bt2020",
        };
        let is_high = range != DynamicRange::Standard;
        is_high.then(|| Self::new(range == DynamicRange::Hlg, f64::from(DEFAULT_PEAK), primaries, matrix))
    }

    fn new(is_hlg: bool, peak: f64, primaries: &str, matrix: &str) -> Self {
        // Below white there is nothing to bring down.
        let peak = peak.max(WHITE);
        let light = |code: f64| if is_hlg { hlg_light(code) } else { (pq_light(code) / peak).min(1.0) };
        let primaries = match primaries {
            "bt709" => FROM_BT709,
            "smpte431" | "smpte432" => FROM_P3,
            _ => FROM_BT2020,
        };
        Self {
            light: table(light),
            // The exponent of ITU-R BT.2100's OOTF for 1000 cd/m², less one; of the square root, twice that.
            gain: is_hlg.then(|| table(|root| libm::pow(root, 0.4))),
            primaries,
            // The inverse of the EOTF of displays, ITU-R BT.1886.
            shown: table(|root| libm::pow((bt2390(root * root * peak, peak) / WHITE).min(1.0), 1.0 / 2.4)),
            weights: weights(matrix),
        }
    }

    /// Red, green and blue from 0 to 1, of ten bits of luma and colour differences in limited range, by BT.2020's matrix.
    fn rgb(&self, luma: u16, blue: u16, red: u16) -> [f32; 3] {
        let luma = (f32::from(luma) - 64.0) / 876.0;
        let (blue, red) = ((f32::from(blue) - 512.0) / 896.0, (f32::from(red) - 512.0) / 896.0);
        let coded = [luma + 1.4746 * red, luma - 0.164_553 * blue - 0.571_353 * red, luma + 1.8814 * blue];
        // Numbers below 0 become 0.
        let mut light = coded.map(|code| at(&self.light, (code * (STEPS - 1) as f32 + 0.5) as usize));
        if let Some(gain) = &self.gain {
            let [r, g, b] = light;
            let gain = between(gain, (0.2627 * r + 0.6780 * g + 0.0593 * b).sqrt());
            light = light.map(|light| light * gain);
        }
        let [r, g, b] = light;
        self.primaries.map(|[from_r, from_g, from_b]| {
            between(&self.shown, (from_r * r + from_g * g + from_b * b).clamp(0.0, 1.0).sqrt())
        })
    }

    /// The rows of a frame in yuv444p10le as [`rgb`](Self::rgb) gives them.
    fn rows<'a>(&'a self, frame: &'a Frame) -> Result<impl Iterator<Item = Vec<[f32; 3]>> + 'a> {
        let (width, _) = frame.size();
        let [luma, blue, red] = [frame.plane(0)?, frame.plane(1)?, frame.plane(2)?];
        Ok(luma.zip(blue).zip(red).map(move |((luma, blue), red)| {
            let pixels = numbers(luma).zip(numbers(blue)).zip(numbers(red));
            pixels.take(width as usize).map(|((luma, blue), red)| self.rgb(luma, blue, red)).collect()
        }))
    }

    /// As red, green and blue of eight bits each, without padding.
    pub(super) fn to_rgb(&self, frame: &Frame) -> Result<Vec<u8>> {
        Ok(self.rows(frame)?.flatten().flatten().map(|value| (value * 255.0 + 0.5) as u8).collect())
    }

    /// As yuv420p in limited range; width and height are even. Colour is sampled where the left one of two pixels is, as in
    /// H.264 by default.
    pub(super) fn to_yuv(&self, frame: &Frame) -> Result<Frame> {
        let (width, height) = frame.size();
        let mut shown = Frame::yuv420p(width, height)
            .ok_or_else(|| Error::new(ErrorKind::Internal, "no memory for a video frame"))?;
        let mut samples = [const { Vec::new() }; 3];
        let mut rows = self.rows(frame)?;
        let [red_weight, _, blue_weight] = self.weights;
        let luma = |pixel: [f32; 3]| pixel.iter().zip(self.weights).map(|(value, weight)| value * weight).sum::<f32>();
        while let (Some(upper), Some(lower)) = (rows.next(), rows.next()) {
            let [lumas, blues, reds] = &mut samples;
            lumas.extend(upper.iter().chain(&lower).map(|pixel| (16.5 + 219.0 * luma(*pixel)) as u8));
            blues.extend(chroma(&upper, &lower, |[red, green, blue]| {
                (blue - luma([red, green, blue])) / (2.0 - 2.0 * blue_weight)
            }));
            reds.extend(chroma(&upper, &lower, |[red, green, blue]| {
                (red - luma([red, green, blue])) / (2.0 - 2.0 * red_weight)
            }));
        }
        for (number, (samples, width)) in samples.iter().zip([width, width / 2, width / 2]).enumerate() {
            for (row, samples) in shown.plane_mut(number)?.zip(samples.chunks_exact(width as usize)) {
                row.iter_mut().zip(samples).for_each(|(to, from)| *to = *from);
            }
        }
        Ok(shown)
    }
}

/// The samples of a colour difference for two rows of pixels: each has a quarter of the pixels to its left and its right, and
/// half of those at it.
fn chroma(upper: &[[f32; 3]], lower: &[[f32; 3]], difference: impl Fn([f32; 3]) -> f32) -> Vec<u8> {
    let columns: Vec<f32> =
        upper.iter().zip(lower).map(|(upper, lower)| difference(*upper) + difference(*lower)).collect();
    let mut left = columns.first().copied().unwrap_or(0.0);
    let pairs = columns.chunks_exact(2).filter_map(|pair| <[f32; 2]>::try_from(pair).ok());
    let sample = |[at, right]: [f32; 2]| {
        let sum = left + 2.0 * at + right;
        left = right;
        (128.5 + 224.0 * sum / 8.0) as u8
    };
    pairs.map(sample).collect()
}

fn numbers(row: &[u8]) -> impl Iterator<Item = u16> {
    row.chunks_exact(2).map(|bytes| bytes.try_into().map_or(0, u16::from_le_bytes))
}

fn table(value: impl Fn(f64) -> f64) -> Vec<f32> {
    (0..STEPS).map(|step| value(step as f64 / (STEPS - 1) as f64) as f32).collect()
}

fn at(table: &[f32], step: usize) -> f32 {
    table.get(step.min(STEPS - 1)).copied().unwrap_or(0.0)
}

/// The table's value between two steps, for a place from 0 to 1.
fn between(table: &[f32], place: f32) -> f32 {
    let place = place * (STEPS - 1) as f32;
    let step = place as usize;
    let (below, above) = (at(table, step), at(table, step + 1));
    below + (above - below) * (place - step as f32)
}

const PQ_M1: f64 = 2610.0 / 16_384.0;
const PQ_M2: f64 = 2523.0 / 32.0;
const PQ_C1: f64 = 3424.0 / 4096.0;
const PQ_C2: f64 = 2413.0 / 128.0;
const PQ_C3: f64 = 2392.0 / 128.0;

/// The light of a code from 0 to 1, in cd/m² (SMPTE ST 2084).
fn pq_light(code: f64) -> f64 {
    let power = libm::pow(code, 1.0 / PQ_M2);
    10_000.0 * libm::pow((power - PQ_C1).max(0.0) / (PQ_C2 - PQ_C3 * power), 1.0 / PQ_M1)
}

/// The code from 0 to 1 of light in cd/m².
fn pq_code(light: f64) -> f64 {
    let power = libm::pow(light / 10_000.0, PQ_M1);
    libm::pow((PQ_C1 + PQ_C2 * power) / (1.0 + PQ_C3 * power), PQ_M2)
}

/// The light of a scene from 0 to 1 (ITU-R BT.2100 table 5).
fn hlg_light(code: f64) -> f64 {
    let (a, b, c) = (0.178_832_77, 0.284_668_92, 0.559_910_73);
    if code <= 0.5 { code * code / 3.0 } else { (libm::exp((code - c) / a) + b) / 12.0 }
}

/// Light up to `peak` as light up to [`WHITE`], both in cd/m² (ITU-R BT.2390-12 5.4.1, with black at 0): what is dark stays
/// as it is.
fn bt2390(light: f64, peak: f64) -> f64 {
    let (code, peak) = (pq_code(light) / pq_code(peak), pq_code(peak));
    let white = pq_code(WHITE) / peak;
    let knee = 1.5 * white - 0.5;
    if code <= knee || knee >= 1.0 {
        return light;
    }
    let t = (code - knee) / (1.0 - knee);
    let (t2, t3) = (t * t, t * t * t);
    let mapped =
        (2.0 * t3 - 3.0 * t2 + 1.0) * knee + (t3 - 2.0 * t2 + t) * (1.0 - knee) + (-2.0 * t3 + 3.0 * t2) * white;
    pq_light(mapped * peak)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Luma of eight bits for grey of so many cd/m².
    fn grey(light: f64, peak: f64) -> u8 {
        let code = (64.0 + 876.0 * pq_code(light)).round() as u16;
        let [red, green, blue] = ToneMap::new(false, peak, "bt2020", "bt709").rgb(code, 512, 512);
        assert!((red - blue).abs() < 1e-3 && (red - green).abs() < 1e-3);
        (16.5 + 219.0 * green) as u8
    }

    #[test]
    fn white_is_203_candela_and_what_is_brighter_is_below_it() {
        // What is not above white anywhere is as it was: (light / 203) ^ (1 / 2.4).
        assert_eq!([203.0, 100.0, 26.0, 1.0].map(|light| grey(light, 203.0)), [235, 179, 109, 40]);
        // By BT.2390's formulas, for 1000 cd/m².
        assert_eq!([1000.0, 203.0, 150.0, 26.0].map(|light| grey(light, 1000.0)), [235, 214, 201, 109]);
        assert_eq!([10_000.0, 4000.0].map(|light| grey(light, 1000.0)), [235; 2]);
        assert_eq!(grey(0.0, 1000.0), 16);
    }

    #[test]
    fn colours_keep_their_place() {
        for primaries in ["bt2020", "smpte432", "bt709"] {
            let map = ToneMap::new(false, 1000.0, primaries, "bt709");
            for row in map.primaries {
                assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{primaries} makes grey coloured");
            }
        }
    }
}
