//! Windows of encoded audio: which AAC frames each segment has, and where its samples are in the source.

use super::counting::{Counting, FramePosition, times_are_uneven};
use crate::base::Rational;
use crate::codec::AAC_FRAME;
use crate::media::{AudioInfo, MediaPart, SeekPoint, TrackIndex};
use crate::plan::{AudioPart, AudioSpan, AudioStart, AudioWindow, audio_span};

/// Source packets decoded before the first whose samples are used. MP3 needs the most: its bit reservoir reaches 511
/// bytes back (`main_data_begin` has 9 bits, ISO/IEC 11172-3, 2.4.1.7), which is 9 frames in stereo at 32 kb/s and
/// 48 kHz, and its filter bank overlaps one more. AAC's transform needs one packet, Opus 80 ms (RFC 7845, 4.6), 4
/// packets at the usual 20 ms.
const DECODER_PREROLL: usize = 12;

/// The number of channels of a rendition of so many channels in mono or stereo, or of the one in more, which it has only if it is asked
/// for and the source has them.
pub(super) fn rendition_channels(audio: &AudioInfo, channels: u32, most: u32, surround: bool) -> Option<u32> {
    match channels.min(most) {
        // AAC has no channel configuration for 2.1, the usual layout of three channels.
        channels @ 4.. if surround && !is_no_surround(&audio.layout) => Some(channels),
        _ if surround => None,
        channels => Some(channels.min(2)),
    }
}

/// Whether channels are no speakers: those of Ambisonics, or sounds of their own.
fn is_no_surround(layout: &str) -> bool {
    layout.starts_with("ambisonic") || has_own_sounds(layout)
}

/// Whether channels behind left and right are sounds of their own, which have numbers in the place of names.
pub(super) fn has_own_sounds(layout: &str) -> bool {
    layout.contains("(FL+FR+USR")
}

/// Whether a tick of the track is longer than a sample, so that timestamps do not give exact sample positions.
pub(crate) fn times_are_coarse(time_base: Rational, sample_rate: u32) -> bool {
    time_base > Rational::new(1, sample_rate.into())
}

/// Whether the track has to be decoded once to count its samples, as its timestamps alone would leave clicks between
/// segments.
pub(crate) fn needs_counting(index: &TrackIndex, audio: &AudioInfo, codec: &str) -> bool {
    let is_unedited = index.shown.as_ref().is_some_and(|shown| shown.is_unedited);
    // The times of a DVD's samples are those of the packs that they lie in, those of WMA in a WAV are reckoned from its rate.
    let is_counted = matches!(codec, "pcm_dvd" | "wmav1" | "wmav2");
    let is_odd = || index.rate_changes || is_counted || times_are_uneven(index);
    !is_unedited && (times_are_coarse(index.time_base, audio.sample_rate) || is_odd())
}

/// Where the frames of a track are.
enum Positions<'track> {
    Counted(Vec<FramePosition>),
    /// Where the container's timestamps say, which are exact to the sample.
    Stated(&'track [(i64, usize)]),
}

/// A track of the source and how it is to be cut into segments.
pub(super) struct Layout<'plan> {
    pub(super) index: &'plan TrackIndex,
    /// The decoded frames, if the track [needs counting](needs_counting).
    pub(super) counting: Option<&'plan Counting<'plan>>,
    pub(super) in_rate: u32,
    pub(super) out_rate: u32,
    pub(super) origin: Rational,
    /// Duration of the presentation in seconds.
    pub(super) duration: Rational,
    /// Where segments after the first should begin, in seconds.
    pub(super) cuts: &'plan [Rational],
}

impl Layout<'_> {
    /// One window for each segment.
    pub(super) fn windows(&self) -> Vec<AudioWindow> {
        let mut packets: Vec<(i64, usize)> =
            self.index.packets.iter().enumerate().map(|(number, packet)| (packet.time, number)).collect();
        packets.sort_unstable();
        let positions = match self.counting {
            Some(counting) => Positions::Counted(counting.positions(self.origin)),
            None => Positions::Stated(&packets),
        };
        let boundaries = self.boundaries();
        let pairs = boundaries.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)));
        let spans = pairs.map(|(first, end)| audio_span(first, end - first, self.in_rate, self.out_rate));
        if let Some(shown) = self.index.shown.as_ref().filter(|_| self.counting.is_none()) {
            let window = |span: AudioSpan| AudioWindow {
                frames: span.frames as u32,
                start: None,
                parts: self.parts(&span, &shown.parts, &packets),
            };
            return spans.map(window).collect();
        }
        let source_end = self.source_end(&positions).unwrap_or(i64::MIN);
        spans
            .map(|span| {
                let start = if span.in_start > source_end { None } else { self.start(&span, &positions, &packets) };
                AudioWindow { frames: span.frames as u32, start, parts: Vec::new() }
            })
            .collect()
    }

    /// What of a span the parts of an edit list show. `packets` are times and numbers of all.
    fn parts(&self, span: &AudioSpan, parts: &[MediaPart], packets: &[(i64, usize)]) -> Vec<AudioPart> {
        let sample_time = Rational::new(1, self.in_rate.into());
        let place = |part: &MediaPart| {
            let time = |time: i64| self.index.time_base.times(time.saturating_add(part.shift)) - self.origin;
            let sample = |ticks: i64| sample_time.ticks(time(ticks));
            let (from, to) = (sample(part.start), sample(part.end));
            let is_shown = from < to && from < span.in_start + span.in_count as i64 && to > span.in_start;
            let first = from.max(span.in_start);
            let after = is_shown.then(|| packets.partition_point(|(time, _)| sample(*time) <= first))?;
            let packet = after.saturating_sub(1);
            let time = packets.get(packet)?.0;
            let start = AudioStart { seek: self.seek(packet, packets)?, time, sample: sample(time) };
            Some(AudioPart { start, from, to })
        };
        parts.iter().filter_map(place).collect()
    }

    /// The AAC frames nearest to the cuts, and the end.
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

    /// The last frame that begins at or before a sample, or else the first.
    fn position(&self, positions: &Positions<'_>, sample: i64) -> Option<FramePosition> {
        match positions {
            Positions::Counted(frames) => {
                let after = frames.partition_point(|frame| frame.sample <= sample);
                frames.get(after.saturating_sub(1)).copied()
            }
            Positions::Stated(packets) => {
                let after = packets.partition_point(|(time, _)| self.sample(*time) <= sample);
                let (time, _) = *packets.get(after.saturating_sub(1))?;
                Some(FramePosition { time, sample: self.sample(time) })
            }
        }
    }

    /// Where a time of the track is, in samples from the start of the presentation.
    fn sample(&self, time: i64) -> i64 {
        Rational::new(1, self.in_rate.into()).ticks(self.index.time_base.times(time) - self.origin)
    }

    /// A sample position past the last sample of the source.
    fn source_end(&self, positions: &Positions<'_>) -> Option<i64> {
        let longest = self.index.time_base.times(self.index.packets.iter().map(|packet| packet.duration).max()?);
        let samples = Rational::new(1, self.in_rate.into()).ticks(longest).max(AAC_FRAME as i64 * 2);
        Some(self.position(positions, i64::MAX)?.sample.saturating_add(samples))
    }

    fn start(&self, span: &AudioSpan, positions: &Positions<'_>, packets: &[(i64, usize)]) -> Option<AudioStart> {
        let position = self.position(positions, span.in_start)?;
        let packet = packets.partition_point(|&(time, _)| time <= position.time).saturating_sub(1);
        Some(AudioStart { seek: self.seek(packet, packets)?, time: position.time, sample: position.sample })
    }

    /// Where decoding begins so that the packet at this place of `packets` is right.
    fn seek(&self, packet: usize, packets: &[(i64, usize)]) -> Option<SeekPoint> {
        let earlier = packets.get(packet.saturating_sub(DECODER_PREROLL))?.1;
        let seek = self.index.packets.get(..=earlier)?.iter().rev().find(|packet| packet.key);
        Some(seek.or(self.index.packets.first())?.point)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{CountedFrame, Packet};

    #[test]
    fn extreme_times_do_not_overflow() {
        let far = crate::media::MAX_TIME;
        let counted = [-far, far, -far].map(|time| CountedFrame { time, samples: u32::MAX });
        let packet = |time| Packet {
            point: SeekPoint { pts: Some(time), dts: None, pos: None, parameters: 0 },
            time,
            duration: far,
            key: true,
            discard: false,
            size: 1,
            recovery: 0,
        };
        let index = TrackIndex { packets: [far, -far].map(packet).into(), ..TrackIndex::new(0, Rational::from(1)) };
        assert!(!times_are_uneven(&index));
        let counting = Counting::new(&counted, &index, 48_000, None, true);
        let (rate, second) = (48_000, Rational::from(1));
        for counting in [None, Some(&counting)] {
            let layout = Layout {
                index: &index,
                counting,
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
