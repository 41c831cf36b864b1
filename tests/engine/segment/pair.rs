//! The sound of a source beside that of its package.

use std::path::Path;

use vodkit::plan::{AudioRendition, Rendition};
use vodkit::{Ladder, Plan, Rational};

use vodkit_tests::flash::hear;
use vodkit_tests::tones::delay;
use vodkit_tests::{joined, package, quick};

/// Samples before and behind a seam that are looked at.
pub(super) const AROUND: usize = 1024;

/// The pictures do not matter here. Shorter segments have more seams in less time.
pub(super) fn ladder(segment_seconds: i64) -> Ladder {
    quick(&[64]).preset("superfast").segment_seconds(Rational::from(segment_seconds))
}

/// The sound of a source and of its package on the presentation's time line, at the package's rate.
pub(super) struct Pair {
    pub(super) plan: Plan,
    pub(super) source: [Vec<f32>; 2],
    pub(super) package: [Vec<f32>; 2],
}

impl Pair {
    pub(super) fn of(path: &Path, out: &Path) -> Self {
        Self::in_segments(4, path, out)
    }

    pub(super) fn in_segments(seconds: i64, path: &Path, out: &Path) -> Self {
        let (plan, _) = package(path, &ladder(seconds), out);
        let (rendition, audio) = audio(&plan);
        let (rate, origin) = (audio.sample_rate, plan.origin().to_f64());
        let resample = if rate == audio.source_sample_rate { String::new() } else { format!("-af aresample={rate}") };
        let (source, package) = (hear(path, &resample), hear(&joined(out, rendition), ""));
        assert!((source.channels, package.channels) == (2, 2), "stereo stays stereo");
        let lines = [0, 1].map(|side| (source.timeline(side, origin), package.timeline(side, 0.0)));
        let [(a, b), (c, d)] = lines;
        Self { plan, source: [a, c], package: [b, d] }
    }

    /// How far source and package are apart at most, on the left.
    pub(super) fn apart(&self, range: std::ops::Range<usize>) -> f32 {
        let differences = self.source[0][range.clone()].iter().zip(&self.package[0][range]).map(|(a, b)| (a - b).abs());
        differences.fold(0.0, f32::max)
    }

    pub(super) fn rate(&self) -> usize {
        audio(&self.plan).1.sample_rate as usize
    }

    /// The samples at which segments but the first begin.
    pub(super) fn seams(&self) -> Vec<usize> {
        let windows = &audio(&self.plan).1.windows;
        let ends = windows.iter().scan(0, |end, window| {
            *end += window.frames as usize * 1024;
            Some(*end)
        });
        ends.take(windows.len() - 1).collect()
    }

    /// How many samples later the package has what the source has around `at`.
    pub(super) fn delay(&self, at: usize) -> i64 {
        delay(&self.source, &self.package, at - AROUND..at + AROUND, 1200)
    }

    /// Signal over error in decibels around a sample, both sides together.
    pub(super) fn ratio(&self, at: usize, delay: i64) -> f64 {
        let (mut signal, mut error) = (1e-9, 1e-9);
        for (source, package) in self.source.iter().zip(&self.package) {
            let source = &source[at - AROUND..at + AROUND];
            let package = &package[(at as i64 + delay) as usize - AROUND..][..2 * AROUND];
            for (a, b) in source.iter().zip(package) {
                signal += f64::from(a * a);
                error += f64::from((a - b) * (a - b));
            }
        }
        10.0 * (signal / error).log10()
    }

    fn loudness(&self, from: f64, to: f64) -> f64 {
        let range = (from * self.rate() as f64) as usize..(to * self.rate() as f64) as usize;
        let squares =
            self.package.iter().flat_map(|side| &side[range.clone()]).map(|sample| f64::from(sample * sample));
        (squares.sum::<f64>() / (2 * range.len()) as f64).sqrt()
    }
}

pub(super) fn audio(plan: &Plan) -> (&Rendition, &AudioRendition) {
    plan.audios().next().expect("an audio rendition")
}

/// The sound around each of these times (in seconds) is there, and where it was.
pub(super) fn in_place(name: &str, pair: &Pair, times: &[f64], delay: i64) {
    for time in times {
        let at = (time * pair.rate() as f64) as usize;
        let (found, ratio) = (pair.delay(at), pair.ratio(at, pair.delay(at)));
        eprintln!("{name}: at {time} s delay {found}, {ratio:.1} dB");
        assert!(found.abs() <= delay && ratio > 12.0, "{name}: at {time} s delay {found}, {ratio:.1} dB");
    }
}

pub(super) fn silent(name: &str, pair: &Pair, from: f64, to: f64) {
    let loudness = pair.loudness(from, to);
    eprintln!("{name}: {from} to {to} s: loudness {loudness}");
    assert!(loudness < 0.001, "{name}: {from} to {to} s should be silent, but are {loudness}");
}
