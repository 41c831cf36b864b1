//! Finding a video's frame rate from the times of its frames.

use super::fit::Fit;
use crate::base::Rational;

/// Rates of cameras and editors, as numerator and denominator; the first that fits is taken. Those of ITU-R BT.2100
/// table 1 (24 to 120), 48 of high frame rate cinema, 10 to 20 of animation, webcams and screen recordings, and 240 of
/// phones' slow motion; the most common ones first.
const STANDARD_RATES: [(i64, i64); 21] = [
    (24000, 1001),
    (24, 1),
    (25, 1),
    (30000, 1001),
    (30, 1),
    (50, 1),
    (60000, 1001),
    (60, 1),
    (48000, 1001),
    (48, 1),
    (15000, 1001),
    (15, 1),
    (25, 2),
    (12, 1),
    (10, 1),
    (20, 1),
    (100, 1),
    (120000, 1001),
    (120, 1),
    (240000, 1001),
    (240, 1),
];

/// The largest numerator or denominator of a rate, so that frames can be counted in any time base. 60000/1001 and rates
/// with three decimals are far below.
const MAX_TERM: i64 = 1_000_000;
/// The rate where there are not two frames to measure and none is stated: FFmpeg's default for pictures.
const DEFAULT_RATE: i64 = 25;
/// The largest stated rate that is considered: some containers state their time base instead, such as 90000.
pub(super) const MAX_STATED: i64 = 1000;
/// How far a candidate may be from the measured rate, as a fraction: generously, because the grid decides among them.
const TOLERANCE: (i64, i64) = (1, 20);
/// How far a rate with too few digits may be from the standard rate it means, as a fraction: 23.976 is 1e-6 off, while
/// 24 and 24000/1001 are 1e-3 apart.
const ROUNDING: (i64, i64) = (1, 100_000);
/// The most ticks between two frames for a clock that counts frames, as that of AVI: such times are not rounded, and a tick is
/// too much for a rate to be off.
const COARSE: i64 = 32;

/// A frame rate and whether the frames keep to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameRate {
    pub(crate) rate: Rational,
    pub(crate) variable: bool,
}

/// Finds the rate of frames at `times` (ascending, in ticks of `time_base`). `hint` is the rate that the container
/// states; it is used only if the times agree with it.
pub(crate) fn find(times: &[i64], time_base: Rational, hint: Option<Rational>) -> FrameRate {
    let is_plausible = |rate: &Rational| *rate > Rational::ZERO && *rate <= Rational::from(MAX_STATED);
    let hint = hint.filter(is_plausible).and_then(|rate| convergents(to_standard(rate)).last());
    let interval = times.first().zip(times.last()).map_or(0, |(first, last)| last - first);
    if interval <= 0 {
        return FrameRate { rate: hint.unwrap_or(Rational::from(DEFAULT_RATE)), variable: false };
    }
    let mean = (Rational::from(times.len() as i64 - 1) / time_base) / Rational::from(interval);
    // Constant: a rate close to the mean, with one frame at each point of its grid.
    let near_mean = |rate: &Rational| is_near(*rate, mean, TOLERANCE);
    let counted = |part: usize| std::iter::once_with(move || counted_rate(times, time_base, part)).flatten();
    let stated = || hint.into_iter().chain(standard_rates());
    let mut constant = stated().chain(counted(2)).filter(near_mean).chain(convergents(mean));
    if let Some(rate) = constant.find(|rate| is_on_grid(times, time_base, *rate, false)) {
        return FrameRate { rate, variable: false };
    }
    // With dropped frames: every frame is on the grid, though not every point has one.
    let fast = fast_rate(times, time_base);
    let near_fast = |rate: &Rational| is_near(*rate, fast, TOLERANCE);
    let mut with_gaps = stated().chain(counted(10)).filter(near_fast);
    if let Some(rate) = with_gaps.find(|rate| is_on_grid(times, time_base, *rate, true)) {
        return FrameRate { rate, variable: true };
    }
    // With jitter: no frame is exactly on the grid, but nearly each is nearest to a point of its own.
    let between = |rate: &Rational| *rate > mean * Rational::new(99, 100) && *rate < fast * Rational::new(21, 20);
    let jittered = stated().filter(between);
    let fits =
        jittered.map(|rate| (rate, Fit::new(times, time_base, rate))).filter(|(_, fit)| fit.explains(times.len()));
    if let Some((rate, _)) = fits.min_by(|(_, one), (_, other)| one.compare(other)) {
        return FrameRate { rate, variable: true };
    }
    // A clock that counts frames has a point for each.
    let own = standard_rates().find(|rate| *rate == time_base.recip() && step(times, 10) <= COARSE);
    if let Some(rate) = own {
        return FrameRate { rate, variable: true };
    }
    let nearest = standard_rates().filter(near_fast).min_by_key(|rate| (*rate / fast - Rational::from(1)).abs());
    let rate = nearest.unwrap_or_else(|| Rational::from(fast.round().clamp(1, MAX_TERM)));
    FrameRate { rate, variable: true }
}

/// The time, in ticks after the first frame, at which a grid for jittering frames should begin: 0 if the one from the
/// first frame on has a point for each, else the one that is nearest to all frames.
pub(crate) fn grid_start(times: &[i64], time_base: Rational, rate: Rational) -> i64 {
    let anchored = Fit::at(times, time_base, rate, 0.0);
    let lost = anchored.lost;
    if lost == 0 {
        return 0;
    }
    let fit = anchored.refined(times, time_base, rate);
    let gains = fit.explains(times.len()) && fit.lost < lost;
    if gains { (fit.phase / (time_base * rate).to_f64()).round() as i64 } else { 0 }
}

fn standard_rates() -> impl Iterator<Item = Rational> {
    STANDARD_RATES.iter().map(|&(num, den)| Rational::new(num, den))
}

/// Whether `rate` differs from `other` by less than a fraction of `other`.
fn is_near(rate: Rational, other: Rational, (num, den): (i64, i64)) -> bool {
    (rate / other - Rational::from(1)).abs() < Rational::new(num, den)
}

/// The standard rate that a rate written with too few digits means, or the rate itself.
fn to_standard(rate: Rational) -> Rational {
    standard_rates().find(|standard| is_near(rate, *standard, ROUNDING)).unwrap_or(rate)
}

/// Whether every frame lies within one tick of a point of the grid that begins with the first frame: each at the next
/// point, or with `gaps` at any later one.
fn is_on_grid(times: &[i64], time_base: Rational, rate: Rational, gaps: bool) -> bool {
    let Some(&first) = times.first() else { return true };
    let (points, mut point) = (time_base * rate, 0_i64);
    let ticks = points.recip();
    times.iter().enumerate().all(|(number, &time)| {
        let next = if gaps { nearest(time - first, points) } else { number as i64 };
        let fits = number == 0 || next > point;
        point = next;
        fits && (time - first).abs_diff(nearest(next, ticks)) <= 1
    })
}

/// So many of a fraction, to the nearest integer, halves upwards.
fn nearest(count: i64, fraction: Rational) -> i64 {
    let (num, den) = (fraction.num(), fraction.den());
    match count.checked_mul(num) {
        Some(product) => product.div_euclid(den) + i64::from(product.rem_euclid(den) >= den - product.rem_euclid(den)),
        None => fraction.times(count).round(),
    }
}

/// The rate of the shortest tenth of the intervals between frames: the fast parts of a variable rate keep their frames,
/// and single outliers do not count.
fn fast_rate(times: &[i64], time_base: Rational) -> Rational {
    time_base.times(step(times, 10)).recip()
}

/// The rate of frames that are all as far apart as one in so many of them, if the clock counts frames.
fn counted_rate(times: &[i64], time_base: Rational, part: usize) -> Option<Rational> {
    let usual = step(times, part);
    (usual <= COARSE)
        .then(|| time_base.times(usual).recip())
        .filter(|rate| rate.num() <= MAX_TERM && rate.den() <= MAX_TERM)
}

/// Ticks between two frames, of which one in `part` are as close to each other or closer; 1 at least.
fn step(times: &[i64], part: usize) -> i64 {
    let mut intervals: Vec<i64> = times.windows(2).filter_map(|pair| Some(pair.get(1)? - pair.first()?)).collect();
    let place = intervals.len() / part;
    if place >= intervals.len() {
        return 1;
    }
    (*intervals.select_nth_unstable(place).1).max(1)
}

/// Ever closer fractions to a rate, the convergents of its continued fraction, as long as their terms stay within
/// [`MAX_TERM`].
fn convergents(rate: Rational) -> impl Iterator<Item = Rational> {
    let (mut before, mut last, mut rest) = ((0_i64, 1_i64), (1_i64, 0_i64), Some(rate));
    std::iter::from_fn(move || {
        let current = rest?;
        let whole = current.floor();
        let next = |a: i64, b: i64| whole.checked_mul(b)?.checked_add(a);
        let fraction = (next(before.0, last.0)?, next(before.1, last.1)?);
        let left = current - Rational::from(whole);
        rest = (left > Rational::ZERO).then(|| left.recip());
        (before, last) = (last, fraction);
        (fraction.0 <= MAX_TERM && fraction.1 <= MAX_TERM).then(|| Rational::new(fraction.0, fraction.1))
    })
    .filter(|rate| *rate > Rational::ZERO)
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    fn grid(rate: (i64, i64), base: i64, count: i64) -> Vec<i64> {
        let (rate, base) = (Rational::new(rate.0, rate.1), Rational::new(1, base));
        (0..count).map(|k| base.ticks(Rational::from(k) / rate)).collect()
    }

    #[test]
    fn exact_and_rounded_times_give_the_exact_rate() {
        for &rate in &[(24000, 1001), (25, 1), (30000, 1001), (60, 1), (120, 1)] {
            for base in [90_000, 1000] {
                let found = find(&grid(rate, base, 200), Rational::new(1, base), None);
                let expected = FrameRate { rate: Rational::new(rate.0, rate.1), variable: false };
                assert_eq!(found, expected, "{rate:?} in 1/{base}");
            }
        }
    }

    #[test]
    fn an_unusual_constant_rate_is_measured() {
        for (num, den) in [(18, 1), (17, 2), (31, 3)] {
            let found = find(&grid((num, den), 90_000, 100), Rational::new(1, 90_000), None);
            assert_eq!(found, FrameRate { rate: Rational::new(num, den), variable: false });
        }
    }

    #[test]
    fn dropped_frames_keep_the_grid() {
        let mut times = grid((30, 1), 1000, 100);
        times.retain(|time| time % 7 != 0 || *time == 0);
        assert_eq!(find(&times, Rational::new(1, 1000), None), FrameRate { rate: Rational::from(30), variable: true });
    }

    #[test]
    fn frames_that_a_clock_counts_have_its_rate() {
        let (base, every_ninth) =
            (Rational::new(1, 25), |first: i64| -> Vec<i64> { (0..22).map(|k| first.min(k) + 9 * k).collect() });
        let found = |times: &[i64]| find(times, base, Some(Rational::from(25)));
        assert_eq!(found(&every_ninth(0)), FrameRate { rate: Rational::new(25, 9), variable: false });
        // The first one a frame early, as encoders leave it.
        assert_eq!(found(&every_ninth(1)), FrameRate { rate: Rational::new(25, 9), variable: false });
        let mut dropped = every_ninth(0);
        dropped.retain(|time| time % 45 != 9);
        assert_eq!(found(&dropped), FrameRate { rate: Rational::new(25, 9), variable: true });
        // One that no slower rate has a place for.
        dropped.insert(1, 1);
        assert_eq!(found(&dropped), FrameRate { rate: Rational::from(25), variable: true });
    }

    #[test]
    fn jittered_times_get_the_nominal_rate() {
        let times: Vec<i64> = (0..200).map(|k| k * 3000 + (k * k * 37 % 700)).collect();
        let found = find(&times, Rational::new(1, 90_000), None);
        assert_eq!(found, FrameRate { rate: Rational::from(30), variable: true });
    }

    /// Frames that are up to so many milliseconds off their times, in a pattern that looks like none.
    fn jitter(rate: (i64, i64), most: i64) -> Vec<i64> {
        let mut state = 1_u64;
        let mut noise = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as i64 % (2 * most * 90 + 1) - most * 90
        };
        grid(rate, 90_000, 300).into_iter().map(|time| time + noise()).collect()
    }

    #[test]
    fn jitter_of_any_size_leaves_the_rate() {
        for rate in [(24, 1), (25, 1), (30, 1)] {
            for most in [1, 2, 4, 8, 10] {
                let found = find(&jitter(rate, most), Rational::new(1, 90_000), None);
                let expected = FrameRate { rate: Rational::new(rate.0, rate.1), variable: true };
                assert_eq!(found, expected, "{rate:?} with {most} ms");
            }
        }
        // Where two standard rates are as near, what the container states decides.
        let stated = Some(Rational::new(30_000, 1001));
        assert_eq!(
            find(&jitter((30_000, 1001), 4), Rational::new(1, 90_000), stated).rate,
            Rational::new(30_000, 1001)
        );
    }

    #[test]
    fn a_grid_for_jittering_frames_begins_where_it_has_a_point_for_each() {
        let (base, rate) = (Rational::new(1, 90_000), Rational::from(30));
        // Half a period is 16.7 ms.
        assert_eq!(grid_start(&jitter((30, 1), 4), base, rate), 0);
        let mut late = jitter((30, 1), 10);
        late[0] = -10 * 90;
        let start = grid_start(&late, base, rate);
        assert!((800..1000).contains(&start), "{start}");
        assert_eq!(Fit::at(&late, base, rate, start as f64 / 3000.0).lost, 0);
        // Times that have nothing to do with the grid stay where they are.
        assert_eq!(grid_start(&(0..100).map(|k| k * k * 7).collect::<Vec<_>>(), base, rate), 0);
    }

    #[test]
    fn a_wrong_hint_is_ignored() {
        let found = find(&grid((25, 1), 1000, 100), Rational::new(1, 1000), Some(Rational::from(1000)));
        assert_eq!(found.rate, Rational::from(25));
    }

    #[test]
    fn a_hint_with_too_few_digits_is_the_standard_rate() {
        let found = find(&grid((60_000, 1001), 1000, 60), Rational::new(1, 1000), Some(Rational::new(19_001, 317)));
        assert_eq!(found, FrameRate { rate: Rational::new(60_000, 1001), variable: false });
    }

    #[test]
    fn terms_of_rates_stay_within_range() {
        let odd = Rational::new(90_000, 7_000_000_001);
        let far = crate::media::MAX_TIME;
        let times = [vec![0], vec![-far, far], vec![-far, -far + 1, far], (0..500).map(|k| k * k * k).collect()];
        for (times, base) in times.iter().flat_map(|times| [1, 90_000, i64::from(i32::MAX)].map(|den| (times, den))) {
            let base = Rational::new(1, base);
            let rate = find(times, base, Some(odd)).rate;
            for rate in standard_rates() {
                let (start, fit) = (grid_start(times, base, rate), Fit::new(times, base, rate));
                assert!(start.abs() <= far && fit.compare(&fit) == Ordering::Equal);
            }
            assert!((1..=MAX_TERM).contains(&rate.num()) && rate.den() <= MAX_TERM, "{rate} for {times:?} in {base}");
        }
        // The closest fraction within range.
        assert_eq!(find(&[0], Rational::new(1, 25), Some(odd)).rate, Rational::new(9, 700_000));
    }

    #[test]
    fn one_frame_or_none_does_not_panic() {
        assert_eq!(find(&[], Rational::new(1, 25), None).rate, Rational::from(25));
        assert_eq!(find(&[7], Rational::new(1, 25), Some(Rational::from(30))).rate, Rational::from(30));
        assert_eq!(find(&[7, 7], Rational::new(1, 25), None).rate, Rational::from(25));
    }
}
