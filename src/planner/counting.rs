//! Where the samples of a track lie whose times do not tell: counted from frame to frame. A jump of the times that does not
//! last is none of the sound, and is counted through, as players do.

use crate::base::Rational;
use crate::media::{CountedFrame, TrackIndex};
use crate::plan::{AUDIO_GAP_TOLERANCE, AudioGap};

/// Frames after which a jump of the times counts as a gap, if they have not come back: 1.4 seconds of AAC. Containers that
/// state the times of groups of frames, and codecs whose frames change length, come back within a few.
const MOST_FRAMES_ASTRAY: usize = 64;

/// The same if they stay near, as on DVDs: ten seconds of their frames of 10 ms.
const MOST_FRAMES_A_LITTLE_ASTRAY: usize = 1024;
/// Seconds by which they are then off at most: a frame of any common codec.
const LITTLE: (i64, i64) = (1, 40);

/// An audio frame's timestamp, and the position of its first sample in samples from the start of the presentation.
#[derive(Debug, Clone, Copy)]
pub(super) struct FramePosition {
    pub(super) time: i64,
    pub(super) sample: i64,
}

/// The decoded frames of a track, in runs without a gap.
pub(super) struct Counting<'probe> {
    frames: &'probe [CountedFrame],
    runs: Vec<Run>,
    sample_time: Rational,
}

struct Run {
    /// Number of its first frame.
    first: usize,
    /// When that begins, in seconds on the source's clock.
    start: Rational,
}

impl<'probe> Counting<'probe> {
    /// Finds the gaps in the `frames` of a track. Its sound begins at `start`, in seconds, if the first frame is a little
    /// before that: the samples that a decoder leaves out at the beginning were counted. Without `has_gaps` there are none
    /// but for packets that cannot be decoded: formats without times cannot leave any out.
    pub(super) fn new(
        frames: &'probe [CountedFrame],
        index: &TrackIndex,
        rate: u32,
        start: Option<Rational>,
        has_gaps: bool,
    ) -> Self {
        let (time_base, sample_time) = (index.time_base, Rational::new(1, rate.into()));
        let tolerance = sample_time.ticks(Rational::new(AUDIO_GAP_TOLERANCE.0, AUDIO_GAP_TOLERANCE.1)).unsigned_abs();
        let stated = |frame: &CountedFrame| time_base.times(frame.time);
        let ticks = |seconds: Rational| sample_time.ticks(seconds);
        let off = |frame: &CountedFrame, expected: i64| ticks(stated(frame)).abs_diff(expected);
        let mut runs = Vec::new();
        let (mut expected, mut widest) = (0_i64, 0_u64);
        // Frames before this one are known to belong to the run.
        let mut known = 0;
        for (number, frame) in frames.iter().enumerate() {
            let stated = stated(frame);
            if runs.is_empty() {
                let early = |start: Rational| ticks(start).saturating_sub(ticks(stated));
                let rounding = sample_time.ticks(time_base);
                let is_near = |start: &Rational| (-rounding..=tolerance as i64).contains(&early(*start));
                let start = start.filter(is_near).unwrap_or(stated);
                runs.push(Run { first: 0, start });
                expected = ticks(start);
            } else if !has_gaps {
                let before = number.checked_sub(1).and_then(|before| frames.get(before));
                let lost = before.map_or(0, |before| packets_between(index, before.time, frame.time));
                if lost > 0 {
                    expected = expected.saturating_add((lost as i64).saturating_mul(frame.samples.into()));
                    runs.push(Run { first: number, start: sample_time.times(expected) });
                }
            } else if off(frame, expected) > tolerance
                && let [run] = runs.as_mut_slice()
                && let Some(shift) = shift_of_first(frames, number, index, sample_time.times(expected))
            {
                run.start = run.start + shift;
                expected = ticks(stated);
            } else if number >= known && off(frame, expected) > tolerance {
                let mut later = expected;
                let ahead = frames.iter().enumerate().skip(number).take(MOST_FRAMES_A_LITTLE_ASTRAY);
                let back = ahead.map(|(number, frame)| {
                    let position = later;
                    later = later.saturating_add(frame.samples.into());
                    (number, off(frame, position))
                });
                let little = sample_time.ticks(Rational::new(LITTLE.0, LITTLE.1)).unsigned_abs();
                let back = back.take_while(|(place, off)| *place <= number + MOST_FRAMES_ASTRAY || *off <= little);
                let (distances, back): (Vec<_>, _) = astray(back, tolerance);
                let widest_here = distances.iter().copied().max().unwrap_or(0);
                // What went astray before may do so once more at the end.
                let ends = number + distances.len() >= frames.len() && widest_here <= widest.saturating_add(little / 8);
                let ends = ends && widest > 0;
                match back.or(ends.then_some(frames.len())) {
                    Some(back) => (known, widest) = (back, widest.max(widest_here)),
                    None => {
                        runs.push(Run { first: number, start: stated });
                        expected = ticks(stated);
                    }
                }
            }
            expected = expected.saturating_add(frame.samples.into());
        }
        Self { frames, runs, sample_time }
    }

    fn run_frames(&self) -> impl Iterator<Item = (&Run, &'probe [CountedFrame])> {
        let ends = self.runs.iter().skip(1).map(|run| run.first).chain([self.frames.len()]);
        self.runs.iter().zip(ends).map(|(run, end)| (run, self.frames.get(run.first..end).unwrap_or_default()))
    }

    /// When the last sample ends, in seconds on the source's clock. Decoders may not know where that is within the last
    /// packet, which is then stated to be shorter.
    pub(super) fn end(&self, last_stated: Option<Rational>) -> Option<Rational> {
        let end = |(run, frames): (&Run, &[CountedFrame])| {
            let samples = frames.iter().map(|frame| u64::from(frame.samples)).fold(0, u64::saturating_add);
            run.start + self.sample_time.times(i64::try_from(samples).unwrap_or(i64::MAX))
        };
        let end = self.run_frames().map(end).max()?;
        let last = self.sample_time.times(self.frames.last()?.samples.into());
        let surplus = last_stated.map_or(Rational::ZERO, |stated| last - stated);
        Some(end - surplus.max(Rational::ZERO))
    }

    /// The frames at which counting begins anew, by their time.
    pub(super) fn gaps(&self, origin: Rational) -> Vec<AudioGap> {
        let gap = |(run, frames): (&Run, &[CountedFrame])| {
            Some(AudioGap { time: frames.first()?.time, sample: self.sample_time.ticks(run.start - origin) })
        };
        let mut gaps: Vec<AudioGap> = self.run_frames().skip(1).filter_map(gap).collect();
        gaps.sort_by_key(|gap| gap.time);
        gaps.dedup_by_key(|gap| gap.time);
        gaps
    }

    /// The positions of the frames that are later than all before, so that a reader finds them by their times.
    pub(super) fn positions(&self, origin: Rational) -> Vec<FramePosition> {
        let mut positions = Vec::with_capacity(self.frames.len());
        let mut latest = i64::MIN;
        for (run, frames) in self.run_frames() {
            let mut sample = self.sample_time.ticks(run.start - origin);
            for frame in frames {
                if frame.time > latest {
                    latest = frame.time;
                    positions.push(FramePosition { time: frame.time, sample });
                }
                sample = sample.saturating_add(frame.samples.into());
            }
        }
        positions
    }
}

/// By how much the frames of the first packet lie elsewhere than their times say, if frame `number` is the first of the second packet:
/// they reach up to it, and are `expected` to end elsewhere. A decoder of WMA leaves out two frames at its beginning. FFmpeg moves the
/// rest of the packet by both, though files of Windows count one of them; and by none where it decodes frame by frame.
fn shift_of_first(frames: &[CountedFrame], number: usize, index: &TrackIndex, expected: Rational) -> Option<Rational> {
    let (packet, first, time) = (index.packets.first()?, frames.first()?.time, frames.get(number)?.time);
    let seconds = |ticks: i64| index.time_base.times(ticks);
    let shift = seconds(time) - expected;
    let counted = seconds(first.saturating_sub(packet.time));
    let missing = seconds(packet.time.saturating_add(packet.duration)) - expected;
    let is_second = packet.time < time && packets_between(index, packet.time, time) == 0;
    (is_second && (Rational::ZERO - counted..=missing.max(Rational::ZERO) + seconds(1)).contains(&shift))
        .then_some(shift)
}

/// How many packets of a track, which are in the order of their times, lie between two times.
fn packets_between(index: &TrackIndex, from: i64, to: i64) -> usize {
    let until = |time: i64| index.packets.partition_point(|packet| packet.time < time);
    until(to).saturating_sub(until(from.saturating_add(1)))
}

/// The distances of frames that are astray, and the number of the first that is not.
fn astray(frames: impl Iterator<Item = (usize, u64)>, tolerance: u64) -> (Vec<u64>, Option<usize>) {
    let mut distances = Vec::new();
    for (number, distance) in frames {
        if distance <= tolerance {
            return (distances, Some(number));
        }
        distances.push(distance);
    }
    (distances, None)
}

/// Whether more than one step in a hundred between a track's times differs from the median by more than one tick, or some
/// differ by less than makes a gap, or cancel. Rounding stays within a tick, and gaps are rare and stay.
pub(super) fn times_are_uneven(index: &TrackIndex) -> bool {
    let mut steps = index.packets.iter().zip(index.packets.iter().skip(1)).map(|(one, next)| next.time - one.time);
    let first = steps.next().unwrap_or(0);
    if first >= 0 && steps.all(|step| step == first) {
        return false;
    }
    let mut times: Vec<i64> = index.packets.iter().map(|packet| packet.time).collect();
    times.sort_unstable();
    let steps: Vec<i64> = times.windows(2).filter_map(|pair| Some(pair.get(1)? - pair.first()?)).collect();
    let mut sorted = steps.clone();
    sorted.sort_unstable();
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
    let odd = |step: &i64| (step - median).abs() > 1;
    let tolerance = index.time_base.ticks(Rational::new(AUDIO_GAP_TOLERANCE.0, AUDIO_GAP_TOLERANCE.1));
    let is_small = |step: &i64| odd(step) && (step - median).abs() <= tolerance;
    let uneven = steps.iter().filter(|step| odd(step)).count();
    let cancels = |number: usize| {
        let mut sum = 0_i64;
        let mut next = steps.iter().skip(number).take(MOST_FRAMES_ASTRAY).filter(|step| odd(step));
        next.any(|step| {
            sum = sum.saturating_add(step - median);
            sum.abs() <= 1
        })
    };
    let is_uneven = uneven * 100 > steps.len() || steps.iter().any(is_small);
    is_uneven || steps.iter().enumerate().any(|(number, step)| odd(step) && cancels(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Packet;

    const MILLISECONDS: (i64, i64) = (1, 1000);
    const RATE: u32 = 48_000;

    /// Frames of 1024 samples with these times, counted at the sample rate.
    fn frames(times: impl IntoIterator<Item = i64>) -> Vec<CountedFrame> {
        times.into_iter().map(|time| CountedFrame { time, samples: 1024 }).collect()
    }

    fn count(frames: &[CountedFrame], (num, den): (i64, i64)) -> (Vec<i64>, usize, i64) {
        let counting =
            Counting::new(frames, &TrackIndex::new(0, Rational::new(num, den)), RATE, Some(Rational::ZERO), true);
        let samples = counting.positions(Rational::ZERO).into_iter().map(|position| position.sample).collect();
        let end = Rational::new(1, RATE.into()).ticks(counting.end(None).unwrap());
        (samples, counting.gaps(Rational::ZERO).len(), end)
    }

    #[test]
    fn rounded_times_do_not_move_samples() {
        let counted = frames((0..1000).map(|number| (number * 1024 * 1000 + 24_000) / 48_000));
        let (samples, gaps, end) = count(&counted, MILLISECONDS);
        assert!(samples.iter().enumerate().all(|(number, sample)| *sample == number as i64 * 1024));
        assert_eq!((gaps, end), (0, 1_024_000));
    }

    #[test]
    fn times_that_swing_and_come_back_are_counted_through() {
        let swinging = |number: i64| number * 1024 - 64 * (number % 8);
        // At the end too, where they have no time to come back.
        for count_of in [1000, 1005] {
            let (samples, gaps, end) = count(&frames((0..count_of).map(swinging)), (1, 48_000));
            assert!(samples.iter().enumerate().all(|(number, sample)| *sample == number as i64 * 1024));
            assert_eq!((gaps, end), (0, count_of * 1024));
        }
    }

    #[test]
    fn a_gap_stays() {
        let (samples, gaps, end) =
            count(&frames((0..200).map(|number| number * 1024 + number / 100 * 5000)), (1, 48_000));
        assert_eq!((samples[99], samples[100], samples[199]), (99 * 1024, 107_400, 208_776));
        assert_eq!((gaps, end), (1, 209_800));
    }

    #[test]
    fn what_a_decoder_leaves_out_of_the_first_packet_moves_it_alone() {
        let packet = |time, duration| {
            let point = crate::media::SeekPoint { pts: Some(time), dts: None, pos: None, parameters: 0 };
            Packet { point, time, duration, key: true, discard: false, size: 1, recovery: 0 }
        };
        let counted = |frames: &[(i64, u32)], times: [i64; 3], duration| {
            let frames: Vec<_> = frames.iter().map(|&(time, samples)| CountedFrame { time, samples }).collect();
            let packets = times.map(|time| packet(time, duration)).into();
            let index = TrackIndex { packets, ..TrackIndex::new(0, Rational::new(1, 1000)) };
            let counting = Counting::new(&frames, &index, 44_100, Some(Rational::ZERO), true);
            let samples: Vec<_> = counting.positions(Rational::ZERO).iter().map(|place| place.sample).collect();
            (samples, counting.gaps(Rational::ZERO).len())
        };
        // As in a file of Windows: nine frames of 2048 samples, of which two are left out, and which last as long as eight.
        let superframes = [(93, 14_336), (371, 14_336), (696, 14_336)];
        assert_eq!(counted(&superframes, [0, 371, 696], 297), (vec![2025, 16_361, 30_697], 0));
        // Ten frames, of which two are left out, and then ten.
        let separate: Vec<_> = (0..8).chain(10..30).map(|number| (number, 2048)).collect();
        let separate: Vec<_> = separate.iter().map(|&(number, samples)| (number * 2048 * 10 / 441, samples)).collect();
        let (samples, gaps) = counted(&separate, [0, 464, 928], 464);
        assert_eq!((samples[0], samples[8], gaps), (20_462 - 8 * 2048, 20_462, 0));
        // A gap behind a packet that lasts as long as its frames.
        assert_eq!(counted(&[(0, 2048), (464, 2048), (510, 2048)], [0, 464, 510], 46).1, 1);
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        let far = crate::media::MAX_TIME;
        let counted = [-far, far, -far].map(|time| CountedFrame { time, samples: u32::MAX });
        let counting = Counting::new(&counted, &TrackIndex::new(0, Rational::from(1)), RATE, None, true);
        assert_eq!(counting.gaps(Rational::ZERO).len(), 2);
        assert!(counting.positions(Rational::from(-far)).len() == 2 && counting.end(None).is_some());
    }
}
