//! Rules of a track's segments in a row, and of tracks beside each other.

use super::LAYOUT;
use super::report::{Finding, Notes};
use super::track::{Segment, TrackReading};
use crate::Rational;
use crate::plan::{TrackKind, init_key};

const CONTINUITY: &str = "ISO/IEC 23000-19 7.3.2.2";

/// Checks the times of all tracks.
pub(super) fn check(tracks: &[TrackReading], findings: &mut Vec<Finding>) {
    for reading in tracks {
        check_plan(reading, findings);
        check_row(reading, findings);
        check_whole(reading, &mut Notes::new(&init_key(&reading.track.id), findings));
    }
    check_alignment(tracks, findings);
}

/// What is presented is what the plan says, segment for segment.
fn check_plan(reading: &TrackReading, findings: &mut Vec<Finding>) {
    let mut start: i128 = 0;
    for ((span, ticks), index) in reading.spans().into_iter().zip(&reading.planned).zip(0..) {
        let ticks = i128::from(*ticks);
        if let Some(span) = span.filter(|span| (span.start, span.ticks) != (start, ticks)) {
            let message = format!(
                "it presents {} ticks from {} on, but the plan says {ticks} from {start} on",
                span.ticks, span.start
            );
            Notes::new(&reading.track.segment_key(index), findings).add(LAYOUT, message);
        }
        start += ticks;
    }
}

/// Each segment is decoded exactly from where the one before it ended.
fn check_row(reading: &TrackReading, findings: &mut Vec<Finding>) {
    let mut before: Option<&Segment> = None;
    for (segment, index) in reading.segments.iter().zip(0..) {
        let key = reading.track.segment_key(index);
        let mut notes = Notes::new(&key, findings);
        if let (Some(before), Some(segment)) = (before, segment) {
            let end = before.start + before.duration;
            notes.check(segment.start == end, CONTINUITY, || {
                format!("it is decoded from {} on, but the segment before it ends at {end}", segment.start)
            });
            notes.check(segment.sequence > before.sequence, "ISO/IEC 14496-12 8.8.5", || {
                format!("its sequence number {} does not follow the {} before it", segment.sequence, before.sequence)
            });
        }
        before = segment.as_ref();
    }
    let first = reading.segments.first().and_then(Option::as_ref).filter(|segment| segment.start != 0);
    if let Some(segment) = first {
        let message = format!("the first segment is decoded from {} on instead of 0", segment.start);
        Notes::new(&reading.track.segment_key(0), findings).add(CONTINUITY, message);
    }
}

/// The duration that the init segment announces is that of all samples.
fn check_whole(reading: &TrackReading, notes: &mut Notes) {
    let durations: Option<Vec<_>> = reading.segments.iter().map(|segment| Some(segment.as_ref()?.duration)).collect();
    let announced = reading.init.as_ref().and_then(|init| init.whole);
    if let (Some(durations), Some((ticks, timescale))) = (durations, announced) {
        let sum = reading.seconds(durations.iter().sum());
        let announced = Rational::new(i64::try_from(ticks).unwrap_or(i64::MAX), timescale.into());
        notes.check(sum == announced, "ISO/IEC 14496-12 8.8.2", || {
            format!("its mehd announces {announced} seconds, but the fragments have {sum}")
        });
    }
}

/// All video renditions begin their segments at the same times, so that a player can go from one to another.
fn check_alignment(tracks: &[TrackReading], findings: &mut Vec<Finding>) {
    let mut videos = tracks.iter().filter(|reading| matches!(reading.track.kind, TrackKind::Video(_)));
    let Some(first) = videos.next() else { return };
    let starts = |reading: &TrackReading| -> Vec<Option<Rational>> {
        reading.spans().into_iter().map(|span| span.map(|span| reading.seconds(span.start))).collect()
    };
    let wanted = starts(first);
    for reading in videos {
        let own = starts(reading);
        let mut notes = Notes::new(&reading.track.id, findings);
        notes.check(own.len() == wanted.len(), "RFC 8216 6.2.4", || {
            format!("it has {} segments, but {} has {}", own.len(), first.track.id, wanted.len())
        });
        let pairs = wanted.iter().zip(&own).zip(0_u32..);
        let moved = pairs.filter_map(|((wanted, own), index)| {
            let (wanted, own) = ((*wanted)?, (*own)?);
            (wanted != own)
                .then(|| format!("segment {index} begins at {own} s, but that of {} at {wanted} s", first.track.id))
        });
        notes.add_first("RFC 8216 6.2.4", &moved.collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::track::tests::{audio_reading, audio_track};

    fn found(reading: TrackReading) -> Vec<String> {
        let mut findings = Vec::new();
        check(&[reading], &mut findings);
        findings.iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_good_row_is_clean() {
        assert_eq!(found(audio_reading(&audio_track())), Vec::<String>::new());
    }

    #[test]
    fn a_gap_is_found_in_the_boxes_and_against_the_plan() {
        let track = audio_track();
        let mut reading = audio_reading(&track);
        if let Some(segment) = reading.segments[1].as_mut() {
            segment.start += 24;
            segment.shown = (segment.shown.0 + 24, segment.shown.1 + 24);
            segment.sequence = 1;
        }
        let lines = found(reading);
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines.iter().all(|line| line.starts_with("audio/00001.m4s: ")));
    }

    #[test]
    fn the_announced_duration_is_that_of_the_samples() {
        let track = audio_track();
        let mut reading = audio_reading(&track);
        if let Some(init) = reading.init.as_mut() {
            init.whole = Some((3072, 48_000));
        }
        assert!(found(reading)[0].starts_with("audio/init.mp4: its mehd announces"));
    }

    #[test]
    fn what_could_not_be_read_is_not_compared() {
        let track = audio_track();
        let mut reading = audio_reading(&track);
        reading.segments[0] = None;
        assert_eq!(found(reading), Vec::<String>::new());
    }
}
