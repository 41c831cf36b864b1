//! Bit rates of tracks, as manifests state them.

use crate::plan::{AudioCoding, Media, Plan, Rendition, Storyboard, VideoCoding};

/// Bit rates of one track, in bits per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// The largest rate of any run of segments that lasts half to one and a half target durations
    /// (RFC 8216 4.3.4.2).
    pub peak: u64,
    /// All bytes over the whole duration.
    pub average: u64,
}

/// Bit rates of all tracks of a plan, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bandwidth(Vec<Rate>);

impl Bandwidth {
    /// What the plan lets expect, before any segment is there. The peak is not exceeded: that of video is what
    /// the cap and a full decoder's buffer allow. The average of video is a guess: three fifths of the cap.
    pub fn estimated(plan: &Plan) -> Self {
        Self(plan.renditions().iter().map(estimate).collect())
    }

    /// What the segments have: `sizes` gives the bytes of each segment of each track of the plan.
    pub fn measured(plan: &Plan, sizes: &[Vec<u64>]) -> Self {
        let rate = |(rendition, sizes): (&Rendition, &Vec<u64>)| {
            measure(&rendition.segment_durations(), rendition.timescale, sizes)
        };
        Self(plan.renditions().iter().zip(sizes).map(rate).collect())
    }

    /// The rates, in the order of the plan's tracks.
    pub fn rates(&self) -> &[Rate] {
        &self.0
    }

    /// The rates of the plan's track `id`, zero where there is no such track.
    pub(super) fn of(&self, plan: &Plan, id: &str) -> Rate {
        let position = plan.renditions().iter().position(|rendition| rendition.id == id);
        position.and_then(|position| self.0.get(position)).copied().unwrap_or(Rate { peak: 0, average: 0 })
    }
}

/// Bytes of a segment that are not of its samples, and those of its index for each sample.
const BYTES_A_SEGMENT: u64 = 256;
const BYTES_A_SAMPLE: u64 = 16;

fn estimate(rendition: &Rendition) -> Rate {
    let shortest = rendition.segment_durations().into_iter().min().unwrap_or(0).max(1);
    let shortest = shortest as f64 / f64::from(rendition.timescale.max(1));
    let (cap, burst, average, samples) = match &rendition.media {
        Media::Video(source, video) => {
            let rate = source.frame_rate.to_f64();
            let average = match video.coding {
                VideoCoding::Passthrough { average_rate, .. } => average_rate,
                VideoCoding::Encode { .. } => video.max_rate / 5 * 3,
            };
            // Each segment begins with the buffer nine tenths full.
            (video.max_rate, video.buffer_size / 10 * 9, average, rate)
        }
        Media::Audio(audio) => {
            let cap = match audio.coding {
                AudioCoding::Passthrough { peak_rate, .. } => peak_rate,
                AudioCoding::Encode => audio.bit_rate + audio.bit_rate / 10,
            };
            (cap, 0, audio.bit_rate, f64::from(audio.sample_rate) / 1024.0)
        }
        Media::Storyboard(_, storyboard) => return storyboard_rate(rendition, storyboard),
    };
    let boxes = (samples * BYTES_A_SAMPLE as f64 + BYTES_A_SEGMENT as f64 / shortest) * 8.0;
    let peak = cap as f64 + burst as f64 / shortest + boxes;
    Rate { peak: (peak.ceil() as u64).min(HIGHEST as u64), average }
}

/// Bytes of a JPEG's tables, and at most so many for each pixel: what the bare pixels have. The mean is a guess.
const BYTES_A_JPEG: u64 = 1024;
const BYTES_A_PIXEL: u64 = 3;
const JPEG_MEAN_RATIO: u64 = 12;

fn storyboard_rate(rendition: &Rendition, storyboard: &Storyboard) -> Rate {
    let size = |index| {
        let (width, height) = (storyboard.columns * storyboard.width, storyboard.rows_of(index) * storyboard.height);
        u64::from(width) * u64::from(height) * BYTES_A_PIXEL + BYTES_A_JPEG
    };
    let sizes: Vec<u64> = (0..rendition.segment_count).map(size).collect();
    let most = measure(&rendition.segment_durations(), rendition.timescale, &sizes);
    Rate { average: most.average / JPEG_MEAN_RATIO, ..most }
}

/// Bits per second beyond which nobody believes a size. Rates of many tracks can still be added.
const HIGHEST: u128 = 1 << 48;

fn measure(durations: &[u64], timescale: u32, sizes: &[u64]) -> Rate {
    let rate = |bytes: u128, ticks: u64| {
        (bytes * 8 * u128::from(timescale)).div_ceil(u128::from(ticks.max(1))).min(HIGHEST) as u64
    };
    let longest = durations.iter().copied().max().unwrap_or(0);
    let target = target_duration(durations, timescale).max(1) * u64::from(timescale);
    let (least, most) = ((target / 2).min(longest), (target * 3 / 2).max(longest));
    let mut peak = 0;
    for start in 0..sizes.len() {
        let (mut bytes, mut ticks) = (0_u128, 0);
        for (size, duration) in sizes.iter().zip(durations).skip(start) {
            (bytes, ticks) = (bytes + u128::from(*size), ticks + duration);
            if ticks > most {
                break;
            }
            if ticks >= least {
                peak = peak.max(rate(bytes, ticks));
            }
        }
    }
    Rate { peak, average: rate(sizes.iter().copied().map(u128::from).sum(), durations.iter().sum()) }
}

/// The longest segment in whole seconds, rounded as RFC 8216 4.3.3.1 says.
pub(super) fn target_duration(durations: &[u64], timescale: u32) -> u64 {
    let longest = durations.iter().copied().max().unwrap_or(0);
    let timescale = u64::from(timescale.max(1));
    ((longest * 2 + timescale) / (2 * timescale)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_that_of_the_fattest_segment() {
        let rate = measure(&[4000, 4000, 4000, 2000], 1000, &[500, 1000, 250, 500]);
        assert_eq!(rate, Rate { peak: 2000, average: 1286 });
    }

    #[test]
    fn sizes_beyond_belief_do_no_harm() {
        let rate = measure(&[4000, 4000], 1000, &[u64::MAX, u64::MAX]);
        assert_eq!(rate, Rate { peak: 1 << 48, average: 1 << 48 });
    }

    #[test]
    fn a_segment_too_short_to_count_is_taken_with_its_neighbour() {
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
