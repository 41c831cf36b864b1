//! What was read of one track: its init segment and its media segments.

use super::LAYOUT;
use super::folder::Folder;
use super::fragment::Fragment;
use super::guarded;
use super::init::{self, Init};
use super::report::{Finding, Notes};
use super::samples;
use crate::Rational;
use crate::plan::{Plan, Track, init_key};

/// A stretch of the presentation, in ticks of its track. These are wide enough for whatever boxes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: i128,
    pub(super) ticks: i128,
}

/// What a media segment says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) bytes: u64,
    pub(super) sequence: u32,
    /// Decoding time of its first sample.
    pub(super) start: i128,
    /// Ticks of all its samples.
    pub(super) duration: i128,
    /// Media times at which its first sample is shown and its last one ends.
    pub(super) shown: (i128, i128),
}

/// A track of the plan that is video or sound, and what was found of it.
pub(super) struct TrackReading<'plan> {
    pub(super) track: &'plan Track,
    /// Ticks of each segment by the plan.
    pub(super) planned: Vec<u64>,
    pub(super) init: Option<Init>,
    /// By index; `None` for those that could not be read.
    pub(super) segments: Vec<Option<Segment>>,
}

impl<'plan> TrackReading<'plan> {
    /// Reads and checks all files of a track.
    pub(super) fn read(folder: &Folder, plan: &Plan, track: &'plan Track, findings: &mut Vec<Finding>) -> Self {
        let init = read_init(folder, track, findings);
        let segment = |index| read_segment(folder, &track.segment_key(index), init.as_ref()?, findings);
        let segments: Vec<_> = (0..track.segments).map(segment).collect();
        // A plan may say what it likes about rates and frames.
        let planned = guarded(|| Ok(plan.segment_durations(track))).unwrap_or_default();
        Self { track, planned, init, segments }
    }

    /// What is presented of each segment: what the edit list cuts off is not.
    pub(super) fn spans(&self) -> Vec<Option<Span>> {
        let skip = i128::from(self.init.as_ref().map_or(0, |init| init.first_presented));
        let span = |segment: &Segment| {
            let (start, end) = ((segment.shown.0 - skip).max(0), (segment.shown.1 - skip).max(0));
            Span { start, ticks: end - start }
        };
        self.segments.iter().map(|segment| segment.as_ref().map(span)).collect()
    }

    /// The codec string by the init segment, or else by the plan.
    pub(super) fn codecs(&self) -> &str {
        self.init.as_ref().map_or(&self.track.codecs, |init| &init.codecs)
    }

    /// Ticks of this track in seconds.
    pub(super) fn seconds(&self, ticks: i128) -> Rational {
        let timescale = self.init.as_ref().map_or(self.track.timescale, |init| init.timescale);
        Rational::new(i64::try_from(ticks).unwrap_or(i64::MAX), timescale.into())
    }

    /// When the presentation of this track ends, in seconds: by its segments, or else by the plan.
    pub(super) fn end(&self) -> Rational {
        match self.spans().last() {
            Some(Some(last)) => self.seconds(last.start + last.ticks),
            _ => self.seconds(self.planned.iter().copied().map(i128::from).sum()),
        }
    }
}

fn read_init(folder: &Folder, track: &Track, findings: &mut Vec<Finding>) -> Option<Init> {
    let key = init_key(&track.id);
    let mut notes = Notes::new(&key, findings);
    match folder.read(&key) {
        Ok(data) => init::check(&data, track, &mut notes),
        Err(message) => {
            notes.add(LAYOUT, message);
            None
        }
    }
}

fn read_segment(folder: &Folder, key: &str, init: &Init, findings: &mut Vec<Finding>) -> Option<Segment> {
    let mut notes = Notes::new(key, findings);
    let data = folder.read(key).map_err(|message| notes.add(LAYOUT, message)).ok()?;
    let fragment = Fragment::read(&data, init).map_err(|(rule, message)| notes.add(rule, message)).ok()?;
    samples::check(&fragment, init, &mut notes);
    let times = fragment.presentation();
    let first = times.iter().map(|(time, _)| *time).min()?;
    let end = times.iter().map(|(time, duration)| time + i128::from(*duration)).max()?;
    Some(Segment {
        bytes: data.len() as u64,
        sequence: fragment.sequence,
        start: fragment.start.into(),
        duration: fragment.duration(),
        shown: (first, end),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::plan::{AudioCoding, AudioTrack, AudioWindow, TrackKind};

    /// An audio track of 3 frames in 2 segments.
    pub(in crate::verify) fn audio_track() -> Track {
        let window = |frames| AudioWindow { frames, start: None };
        let audio = AudioTrack {
            channels: 2,
            sample_rate: 48_000,
            bit_rate: 128_000,
            language: None,
            name: "Sound".into(),
            default: true,
            source_track: 1,
            source_time_base: Rational::new(1, 48_000),
            source_sample_rate: 48_000,
            coding: AudioCoding::Encode,
            windows: vec![window(2), window(1)],
        };
        let (id, codecs) = ("audio".to_owned(), "mp4a.40.2".to_owned());
        Track { id, segments: 2, codecs, timescale: 48_000, not_copied: None, kind: TrackKind::Audio(audio) }
    }

    /// What reading [`audio_track`] gives where all is well.
    pub(in crate::verify) fn audio_reading(track: &Track) -> TrackReading<'_> {
        let segment = |sequence, start: i128, duration: i128| {
            Some(Segment { bytes: 500, sequence, start, duration, shown: (start, start + duration) })
        };
        let init = Init {
            track_id: 1,
            timescale: 48_000,
            first_presented: 1024,
            whole: Some((4096, 48_000)),
            codecs: "mp4a.40.2".into(),
            ..Default::default()
        };
        let segments = vec![segment(1, 0, 3072), segment(2, 3072, 1024)];
        TrackReading { track, planned: vec![2048, 1024], init: Some(init), segments }
    }

    #[test]
    fn priming_is_not_presented() {
        let track = audio_track();
        let reading = audio_reading(&track);
        let spans = [Span { start: 0, ticks: 2048 }, Span { start: 2048, ticks: 1024 }];
        assert_eq!(reading.spans(), spans.map(Some));
        assert_eq!(reading.end(), Rational::new(3072, 48_000));
    }
}
