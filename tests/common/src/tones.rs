//! Measuring sound: how loud a tone is, how high, and when it begins.

use std::ops::Range;

/// One channel of interleaved samples.
pub fn channel(interleaved: &[f32], channels: usize, number: usize) -> Vec<f32> {
    interleaved.iter().skip(number).step_by(channels).copied().collect()
}

/// The middle half, where nothing begins or ends.
pub fn middle(samples: &[f32]) -> &[f32] {
    &samples[samples.len() / 4..samples.len() * 3 / 4]
}

/// The amplitude of the tone of `frequency` hertz.
pub fn level(samples: &[f32], rate: u32, frequency: f64) -> f64 {
    let step = std::f64::consts::TAU * frequency / f64::from(rate);
    let (mut re, mut im, mut weight) = (0.0, 0.0, 0.0);
    for (number, sample) in samples.iter().enumerate() {
        // Hann's window: tones nearby do not leak into this one.
        let window = 0.5 - 0.5 * (std::f64::consts::TAU * number as f64 / samples.len() as f64).cos();
        let (sin, cos) = (step * number as f64).sin_cos();
        re += f64::from(*sample) * window * cos;
        im += f64::from(*sample) * window * sin;
        weight += window;
    }
    2.0 * re.hypot(im) / weight
}

/// The frequency in hertz of a single tone, from where it passes zero upwards.
pub fn frequency(samples: &[f32], rate: u32) -> f64 {
    let passes = samples.windows(2).enumerate().filter(|(_, pair)| pair[0] < 0.0 && pair[1] >= 0.0);
    let places: Vec<f64> =
        passes.map(|(number, pair)| number as f64 + f64::from(pair[0] / (pair[0] - pair[1]))).collect();
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return 0.0 };
    (places.len() - 1) as f64 / (last - first) * f64::from(rate)
}

/// When the sound begins, in seconds: where it first reaches a quarter of its greatest amplitude.
pub fn onset(samples: &[f32], rate: u32) -> f64 {
    let greatest = samples.iter().fold(0.0_f32, |greatest, sample| greatest.max(sample.abs()));
    assert!(greatest > 0.05, "there is no sound");
    samples.iter().position(|sample| sample.abs() >= greatest / 4.0).unwrap() as f64 / f64::from(rate)
}

/// How many samples later, `reach` at most, `late` has what `early` has in `range`, both sides together.
pub fn delay(early: &[Vec<f32>; 2], late: &[Vec<f32>; 2], range: Range<usize>, reach: i64) -> i64 {
    let likeness = |delay: i64| {
        let moved = (range.start as i64 + delay) as usize..(range.end as i64 + delay) as usize;
        let sides = early.iter().zip(late).map(|(early, late)| (&early[range.clone()], &late[moved.clone()]));
        sides.map(|(early, late)| early.iter().zip(late).map(|(a, b)| a * b).sum::<f32>()).sum::<f32>()
    };
    let likenesses = (-reach..=reach).map(|delay| (delay, likeness(delay)));
    likenesses.max_by(|(_, one), (_, other)| one.total_cmp(other)).unwrap().0
}
