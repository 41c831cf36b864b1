//! Which AAC frames an audio segment has, and where their samples are in the source.

use crate::base::Rational;
use crate::codec::AAC_FRAME;
use crate::media::{AudioInfo, CountedFrame, TrackIndex};
use crate::plan::{AUDIO_GAP_TOLERANCE, AudioSpan, AudioStart, AudioWindow, audio_span};

/// Source packets that are decoded before the first that is used: enough for MP3's bit reservoir and for
/// the overlap of transforms.
const DECODER_PREROLL: usize = 12;

/// A frame of sound and the place of its first sample.
#[derive(Debug, Clone, Copy)]
struct FramePosition {
    time: i64,
    sample: i64,
}

/// Whether the track's times are too coarse to tell one sample from the next, so that the samples of all
/// frames have to be counted.
pub(crate) fn times_are_coarse(time_base: Rational, sample_rate: u32) -> bool {
    time_base > Rational::new(1, sample_rate.into())
}

/// Whether the times do not follow each other evenly, but for the rounding of one tick and for gaps.
pub(crate) fn times_are_uneven(index: &TrackIndex) -> bool {
    let mut times: Vec<i64> = index.packets.iter().map(|packet| packet.time).collect();
    times.sort_unstable();
    let steps: Vec<i64> = times.windows(2).filter_map(|pair| Some(pair.get(1)? - pair.first()?)).collect();
    let mut sorted = steps.clone();
    sorted.sort_unstable();
    let usual = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
    let uneven = steps.iter().filter(|step| (**step - usual).abs() > 1).count();
    uneven * 100 > steps.len()
}

/// Whether planning needs the samples of the track's frames counted: its times alone would make seams.
pub(crate) fn needs_counting(index: &TrackIndex, audio: &AudioInfo) -> bool {
    times_are_coarse(index.time_base, audio.sample_rate) || times_are_uneven(index)
}

/// Positions by the container's own times, which are exact to the sample.
fn exact_positions(index: &TrackIndex, sample_rate: u32, origin: Rational) -> Vec<FramePosition> {
    let sample_time = Rational::new(1, sample_rate.into());
    let place = |time| FramePosition { time, sample: sample_time.ticks(index.time_base.times(time) - origin) };
    let mut positions: Vec<_> = index.packets.iter().map(|packet| place(packet.time)).collect();
    positions.sort_by_key(|place| place.time);
    positions
}

/// Positions by counting samples from the first frame on, and anew behind each gap.
fn counted_positions(
    counted: &[CountedFrame],
    time_base: Rational,
    sample_rate: u32,
    origin: Rational,
) -> Vec<FramePosition> {
    let sample_time = Rational::new(1, sample_rate.into());
    let tolerance = sample_time.ticks(Rational::new(AUDIO_GAP_TOLERANCE.0, AUDIO_GAP_TOLERANCE.1)).unsigned_abs();
    let mut next: Option<i64> = None;
    let mut positions = Vec::with_capacity(counted.len());
    for sound in counted {
        let stated = sample_time.ticks(time_base.times(sound.time) - origin);
        let sample = next.filter(|counted| counted.abs_diff(stated) <= tolerance).unwrap_or(stated);
        positions.push(FramePosition { time: sound.time, sample });
        next = Some(sample.saturating_add(sound.samples.into()));
    }
    positions
}

/// What the windows of one audio track are made from.
pub(super) struct Layout<'plan> {
    pub(super) index: &'plan TrackIndex,
    /// The decoded frames, where the times are coarse.
    pub(super) counted: Option<&'plan [CountedFrame]>,
    pub(super) in_rate: u32,
    pub(super) out_rate: u32,
    pub(super) origin: Rational,
    /// Seconds that the track is to last.
    pub(super) duration: Rational,
    /// Times at which segments are to begin, in seconds, 0 left out.
    pub(super) cuts: &'plan [Rational],
}

impl Layout<'_> {
    /// One window for each segment.
    pub(super) fn windows(&self) -> Vec<AudioWindow> {
        let positions = match self.counted {
            Some(counted) => counted_positions(counted, self.index.time_base, self.in_rate, self.origin),
            None => exact_positions(self.index, self.in_rate, self.origin),
        };
        let mut packets: Vec<(i64, usize)> =
            self.index.packets.iter().enumerate().map(|(number, packet)| (packet.time, number)).collect();
        packets.sort_unstable();
        let boundaries = self.boundaries();
        let sound_end = self.sound_end(&positions).unwrap_or(i64::MIN);
        let pairs = boundaries.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)));
        pairs
            .map(|(first, end)| {
                let span = audio_span(first, end - first, self.in_rate, self.out_rate);
                let start = if span.in_start > sound_end { None } else { self.start(&span, &positions, &packets) };
                AudioWindow { frames: (end - first) as u32, start }
            })
            .collect()
    }

    /// AAC frames at which segments begin, and the end: each as near as can be to the pictures' boundaries.
    fn boundaries(&self) -> Vec<u64> {
        let frame = Rational::new(AAC_FRAME as i64, self.out_rate.into());
        let total = (self.duration / frame).ceil().max(1) as u64;
        let mut boundaries = vec![0];
        for cut in self.cuts {
            let boundary = (*cut / frame).round().max(0) as u64;
            if boundary < total && boundaries.last().is_some_and(|last| *last < boundary) {
                boundaries.push(boundary);
            }
        }
        boundaries.push(total);
        boundaries
    }

    /// A sample that surely lies behind the last one of the source.
    fn sound_end(&self, positions: &[FramePosition]) -> Option<i64> {
        let longest = self.index.time_base.times(self.index.packets.iter().map(|packet| packet.duration).max()?);
        let samples = Rational::new(1, self.in_rate.into()).ticks(longest).max(AAC_FRAME as i64 * 2);
        Some(positions.last()?.sample.saturating_add(samples))
    }

    fn start(&self, span: &AudioSpan, positions: &[FramePosition], packets: &[(i64, usize)]) -> Option<AudioStart> {
        let after = positions.partition_point(|place| place.sample <= span.in_start);
        let place = positions.get(after.saturating_sub(1)).or(positions.first())?;
        let packet = packets.partition_point(|&(time, _)| time <= place.time).saturating_sub(1);
        let earlier = packets.get(packet.saturating_sub(DECODER_PREROLL))?.1;
        let seek = self.index.packets.get(..=earlier)?.iter().rev().find(|packet| packet.key);
        let seek = seek.or(self.index.packets.first())?;
        Some(AudioStart { seek: seek.point, time: place.time, sample: place.sample })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{Packet, SeekPoint};

    #[test]
    fn rounded_times_do_not_move_samples() {
        // 1024 samples at 44.1 kHz in milliseconds: 0, 23, 46, 70, 93, ...
        let counted: Vec<_> =
            (0..1000).map(|k| CountedFrame { time: (k * 1024 * 1000 + 22050) / 44100, samples: 1024 }).collect();
        let positions = counted_positions(&counted, Rational::new(1, 1000), 44_100, Rational::ZERO);
        assert!(positions.iter().enumerate().all(|(number, place)| place.sample == number as i64 * 1024));
    }

    #[test]
    fn a_gap_is_kept() {
        let counted = [
            CountedFrame { time: 0, samples: 1024 },
            CountedFrame { time: 23, samples: 1024 },
            CountedFrame { time: 1000, samples: 1024 },
        ];
        let positions = counted_positions(&counted, Rational::new(1, 1000), 44_100, Rational::ZERO);
        assert_eq!(positions[2].sample, 44_100);
    }

    #[test]
    fn times_from_the_ends_of_the_clock_are_no_overflow() {
        let far = crate::media::MAX_TIME;
        let counted = [-far, far, -far].map(|time| CountedFrame { time, samples: u32::MAX });
        let positions = counted_positions(&counted, Rational::from(1), 48_000, Rational::ZERO);
        assert_eq!(positions.iter().map(|place| place.sample).collect::<Vec<_>>(), [i64::MIN, i64::MAX, i64::MIN]);
        let packet = |time| Packet {
            point: SeekPoint { pts: Some(time), dts: None, pos: None },
            time,
            duration: far,
            key: true,
            discard: false,
            size: 1,
        };
        let index = TrackIndex {
            track: 0,
            time_base: Rational::from(1),
            packets: [far, -far].map(packet).into(),
            changes: false,
        };
        assert!(!times_are_uneven(&index));
        let (rate, second) = (48_000, Rational::from(1));
        for counted in [None, Some(&counted[..])] {
            let layout = Layout {
                index: &index,
                counted,
                in_rate: rate,
                out_rate: rate,
                origin: Rational::from(-far),
                duration: second,
                cuts: &[],
            };
            assert_eq!(layout.windows().len(), 1);
        }
    }
}
