//! Rules of one representation of the DASH manifest: the names and times of its segments, and its attributes.

use dash_mpd::{AdaptationSet, AudioChannelConfiguration, Period, Representation, S, SegmentTemplate};

use crate::bit_rate::{BitRates, is_near};
use crate::cmaf::sample_entry;
use crate::notes::Notes;
use crate::plan::{AudioRendition, Plan, RenditionKind, VideoRendition};
use crate::rational::{self, Rational};
use crate::rendition::RenditionReading;

const ATTRIBUTES: &str = "ISO/IEC 23009-1 5.3.7.2";
const BANDWIDTH: &str = "ISO/IEC 23009-1 5.3.5.2";
const TEMPLATE: &str = "ISO/IEC 23009-1 5.3.9.4";
const TIMELINE: &str = "ISO/IEC 23009-1 5.3.9.6";

/// Segments of a representation: weeks of them. A huge repeat count is written in a few digits.
const MAX_SEGMENTS: usize = 1 << 20;

/// A representation with what it inherits.
pub(crate) struct View<'a> {
    pub(crate) set: &'a AdaptationSet,
    pub(crate) representation: &'a Representation,
    media: Option<&'a str>,
    initialization: Option<&'a str>,
    start_number: u64,
    pub(crate) timescale: u64,
    /// Ticks of each sheet of images, which have no timeline.
    pub(crate) numbered: Option<f64>,
    /// The media time that is presented at the period's start.
    offset: u64,
    /// Start and duration of each segment, or why they are not known.
    pub(crate) timeline: Result<Vec<(u64, u64)>, String>,
}

impl<'a> View<'a> {
    pub(crate) fn new(period: &'a Period, set: &'a AdaptationSet, representation: &'a Representation) -> Self {
        // ISO/IEC 23009-1 5.3.9.1: an inner template inherits from the outer ones.
        let levels = [&representation.SegmentTemplate, &set.SegmentTemplate, &period.SegmentTemplate];
        let levels: Vec<&SegmentTemplate> = levels.into_iter().flatten().collect();
        let number = |get: fn(&SegmentTemplate) -> Option<u64>| levels.iter().find_map(|level| get(level));
        let entries = levels.iter().find_map(|level| level.SegmentTimeline.as_ref());
        let numbered = levels.iter().find_map(|level| level.duration).filter(|_| is_images(set));
        let (start_number, end) = (number(|level| level.startNumber).unwrap_or(1), number(|level| level.endNumber));
        let timeline = match (numbered, entries) {
            (Some(_), None) => count(start_number, end),
            (_, Some(entries)) => expand(&entries.segments),
            (None, None) => Err("it has no SegmentTimeline".to_owned()),
        };
        Self {
            set,
            representation,
            media: levels.iter().find_map(|level| level.media.as_deref()),
            initialization: levels.iter().find_map(|level| level.initialization.as_deref()),
            start_number,
            numbered,
            timescale: number(|level| level.timescale).unwrap_or(1),
            offset: number(|level| level.presentationTimeOffset).unwrap_or(0),
            timeline,
        }
    }

    pub(crate) fn id(&self) -> &str {
        self.representation.id.as_deref().unwrap_or("")
    }

    /// The names of the init segment and of all media segments.
    pub(crate) fn names(&self) -> Vec<String> {
        let init = self.initialization.map(|template| self.name(template, 0, 0));
        let timeline = self.timeline.iter().flatten();
        let segments = self.media.into_iter().flat_map(|template| {
            let numbered = timeline.clone().zip(0..);
            numbered.map(move |((time, _), index)| self.name(template, self.start_number.saturating_add(index), *time))
        });
        init.into_iter().chain(segments).collect()
    }

    fn name(&self, template: &str, number: u64, time: u64) -> String {
        fill(template, self.id(), number, time, self.representation.bandwidth.unwrap_or(0))
    }

    /// Checks the representation on its own.
    pub(crate) fn check(&self, notes: &mut Notes) {
        let id = self.id();
        notes.check(!id.is_empty(), BANDWIDTH, || "a representation has no id".into());
        notes.check(
            self.media.is_some() && (self.initialization.is_some() || is_images(self.set) || is_webvtt(self.set)),
            TEMPLATE,
            || format!("the representation {id} has no template for its media and init segments"),
        );
        if let Err(message) = &self.timeline {
            notes.add(TIMELINE, format!("the representation {id}: {message}"));
        }
    }

    /// Compares the representation with its rendition.
    pub(crate) fn compare(&self, reading: &RenditionReading, plan: &Plan, notes: &mut Notes) {
        self.compare_names(reading, notes);
        self.compare_times(reading, notes);
        let (id, codecs) = (self.id(), self.representation.codecs.as_ref().or(self.set.codecs.as_ref()));
        let same = codecs.is_some_and(|codecs| codecs.eq_ignore_ascii_case(reading.codecs()));
        notes.check(same, ATTRIBUTES, || {
            let stated = codecs.map_or("none", String::as_str);
            format!("the representation {id} has codecs \"{stated}\", but its rendition is {}", reading.codecs())
        });
        match (&reading.rendition.kind, &plan.source_video) {
            (RenditionKind::Video(video), Some(source)) => self.compare_video(video, source.frame_rate, notes),
            (RenditionKind::Audio(audio), _) => self.compare_audio(audio, notes),
            _ => {}
        }
        if let Some(measured) = BitRates::of(reading) {
            let stated = self.representation.bandwidth.unwrap_or(0);
            notes.check(is_near(stated, measured.peak), BANDWIDTH, || {
                format!("the representation {id} has bandwidth {stated}, but its segments peak at {}", measured.peak)
            });
        }
    }

    fn compare_names(&self, reading: &RenditionReading, notes: &mut Notes) {
        let (id, rendition) = (self.id(), reading.rendition);
        let names = self.names();
        let segments = (0..rendition.segments).map(|index| rendition.segment_key(index));
        let wanted = std::iter::once(rendition.init_key()).chain(segments);
        let other = names.iter().zip(wanted).find(|(name, key)| *name != key);
        if let Some((name, key)) = other {
            notes.add(TEMPLATE, format!("the representation {id} names {name} instead of {key}"));
        }
        let segments = self.timeline.as_ref().map_or(0, Vec::len);
        notes.check(segments == rendition.segments as usize, TIMELINE, || {
            format!("the representation {id} has {segments} segments, but the plan has {}", rendition.segments)
        });
    }

    fn compare_times(&self, reading: &RenditionReading, notes: &mut Notes) {
        let id = self.id();
        if self.timescale != u64::from(reading.rendition.timescale) {
            let (stated, planned) = (self.timescale, reading.rendition.timescale);
            notes.add(TEMPLATE, format!("the representation {id} has the timescale {stated}, but the plan {planned}"));
            return;
        }
        let pairs = self.timeline.iter().flatten().zip(reading.sample_spans()).zip(0_u32..);
        let wrong = pairs.filter_map(|(((time, ticks), span), index)| {
            let (span, start) = (span?, i128::from(*time) - i128::from(self.offset));
            let same = (start, i128::from(*ticks)) == (span.start, span.ticks);
            (!same).then(|| format!(
                "the representation {id} has segment {index} from {start} for {ticks} ticks, but its samples are from {} for {}",
                span.start, span.ticks
            ))
        });
        notes.add_first(TIMELINE, &wrong.collect::<Vec<_>>());
    }

    fn check_type(&self, content: &str, notes: &mut Notes) {
        let stated = self.set.contentType.as_deref();
        notes.check(stated.is_none_or(|stated| stated == content), "ISO/IEC 23009-1 5.3.3.2", || {
            format!(
                "the representation {} is in a set of {} instead of {content}",
                self.id(),
                stated.unwrap_or("nothing")
            )
        });
        let wanted = format!("{content}/mp4");
        let stated = self.representation.mimeType.as_ref().or(self.set.mimeType.as_ref());
        notes.check(stated == Some(&wanted), ATTRIBUTES, || {
            format!(
                "the representation {} is {} instead of {wanted}",
                self.id(),
                stated.map_or("of no type", String::as_str)
            )
        });
    }

    fn compare_video(&self, video: &VideoRendition, frame_rate: Rational, notes: &mut Notes) {
        self.check_type("video", notes);
        let id = self.id();
        let stated = (self.representation.width.or(self.set.width), self.representation.height.or(self.set.height));
        let planned = (Some(u64::from(video.width)), Some(u64::from(video.height)));
        notes.check(stated == planned, ATTRIBUTES, || {
            let (width, height) = (stated.0.unwrap_or(0), stated.1.unwrap_or(0));
            format!(
                "the representation {id} has {width}x{height} pixels, but the plan {}x{}",
                video.width, video.height
            )
        });
        let rate = self.representation.frameRate.as_ref().or(self.set.frameRate.as_ref());
        let same = rate.and_then(|rate| rational::parse(rate)) == Some(frame_rate);
        notes.check(same, ATTRIBUTES, || {
            let stated = rate.map_or("none", String::as_str);
            format!("the representation {id} has the frame rate {stated}, but the plan {frame_rate}")
        });
    }

    fn compare_audio(&self, audio: &AudioRendition, notes: &mut Notes) {
        self.check_type("audio", notes);
        let id = self.id();
        let rate = self.representation.audioSamplingRate.as_ref().or(self.set.audioSamplingRate.as_ref());
        notes.check(rate.is_some_and(|rate| *rate == audio.sample_rate.to_string()), ATTRIBUTES, || {
            let stated = rate.map_or("none", String::as_str);
            format!("the representation {id} has the sampling rate {stated}, but the plan {}", audio.sample_rate)
        });
        let own = &self.representation.AudioChannelConfiguration;
        let stated = own.iter().chain(&self.set.AudioChannelConfiguration).next();
        notes.check(stated.and_then(channels_of) == Some(audio.channels), ATTRIBUTES, || {
            let stated = stated.and_then(|stated| stated.value.as_deref()).unwrap_or("none");
            format!(
                "the representation {id} has the channel configuration {stated}, but the plan {} channels",
                audio.channels
            )
        });
    }
}

/// The number of channels, in either of the two schemes in use: both state a channel configuration.
fn channels_of(stated: &AudioChannelConfiguration) -> Option<u32> {
    let known = ["urn:mpeg:dash:23003:3:audio_channel_configuration:2011", "urn:mpeg:mpegB:cicp:ChannelConfiguration"];
    let value = stated.value.as_ref().filter(|_| known.contains(&stated.schemeIdUri.as_str()));
    sample_entry::channels(value?.parse().ok()?)
}

/// Neither has text.
fn is_webvtt(set: &AdaptationSet) -> bool {
    set.mimeType.as_deref() == Some("text/vtt")
}

/// Images have no init segment.
fn is_images(set: &AdaptationSet) -> bool {
    set.contentType.as_deref() == Some("image")
}

/// Segments that are addressed by number alone.
fn count(start: u64, end: Option<u64>) -> Result<Vec<(u64, u64)>, String> {
    let end = end.ok_or("its segments have no endNumber")?;
    match usize::try_from(end.saturating_sub(start)) {
        Ok(more) if more < MAX_SEGMENTS => Ok(vec![(0, 0); more + 1]),
        _ => Err(format!("it has more than {MAX_SEGMENTS} segments")),
    }
}

/// Start and duration of each segment of a timeline, which has neither gaps nor overlaps.
fn expand(entries: &[S]) -> Result<Vec<(u64, u64)>, String> {
    let mut segments = Vec::new();
    let mut next = None;
    for entry in entries {
        let repeats = usize::try_from(entry.r.unwrap_or(0)).map_err(|_| "its timeline has a negative repeat count")?;
        if entry.d == 0 {
            return Err("its timeline has a segment without duration".to_owned());
        }
        if repeats >= MAX_SEGMENTS.saturating_sub(segments.len()) {
            return Err(format!("its timeline has more than {MAX_SEGMENTS} segments"));
        }
        let mut time = entry.t.or(next).unwrap_or(0);
        if next.is_some_and(|next| next != time) {
            return Err(format!(
                "its timeline goes on at {time}, but the segment before ends at {}",
                next.unwrap_or(0)
            ));
        }
        for _ in 0..=repeats {
            segments.push((time, entry.d));
            time = time.checked_add(entry.d).ok_or("its timeline is too long")?;
        }
        next = Some(time);
    }
    if segments.is_empty() { Err("its timeline is empty".to_owned()) } else { Ok(segments) }
}

/// Fills in a template's `$Identifier$` and `$Identifier%0[width]d$` (ISO/IEC 23009-1 5.3.9.4.4).
fn fill(template: &str, id: &str, number: u64, time: u64, bandwidth: u64) -> String {
    let mut name = String::new();
    // Every other part is an identifier; an empty one stands for the dollar sign itself.
    for (part, is_identifier) in template.split('$').zip([false, true].into_iter().cycle()) {
        let (identifier, format) = part.split_once('%').unwrap_or((part, ""));
        let width = format.strip_prefix('0').and_then(|format| format.strip_suffix('d')?.parse().ok()).unwrap_or(1);
        let width = width.min(20_usize);
        match identifier {
            _ if !is_identifier => name.push_str(part),
            "" => name.push('$'),
            "RepresentationID" => name.push_str(id),
            "Number" => name.push_str(&format!("{number:0width$}")),
            "Time" => name.push_str(&format!("{time:0width$}")),
            "Bandwidth" => name.push_str(&format!("{bandwidth:0width$}")),
            // An unknown one makes the name of a missing file, which is found.
            _ => name.push_str(&format!("${part}$")),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::tests::noted;
    use crate::rendition::tests::{audio_reading, audio_rendition};

    const GOOD: &str = "<MPD><Period><AdaptationSet mimeType=\"audio/mp4\">\
        <SegmentTemplate timescale=\"48000\" initialization=\"$RepresentationID$/init.mp4\" \
        media=\"$RepresentationID$/$Number%05d$.m4s\" startNumber=\"0\">\
        <SegmentTimeline><S t=\"0\" d=\"2048\"/><S d=\"1024\"/></SegmentTimeline></SegmentTemplate>\
        <Representation id=\"audio\" bandwidth=\"125000\" codecs=\"mp4a.40.2\" audioSamplingRate=\"48000\">\
        <AudioChannelConfiguration schemeIdUri=\"urn:mpeg:dash:23003:3:audio_channel_configuration:2011\" value=\"2\"/></Representation></AdaptationSet></Period></MPD>";

    fn found(text: &str) -> Vec<String> {
        let (mpd, rendition) = (dash_mpd::parse(text).unwrap(), audio_rendition());
        let (period, reading) = (&mpd.periods[0], audio_reading(&rendition));
        let set = &period.adaptations[0];
        let view = View::new(period, set, &set.representations[0]);
        noted(|notes| {
            view.check(notes);
            view.compare_names(&reading, notes);
            view.compare_times(&reading, notes);
            if let RenditionKind::Audio(audio) = &rendition.kind {
                view.compare_audio(audio, notes);
            }
        })
    }

    fn found_with(part: &str, by: &str) -> String {
        assert!(GOOD.contains(part));
        found(&GOOD.replace(part, by)).join("\n")
    }

    #[test]
    fn a_good_representation_is_clean() {
        assert_eq!(found(GOOD), Vec::<String>::new());
    }

    #[test]
    fn times_are_those_of_the_boxes() {
        assert!(found_with("d=\"1024\"", "d=\"1023\"").contains("segment 1 from 2048 for 1023"));
        assert!(found_with("t=\"0\"", "t=\"1024\"").contains("(and 1 more"));
        assert!(found_with("timescale=\"48000\"", "timescale=\"1000\"").contains("the timescale 1000"));
        assert!(found_with("<S d=\"1024\"/>", "").contains("has 1 segments, but the plan has 2"));
    }

    #[test]
    fn names_are_those_of_the_plan() {
        assert!(found_with("%05d", "%06d").contains("names audio/000000.m4s instead of audio/00000.m4s"));
        let last = format!("startNumber=\"{}\"", u64::MAX);
        assert!(found_with("startNumber=\"0\"", &last).contains("names audio/18446744073709551615.m4s"));
        assert!(found_with("startNumber=\"0\"", "").contains("names audio/00001.m4s instead of audio/00000.m4s"));
    }

    #[test]
    fn attributes_are_those_of_the_plan() {
        assert!(found_with("audioSamplingRate=\"48000\"", "").contains("sampling rate none"));
        assert!(found_with("value=\"2\"", "value=\"6\"").contains("configuration 6, but the plan 2"));
        assert!(found_with("23003:3", "23003:4").contains("channel configuration"));
        assert!(found_with("audio/mp4", "video/mp4").contains("is video/mp4 instead of audio/mp4"));
    }

    fn timeline(entries: &[(Option<u64>, u64, Option<i64>)]) -> Result<Vec<(u64, u64)>, String> {
        let entries: Vec<_> = entries.iter().map(|&(t, d, r)| S { t, d, r, ..Default::default() }).collect();
        expand(&entries)
    }

    #[test]
    fn timelines_are_contiguous_and_bounded() {
        let good = timeline(&[(Some(0), 4, Some(1)), (Some(8), 2, None)]);
        assert_eq!(good.unwrap(), [(0, 4), (4, 4), (8, 2)]);
        assert!(timeline(&[(Some(0), 4, None), (Some(5), 4, None)]).unwrap_err().contains("goes on at 5"));
        for bad in [
            &[(None, 4, Some(-1))][..],
            &[(None, 0, None)],
            &[(None, 4, Some(i64::MAX))],
            &[(Some(u64::MAX), 4, None)],
            &[],
        ] {
            assert!(timeline(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn templates_are_filled_in() {
        assert_eq!(fill("$RepresentationID$/$Number%05d$.m4s", "720p", 7, 0, 0), "720p/00007.m4s");
        assert_eq!(fill("a$$b-$Time$-$Bandwidth$", "", 0, 9, 8), "a$b-9-8");
        assert_eq!(fill("$Number%0999999999d$", "", 1, 0, 0).len(), 20);
        assert_eq!(fill("$Other$", "", 1, 0, 0), "$Other$");
    }
}
