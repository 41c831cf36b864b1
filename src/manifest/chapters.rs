//! Lists of chapters, for players and pages.

use m3u8_rs::{SessionData, SessionDataField};
use serde::Serialize;

use crate::base::Rational;
use crate::layout::Key;
use crate::plan::Plan;

/// Seconds to a millisecond.
fn seconds(time: Rational) -> f64 {
    (time * Rational::from(1000)).round() as f64 / 1000.0
}

#[derive(Serialize)]
struct Entry<'plan> {
    start: f64,
    end: f64,
    title: Option<&'plan str>,
}

/// The plan's chapters as JSON: an array of `{"start", "end", "title"}`, in seconds; the title of one that has none is
/// `null`. In a package it is `chapters.json`. `None` if the plan has no chapters.
pub fn chapters_json(plan: &Plan) -> Option<String> {
    let entries = plan.chapters().iter().map(|chapter| Entry {
        start: seconds(chapter.start),
        end: seconds(chapter.end),
        title: chapter.title.as_deref(),
    });
    json(entries.collect())
}

/// An entry of Apple's format, "JSON Chapters" of the HTTP Live Streaming documentation.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct AppleEntry<'plan> {
    chapter: usize,
    start_time: f64,
    duration: f64,
    titles: Vec<AppleTitle<'plan>>,
}

#[derive(Serialize)]
struct AppleTitle<'plan> {
    language: &'static str,
    title: &'plan str,
}

/// The chapters as players of Apple read them.
pub(super) fn apple_json(plan: &Plan) -> Option<String> {
    let entries = plan.chapters().iter().zip(1..).map(|(chapter, number)| {
        let title = chapter.title.as_deref().map(|title| AppleTitle { language: "und", title });
        let (start_time, duration) = (seconds(chapter.start), seconds(chapter.end - chapter.start));
        AppleEntry { chapter: number, start_time, duration, titles: title.into_iter().collect() }
    });
    json(entries.collect())
}

/// The EXT-X-SESSION-DATA tag that names them.
pub(super) fn session_data(plan: &Plan) -> Option<SessionData> {
    (!plan.chapters().is_empty()).then(|| SessionData {
        data_id: "com.apple.hls.chapters".into(),
        field: SessionDataField::Uri(Key::HlsChapters.to_string()),
        language: None,
        other_attributes: None,
    })
}

fn json<T: Serialize>(entries: Vec<T>) -> Option<String> {
    // Numbers and text can always be written.
    (!entries.is_empty()).then(|| serde_json::to_string_pretty(&entries).unwrap_or_default() + "\n")
}
