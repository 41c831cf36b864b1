//! What was read of one rendition: its init segment and its media segments.

use crate::cmaf::fragment::Fragment;
use crate::cmaf::init::{self, Init};
use crate::cmaf::samples;
use crate::folder::Folder;
use crate::layout::LAYOUT;
use crate::notes::Notes;
use crate::plan::{Plan, Rendition};
use crate::rational::{self, Rational};
use crate::report::Finding;

/// A span of the presentation, in ticks of its rendition. 128 bits hold whatever boxes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: i128,
    pub(crate) ticks: i128,
}

/// What a media segment says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) bytes: u64,
    pub(crate) sequence: u32,
    /// Decode time of its first sample.
    pub(crate) start: i128,
    /// Ticks of all its samples.
    pub(crate) duration: i128,
    /// Media times at which its presentation starts and ends.
    pub(crate) presented: (i128, i128),
}

/// A video or audio rendition of the plan, and what was found of it.
pub(crate) struct RenditionReading<'plan> {
    pub(crate) rendition: &'plan Rendition,
    /// Ticks of each segment by the plan.
    pub(crate) planned: Vec<u64>,
    pub(crate) init: Option<Init>,
    /// By index; `None` for those that could not be read.
    pub(crate) segments: Vec<Option<Segment>>,
}

impl<'plan> RenditionReading<'plan> {
    /// Reads and checks all files of a rendition.
    pub(crate) fn read(folder: &Folder, plan: &Plan, rendition: &'plan Rendition, findings: &mut Vec<Finding>) -> Self {
        let init = read_init(folder, rendition, findings);
        let segment = |index| read_segment(folder, &rendition.segment_key(index), init.as_ref()?, findings);
        let segments = (0..rendition.segments).map(segment).collect();
        Self { rendition, planned: plan.segment_durations(rendition), init, segments }
    }

    /// What is presented of each segment, without what the edit list cuts off.
    pub(crate) fn spans(&self) -> Vec<Option<Span>> {
        let skip = i128::from(self.init.as_ref().map_or(0, |init| init.first_presented));
        let span = |segment: &Segment| {
            let (start, end) = ((segment.presented.0 - skip).max(0), (segment.presented.1 - skip).max(0));
            Span { start, ticks: end - start }
        };
        self.segments.iter().map(|segment| segment.as_ref().map(span)).collect()
    }

    /// The decode time of each segment and how long its samples last: what manifests have to add up to, as players
    /// compare their sums with the segments.
    pub(crate) fn sample_spans(&self) -> Vec<Option<Span>> {
        let span = |segment: &Segment| Span { start: segment.start, ticks: segment.duration };
        self.segments.iter().map(|segment| segment.as_ref().map(span)).collect()
    }

    /// The codec string of the init segment, or else of the plan.
    pub(crate) fn codecs(&self) -> &str {
        self.init.as_ref().map_or(&self.rendition.codecs, |init| &init.codecs)
    }

    /// Ticks of this rendition in seconds.
    pub(crate) fn seconds(&self, ticks: i128) -> Rational {
        let timescale = self.init.as_ref().map_or(self.rendition.timescale, |init| init.timescale);
        rational::seconds(ticks, timescale)
    }

    /// When the presentation ends, in seconds: by the segments, or else by the plan.
    pub(crate) fn end(&self) -> Rational {
        match self.spans().last() {
            Some(Some(last)) => self.seconds(last.start + last.ticks),
            _ => self.seconds(self.planned.iter().copied().map(i128::from).sum()),
        }
    }
}

fn read_init(folder: &Folder, rendition: &Rendition, findings: &mut Vec<Finding>) -> Option<Init> {
    let key = rendition.init_key();
    let mut notes = Notes::new(&key, findings);
    match folder.read(&key) {
        Ok(data) => init::check(&data, rendition, &mut notes),
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
        presented: (first, end),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::plan::{AudioCoding, AudioRendition, AudioWindow, RenditionKind};

    /// An audio rendition of 3 frames in 2 segments.
    pub(crate) fn audio_rendition() -> Rendition {
        let window = |frames| AudioWindow { frames };
        let audio = AudioRendition {
            channels: 2,
            sample_rate: 48_000,
            language: None,
            name: "Audio".into(),
            default: true,
            coding: AudioCoding::Encode,
            padding: 0,
            priming_frames: 0,
            windows: vec![window(2), window(1)],
        };
        let (id, codecs) = ("audio".to_owned(), "mp4a.40.2".to_owned());
        Rendition { id, segments: 2, codecs, timescale: 48_000, kind: RenditionKind::Audio(audio) }
    }

    /// What reading [`audio_rendition`] gives where all is well.
    pub(crate) fn audio_reading(rendition: &Rendition) -> RenditionReading<'_> {
        let segment = |sequence, start: i128, duration: i128| {
            Some(Segment { bytes: 500, sequence, start, duration, presented: (start, start + duration) })
        };
        let init = Init {
            track_id: 1,
            timescale: 48_000,
            total: Some((3072, 48_000)),
            codecs: "mp4a.40.2".into(),
            ..Default::default()
        };
        let segments = vec![segment(1, 0, 2048), segment(2, 2048, 1024)];
        RenditionReading { rendition, planned: vec![2048, 1024], init: Some(init), segments }
    }

    #[test]
    fn priming_is_not_presented() {
        let rendition = audio_rendition();
        let mut reading = audio_reading(&rendition);
        reading.init.as_mut().unwrap().first_presented = 48;
        let span = |start, ticks| Some(Span { start, ticks });
        assert_eq!(reading.spans(), [span(0, 2000), span(2000, 1024)]);
        assert_eq!(reading.sample_spans(), [span(0, 2048), span(2048, 1024)], "manifests count it");
        assert_eq!(reading.end(), Rational::new(3024, 48_000));
    }
}
