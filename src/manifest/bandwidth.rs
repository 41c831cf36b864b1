//! Bit rates of renditions, as manifests state them.

use crate::codec::AAC_FRAME;
use crate::plan::{AudioCoding, Media, Plan, Rendition, Storyboard, VideoCoding};

/// Bit rates of one rendition, in bits per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// The largest rate of any run of segments between half and one and a half target durations long
    /// (RFC 8216 4.3.4.2).
    pub peak: u64,
    /// The rate over the whole duration.
    pub average: u64,
}

/// Bit rates of all renditions of a plan, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bandwidth(Vec<Rate>);

impl Bandwidth {
    /// Estimates from the plan alone, before there are segments. Peaks are upper bounds: that of video is the cap, as each
    /// segment leaves the decoder's buffer as full as it was. The average of encoded video is a guess.
    pub fn estimated(plan: &Plan) -> Self {
        Self(plan.renditions().iter().map(estimate).collect())
    }

    /// The rates of finished segments: `sizes` has the bytes of each segment, for each rendition of the plan.
    pub fn measured(plan: &Plan, sizes: &[Vec<u64>]) -> Self {
        let rate = |(rendition, sizes): (&Rendition, &Vec<u64>)| {
            measure(&rendition.sample_durations(), rendition.timescale, sizes)
        };
        Self(plan.renditions().iter().zip(sizes).map(rate).collect())
    }

    /// The rates, in the order of the plan's renditions.
    pub fn rates(&self) -> &[Rate] {
        &self.0
    }

    /// The rates of the rendition `id`; zero if there is none.
    pub(super) fn of(&self, plan: &Plan, id: &str) -> Rate {
        let position = plan.renditions().iter().position(|rendition| rendition.id == id);
        position.and_then(|position| self.0.get(position)).copied().unwrap_or(Rate { peak: 0, average: 0 })
    }
}

/// Upper bound of a segment's bytes beside its samples and their index entries: `mux` writes boxes of 132 bytes.
const BYTES_PER_SEGMENT: u64 = 256;
/// Upper bound of the bytes that a sample takes beside its own: 12 in `trun` (size, flags, composition time), and one
/// for each NAL unit whose start code of three bytes becomes a length of four.
const BYTES_PER_SAMPLE: u64 = 16;
/// The largest rate that is stated, 281 Tbit/s: no segment has it, and 64 tracks can be added without overflow.
const MAX_RATE: u128 = 1 << 48;

/// Bits per second that encoded video has on average, for its cap: a guess, as quality is constant below the cap. The
/// clips of `shared/media` longer than a second have 0.1 to 0.55 of it with the default preset, and up to 1.4 with
/// ultrafast. Players choose by the peak, and finished packages state what was measured.
const fn guessed_average(max_rate: u64) -> u64 {
    max_rate / 5 * 3
}

/// Upper bound of the bit rate of text: a hundred characters a second, with markup and times.
const TEXT_RATE: u64 = 2000;

fn estimate(rendition: &Rendition) -> Rate {
    let shortest = rendition.sample_durations().into_iter().min().unwrap_or(0).max(1);
    let shortest = shortest as f64 / f64::from(rendition.timescale.max(1));
    let (cap, average, samples) = match &rendition.media {
        Media::Video(source, video) => {
            let rate = source.frame_rate.to_f64();
            let average = match video.coding {
                VideoCoding::Passthrough { average_rate, .. } => average_rate,
                VideoCoding::Encode { .. } => guessed_average(video.max_rate),
            };
            (video.max_rate, average, rate)
        }
        Media::Audio(audio) => {
            let cap = match audio.coding {
                AudioCoding::Passthrough { peak_rate, .. } => peak_rate,
                // FFmpeg's encoder keeps its rate on average: segments of the clips in `shared/media` exceed it by 3 %.
                AudioCoding::Encode => audio.bit_rate + audio.bit_rate / 10,
            };
            (cap, audio.bit_rate, f64::from(audio.sample_rate) / AAC_FRAME as f64)
        }
        Media::Text(_) => return Rate { peak: TEXT_RATE, average: TEXT_RATE / 10 },
        Media::Storyboard(_, storyboard) => return storyboard_rate(rendition, storyboard),
    };
    let boxes = (samples * BYTES_PER_SAMPLE as f64 + BYTES_PER_SEGMENT as f64 / shortest) * 8.0;
    let peak = cap as f64 + boxes;
    Rate { peak: (peak.ceil() as u64).min(MAX_RATE as u64), average }
}

/// Upper bound of a JPEG's tables and headers.
const BYTES_PER_JPEG: u64 = 1024;
/// Upper bound of a JPEG's bytes for each pixel: those of RGB without compression.
const BYTES_PER_PIXEL: u64 = 3;
/// How much smaller than the upper bound a sheet is. Sheets of the clips in `shared/media` are 12 to 28 times smaller,
/// so that the estimate is seldom too low.
const JPEG_COMPRESSION: u64 = 12;

fn storyboard_rate(rendition: &Rendition, storyboard: &Storyboard) -> Rate {
    let (width, height) = (storyboard.columns * storyboard.width, storyboard.rows * storyboard.height);
    let max_size = u64::from(width) * u64::from(height) * BYTES_PER_PIXEL + BYTES_PER_JPEG;
    let sizes = vec![max_size; rendition.segment_count as usize];
    let bound = measure(&rendition.sample_durations(), rendition.timescale, &sizes);
    Rate { average: bound.average / JPEG_COMPRESSION, ..bound }
}

fn measure(durations: &[u64], timescale: u32, sizes: &[u64]) -> Rate {
    let rate = |bytes: u128, ticks: u64| {
        (bytes * 8 * u128::from(timescale)).div_ceil(u128::from(ticks.max(1))).min(MAX_RATE) as u64
    };
    let longest = durations.iter().copied().max().unwrap_or(0);
    let target = target_duration(durations, timescale).max(1) * u64::from(timescale);
    // The lengths of runs that Rate::peak states, widened so that the longest segment counts on its own.
    let (min_ticks, max_ticks) = ((target / 2).min(longest), (target * 3 / 2).max(longest));
    let mut peak = 0;
    for start in 0..sizes.len() {
        let (mut bytes, mut ticks) = (0_u128, 0);
        for (size, duration) in sizes.iter().zip(durations).skip(start) {
            (bytes, ticks) = (bytes + u128::from(*size), ticks + duration);
            if ticks > max_ticks {
                break;
            }
            if ticks >= min_ticks {
                peak = peak.max(rate(bytes, ticks));
            }
        }
    }
    Rate { peak, average: rate(sizes.iter().copied().map(u128::from).sum(), durations.iter().sum()) }
}

/// EXT-X-TARGETDURATION: the longest segment, rounded to seconds (RFC 8216 4.3.3.1), and at least 1.
pub(super) fn target_duration(durations: &[u64], timescale: u32) -> u64 {
    let longest = durations.iter().copied().max().unwrap_or(0);
    let timescale = u64::from(timescale.max(1));
    ((longest * 2 + timescale) / (2 * timescale)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_the_rate_of_the_largest_segment() {
        let rate = measure(&[4000, 4000, 4000, 2000], 1000, &[500, 1000, 250, 500]);
        assert_eq!(rate, Rate { peak: 2000, average: 1286 });
    }

    #[test]
    fn absurd_sizes_are_capped() {
        let rate = measure(&[4000, 4000], 1000, &[u64::MAX, u64::MAX]);
        assert_eq!(rate, Rate { peak: 1 << 48, average: 1 << 48 });
    }

    #[test]
    fn a_segment_below_half_the_target_duration_counts_with_its_neighbour() {
        let rate = measure(&[4000, 100], 1000, &[500, 400]);
        assert_eq!(rate.peak, 900 * 8 * 1000 / 4100 + 1);
    }

    #[test]
    fn target_durations_round_to_the_nearest_second() {
        assert_eq!(target_duration(&[4004, 1000], 1000), 4);
        assert_eq!(target_duration(&[4500], 1000), 5);
        assert_eq!(target_duration(&[10], 1000), 1);
    }
}
