//! Rules of consecutive segments of a rendition, and of renditions side by side.

use crate::layout::LAYOUT;
use crate::notes::Notes;
use crate::plan::RenditionKind;
use crate::rational::{self, Rational};
use crate::rendition::{RenditionReading, Segment};
use crate::report::Finding;

const CONTINUITY: &str = "ISO/IEC 23000-19 7.3.2.2";

/// Checks the times of all renditions.
pub(crate) fn check(readings: &[RenditionReading], findings: &mut Vec<Finding>) {
    for reading in readings {
        check_plan(reading, findings);
        check_continuity(reading, findings);
        check_total(reading, &mut Notes::new(&reading.rendition.init_key(), findings));
    }
    check_alignment(readings, findings);
}

/// Each segment presents what the plan says.
fn check_plan(reading: &RenditionReading, findings: &mut Vec<Finding>) {
    let mut start: i128 = 0;
    for ((span, ticks), index) in reading.spans().into_iter().zip(&reading.planned).zip(0..) {
        let ticks = i128::from(*ticks);
        if let Some(span) = span.filter(|span| (span.start, span.ticks) != (start, ticks)) {
            let message = format!(
                "it presents {} ticks from {} on, but the plan says {ticks} from {start} on",
                span.ticks, span.start
            );
            Notes::new(&reading.rendition.segment_key(index), findings).add(LAYOUT, message);
        }
        start += ticks;
    }
}

/// Each segment's decode time is the end of the one before it.
fn check_continuity(reading: &RenditionReading, findings: &mut Vec<Finding>) {
    let mut before: Option<&Segment> = None;
    for (segment, index) in reading.segments.iter().zip(0..) {
        let key = reading.rendition.segment_key(index);
        let mut notes = Notes::new(&key, findings);
        if let (Some(before), Some(segment)) = (before, segment) {
            let end = before.start + before.duration;
            notes.check(segment.start == end, CONTINUITY, || {
                format!("its decode time is {}, but the segment before it ends at {end}", segment.start)
            });
            notes.check(segment.sequence > before.sequence, "ISO/IEC 14496-12 8.8.5", || {
                format!("its sequence number {} does not follow the {} before it", segment.sequence, before.sequence)
            });
        }
        before = segment.as_ref();
    }
    let first = reading.segments.first().and_then(Option::as_ref).filter(|segment| segment.start != 0);
    if let Some(segment) = first {
        let message = format!("the decode time of the first segment is {} instead of 0", segment.start);
        Notes::new(&reading.rendition.segment_key(0), findings).add(CONTINUITY, message);
    }
}

/// The duration that the init segment states is that of all samples.
fn check_total(reading: &RenditionReading, notes: &mut Notes) {
    let durations: Option<Vec<_>> = reading.segments.iter().map(|segment| Some(segment.as_ref()?.duration)).collect();
    let stated = reading.init.as_ref().and_then(|init| init.total);
    if let (Some(durations), Some((ticks, timescale))) = (durations, stated) {
        let sum = reading.seconds(durations.iter().sum());
        let stated = rational::seconds(ticks.into(), timescale);
        notes.check(sum == stated, "ISO/IEC 14496-12 8.8.2", || {
            format!("its mehd says {stated} seconds, but the fragments have {sum}")
        });
    }
}

/// All video renditions begin their segments at the same times, so that players can switch between them.
fn check_alignment(readings: &[RenditionReading], findings: &mut Vec<Finding>) {
    let mut videos = readings.iter().filter(|reading| matches!(reading.rendition.kind, RenditionKind::Video(_)));
    let Some(first) = videos.next() else { return };
    let starts = |reading: &RenditionReading| -> Vec<Option<Rational>> {
        reading.spans().into_iter().map(|span| span.map(|span| reading.seconds(span.start))).collect()
    };
    let wanted = starts(first);
    for reading in videos {
        let own = starts(reading);
        let mut notes = Notes::new(&reading.rendition.id, findings);
        notes.check(own.len() == wanted.len(), "RFC 8216 6.2.4", || {
            format!("it has {} segments, but {} has {}", own.len(), first.rendition.id, wanted.len())
        });
        let pairs = wanted.iter().zip(&own).zip(0_u32..);
        let moved = pairs.filter_map(|((wanted, own), index)| {
            let (wanted, own) = ((*wanted)?, (*own)?);
            (wanted != own)
                .then(|| format!("segment {index} begins at {own} s, but that of {} at {wanted} s", first.rendition.id))
        });
        notes.add_first("RFC 8216 6.2.4", &moved.collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendition::tests::{audio_reading, audio_rendition};

    fn found(reading: RenditionReading) -> Vec<String> {
        let mut findings = Vec::new();
        check(&[reading], &mut findings);
        findings.iter().map(Finding::to_string).collect()
    }

    #[test]
    fn good_segments_are_clean() {
        assert_eq!(found(audio_reading(&audio_rendition())), Vec::<String>::new());
    }

    #[test]
    fn a_gap_is_found_in_the_boxes_and_against_the_plan() {
        let rendition = audio_rendition();
        let mut reading = audio_reading(&rendition);
        if let Some(segment) = reading.segments[1].as_mut() {
            segment.start += 24;
            segment.presented = (segment.presented.0 + 24, segment.presented.1 + 24);
            segment.sequence = 1;
        }
        let lines = found(reading);
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines.iter().all(|line| line.starts_with("audio/00001.m4s: ")));
    }

    #[test]
    fn the_stated_duration_is_that_of_the_samples() {
        let rendition = audio_rendition();
        let mut reading = audio_reading(&rendition);
        if let Some(init) = reading.init.as_mut() {
            init.total = Some((4096, 48_000));
        }
        assert!(found(reading)[0].starts_with("audio/init.mp4: its mehd says"));
    }

    #[test]
    fn what_could_not_be_read_is_not_compared() {
        let rendition = audio_rendition();
        let mut reading = audio_reading(&rendition);
        reading.segments[0] = None;
        assert_eq!(found(reading), Vec::<String>::new());
    }
}
