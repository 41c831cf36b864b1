//! A limiter with look-ahead that knows true peaks and forgets.
//!
//! Its gain at a sample depends on a bounded range around it alone, and is reckoned in integers: whoever begins that much
//! earlier gets the same gain to the last bit. That is what makes segments equal however they are made.

/// The highest true peak that is let through: -1.5 dBTP, so that -1 dBTP (EBU R 128) still holds once AAC has added its
/// noise.
const CEILING: f32 = 0.841;

/// Full gain.
const ONE: u32 = 1 << 24;

/// The times of the gain's course, in samples.
struct Times {
    /// It falls for so long before a peak, and rises as softly.
    attack: usize,
    /// It stays for so long after a peak, so that it does not follow the waves of the lowest tones.
    hold: usize,
    /// By so much it rises in a sample afterwards.
    step: u32,
}

impl Times {
    /// 5 ms, 12 ms, and from nothing to full in 150 ms: all in all less than half of the encoder's pre-roll.
    fn new(rate: u32) -> Self {
        let rise = u64::from(rate) * 150 / 1000;
        let step = u64::from(ONE).div_ceil(rise.max(1));
        Self { attack: (rate / 200).max(1) as usize, hold: (rate * 12 / 1000) as usize, step: step as u32 }
    }
}

/// Turns all channels down together where their true peak would exceed the ceiling, and leaves all else as it is. What
/// comes before the first sample counts as silence.
pub(crate) fn limit(planes: &mut [Vec<f32>], rate: u32) {
    let peaks = true_peaks(planes);
    if peaks.iter().all(|peak| *peak <= CEILING) {
        return;
    }
    let gains = gains(&peaks, &Times::new(rate));
    for plane in planes {
        plane.iter_mut().zip(&gains).for_each(|(sample, gain)| *sample *= gain);
    }
}

/// The gain of each sample, from the peaks.
fn gains(peaks: &[f32], times: &Times) -> Vec<f32> {
    // It falls in the silence before, so that the first peak finds it low.
    let silence = std::iter::repeat_n(ONE, times.attack);
    let allowed: Vec<u32> = silence.chain(peaks.iter().map(|peak| allowed(*peak))).collect();
    let lowest = sliding_minimum(&allowed, times.hold, times.attack - 1);
    let mut last = ONE;
    let released = lowest.into_iter().map(|low| {
        last = low.min(last.saturating_add(times.step)).min(ONE);
        last
    });
    let released: Vec<u32> = released.collect();
    // The mean over the attack: each of its values is low enough for this sample.
    let before = std::iter::repeat_n(ONE, times.attack).chain(released.iter().copied());
    let mut sum = u64::from(ONE) * times.attack as u64;
    let whole = sum as f64;
    released
        .iter()
        .zip(before)
        .map(|(new, old)| {
            sum = sum + u64::from(*new) - u64::from(old);
            (sum as f64 / whole) as f32
        })
        .skip(times.attack)
        .collect()
}

/// The gain that a peak allows, rounded down.
fn allowed(peak: f32) -> u32 {
    if peak <= CEILING { ONE } else { (CEILING / peak * ONE as f32) as u32 }
}

/// The least value from `back` samples before each to `ahead` after it.
fn sliding_minimum(values: &[u32], back: usize, ahead: usize) -> Vec<u32> {
    let mut candidates = std::collections::VecDeque::new();
    let mut out = Vec::with_capacity(values.len());
    for (now, value) in values.iter().copied().map(Some).chain(std::iter::repeat_n(None, ahead)).enumerate() {
        if let Some(value) = value {
            while candidates.back().is_some_and(|(_, last)| *last >= value) {
                candidates.pop_back();
            }
            candidates.push_back((now, value));
        }
        let Some(centre) = now.checked_sub(ahead) else { continue };
        while candidates.front().is_some_and(|(place, _)| place + back < centre) {
            candidates.pop_front();
        }
        if centre < values.len() {
            out.push(candidates.front().map_or(ONE, |(_, least)| *least));
        }
    }
    out
}

/// The filter of ITU-R BS.1770-5, annex 2: a signal between its samples, at a quarter, half and three quarters, but for the
/// quarters' mirror images.
const QUARTER: [f32; TAPS] = [
    -0.029_174_805,
    0.029_296_875,
    -0.051_757_813,
    0.089_111_33,
    -0.166_503_9,
    0.465_087_9,
    0.779_785_16,
    -0.200_317_38,
    0.101_562_5,
    -0.058_227_54,
    0.033_081_055,
    -0.018_920_898,
];
const NEAR: [f32; TAPS] = [
    0.001_708_984_4,
    0.010_986_328,
    -0.019_653_32,
    0.033_203_125,
    -0.059_448_242,
    0.137_329_1,
    0.972_167_97,
    -0.102_294_92,
    0.047_607_422,
    -0.026_611_328,
    0.014_892_578,
    -0.008_300_781,
];
const TAPS: usize = 12;
/// The tap that is nearest to the sample itself.
const CENTRE: usize = 6;

/// For each sample the highest magnitude of any channel at it and between it and its neighbours.
fn true_peaks(planes: &[Vec<f32>]) -> Vec<f32> {
    let count = planes.iter().map(Vec::len).min().unwrap_or(0);
    let mut peaks = vec![0.0_f32; count];
    let mut padded = Vec::with_capacity(count + TAPS);
    for plane in planes {
        padded.clear();
        padded.extend(std::iter::repeat_n(0.0, CENTRE));
        padded.extend(plane);
        padded.extend(std::iter::repeat_n(0.0, TAPS));
        for (peak, window) in peaks.iter_mut().zip(padded.windows(TAPS + 1)) {
            // Few are loud enough for the filter, whose taps add up to less than 2.1, to find anything.
            let loudest = window.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
            *peak = peak.max(if loudest * 2.1 <= CEILING { loudest } else { between(window) });
        }
    }
    peaks
}

/// The highest magnitude around the sample at the centre.
fn between(window: &[f32]) -> f32 {
    let sum = |taps: &[f32; TAPS], samples: &mut dyn Iterator<Item = &f32>| {
        taps.iter().zip(samples).fold(0.0_f32, |sum, (tap, sample)| sum + tap * sample).abs()
    };
    let own = window.get(CENTRE).map_or(0.0, |sample| sample.abs());
    [&NEAR, &QUARTER].into_iter().fold(own, |most, taps| {
        let mirrored = sum(taps, &mut window.iter().take(TAPS).rev());
        most.max(sum(taps, &mut window.iter())).max(mirrored)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise whose loudness comes and goes, up to 2.4.
    fn noise(count: usize) -> Vec<f32> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        (0..count).map(|number| next() * if number / 9000 % 3 == 0 { 2.4 } else { 0.3 }).collect()
    }

    fn limited(plane: &[f32]) -> Vec<f32> {
        let mut planes = [plane.to_vec()];
        limit(&mut planes, 48_000);
        planes.concat()
    }

    #[test]
    fn whoever_begins_later_gets_the_same_numbers() {
        let whole = noise(100_000);
        let expected = limited(&whole);
        for start in [1, 9_500, 27_000, 50_017] {
            let late = limited(&whole[start..]);
            // Less than the encoder's pre-roll of 16 frames.
            let settled = 8_192;
            assert!(late[settled..] == expected[start + settled..], "from {start}");
        }
    }

    #[test]
    fn no_true_peak_exceeds_the_ceiling() {
        let limited = limited(&noise(100_000));
        let peak = true_peaks(&[limited]).into_iter().fold(0.0, f32::max);
        assert!((0.8..0.85).contains(&peak), "{peak}");
    }

    #[test]
    fn what_is_not_too_loud_stays_as_it_is() {
        let quiet: Vec<f32> = noise(20_000).iter().map(|sample| sample * 0.2).collect();
        assert!(limited(&quiet) == quiet);
    }

    #[test]
    fn minima_slide() {
        assert_eq!(sliding_minimum(&[5, 1, 7, 8, 9], 1, 2), [1, 1, 1, 7, 8]);
    }

    #[test]
    fn odd_numbers_are_survived() {
        for sample in [f32::NAN, f32::INFINITY, f32::MAX] {
            limited(&[0.0, sample, 0.0]);
        }
        assert!(limited(&[]).is_empty());
    }
}
