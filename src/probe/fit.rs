//! How well a grid of frames fits times that jitter.

use std::cmp::Ordering;

use crate::base::Rational;

/// How well a grid fits frames whose times are not exact. An estimate, for which floating point is exact enough; its
/// basic operations are the same on every machine (IEEE 754).
pub(super) struct Fit {
    /// Where the grid begins, in its points after the first frame.
    pub(super) phase: f64,
    /// Mean distance of a frame from its point, in points.
    spread: f64,
    /// Frames that share a point with another one.
    pub(super) lost: usize,
    /// Points without a frame.
    repeated: i64,
}

impl Fit {
    /// Mean distance from the grid above which times are not jitter: it is 0.25 where they have nothing to do with it.
    const MAX_SPREAD: f64 = 0.2;
    /// Fewest frames from which jitter can be told.
    const MIN_FRAMES: usize = 8;

    /// The fit of the grid with the best phase.
    pub(super) fn new(times: &[i64], time_base: Rational, rate: Rational) -> Self {
        Self::at(times, time_base, rate, 0.0).refined(times, time_base, rate)
    }

    /// The same with a better phase. Distances depend on the points that are nearest, and these on the phase.
    pub(super) fn refined(self, times: &[i64], time_base: Rational, rate: Rational) -> Self {
        (0..3).fold(self, |fit, _| Self::at(times, time_base, rate, fit.phase))
    }

    /// The fit of the grid with this phase; its own `phase` is then a better one.
    pub(super) fn at(times: &[i64], time_base: Rational, rate: Rational, phase: f64) -> Self {
        let (step, first) = ((time_base * rate).to_f64(), times.first().copied().unwrap_or(0));
        let (mut distance, mut offset, mut lost) = (0.0, 0.0, 0);
        let (mut start, mut last) = (None, None);
        for &time in times {
            let place = (time - first) as f64 * step - phase;
            let point = rounded(place);
            lost += usize::from(last.is_some_and(|last| point <= last));
            start.get_or_insert(point);
            last = Some(last.map_or(point, |last: f64| last.max(point)));
            distance += (place - point).abs();
            offset += place - point;
        }
        let count = times.len().max(1) as f64;
        let points = last.zip(start).map_or(0, |(last, start)| ((last - start) as i64).saturating_add(1));
        let repeated = points.saturating_sub((times.len() - lost) as i64);
        Self { phase: phase + offset / count, spread: distance / count, lost, repeated }
    }

    pub(super) fn explains(&self, frames: usize) -> bool {
        frames >= Self::MIN_FRAMES && self.spread < Self::MAX_SPREAD && self.lost * 100 <= frames
    }

    /// The better fit is less. A lost frame weighs more than one that is shown twice: motion is missing.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let cost = |fit: &Self| fit.repeated.saturating_add(4 * fit.lost as i64);
        cost(self).cmp(&cost(other)).then(self.spread.total_cmp(&other.spread))
    }
}

/// What `f64::round` gives, which is a call of a function where processors need not have an instruction for it.
fn rounded(number: f64) -> f64 {
    /// From here on all numbers are whole.
    const WHOLE: f64 = (1_u64 << 52) as f64;
    if number.abs() >= WHOLE {
        return number;
    }
    let whole = number as i64 as f64;
    let rest = number - whole;
    whole + f64::from(i8::from(rest >= 0.5) - i8::from(rest <= -0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_as_the_library_does() {
        let near = |number: f64| [number.next_down(), number, number.next_up()];
        for number in [0.0, 0.5, 1.5, 2.5, 3.0, 1e15 + 0.5, 2_f64.powi(52), 1e300].into_iter().flat_map(near) {
            assert_eq!([rounded(number), rounded(-number)], [number.round(), -number.round()], "{number}");
        }
    }
}
