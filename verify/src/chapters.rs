//! Rules of chapters: both lists are those of the plan, and HLS names its own.

use serde::Deserialize;

use crate::folder::{Folder, resolve};
use crate::hls::multivariant::session_files;
use crate::hls::playlists::Hls;
use crate::layout::{CHAPTERS, HLS_CHAPTERS, LAYOUT, MULTIVARIANT};
use crate::notes::Notes;
use crate::plan::{Chapter, Plan};
use crate::rational::to_f64;
use crate::report::Finding;

const DATA: &str = "RFC 8216 4.3.4.4";
const APPLE: &str = "com.apple.hls.chapters";

#[derive(Deserialize)]
struct Listed {
    start: f64,
    end: f64,
    title: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct AppleListed {
    start_time: f64,
    duration: f64,
    titles: Vec<AppleTitle>,
}

#[derive(Deserialize)]
struct AppleTitle {
    title: String,
}

impl From<AppleListed> for Listed {
    fn from(listed: AppleListed) -> Self {
        let title = listed.titles.into_iter().next().map(|title| title.title);
        Self { start: listed.start_time, end: listed.start_time + listed.duration, title }
    }
}

/// Checks the lists of chapters, and that there are none where the plan has none.
pub(crate) fn check(folder: &Folder, plan: &Plan, hls: &Hls, findings: &mut Vec<Finding>) {
    if let Some(multivariant) = hls.multivariant() {
        let named = session_files(multivariant).filter(|(name, _)| *name == APPLE);
        let named: Vec<_> = named.map(|(_, uri)| resolve(MULTIVARIANT, uri)).collect();
        let wanted = (!plan.chapters.is_empty()).then(|| Some(HLS_CHAPTERS.to_owned()));
        Notes::new(MULTIVARIANT, findings).check(named.iter().eq(wanted.iter()), DATA, || {
            format!("it names {} lists of chapters, but the plan has {} chapters", named.len(), plan.chapters.len())
        });
    }
    if !plan.chapters.is_empty() {
        compare::<Listed>(folder, CHAPTERS, &plan.chapters, findings);
        compare::<AppleListed>(folder, HLS_CHAPTERS, &plan.chapters, findings);
    }
}

fn compare<T: for<'de> Deserialize<'de> + Into<Listed>>(
    folder: &Folder,
    key: &str,
    chapters: &[Chapter],
    findings: &mut Vec<Finding>,
) {
    let mut notes = Notes::new(key, findings);
    let read = |text: String| serde_json::from_str::<Vec<T>>(&text).map_err(|error| format!("it is no list: {error}"));
    match folder.text(key).and_then(read) {
        Ok(listed) => {
            let listed: Vec<Listed> = listed.into_iter().map(Into::into).collect();
            let same = listed.len() == chapters.len() && listed.iter().zip(chapters).all(is_same);
            notes.check(same, LAYOUT, || "its chapters are not those of the plan".into());
        }
        Err(message) => notes.add(LAYOUT, message),
    }
}

/// Times are written to a millisecond.
fn is_same((listed, chapter): (&Listed, &Chapter)) -> bool {
    let near = |seconds: f64, exact| (seconds - to_f64(exact)).abs() < 0.0011;
    near(listed.start, chapter.start) && near(listed.end, chapter.end) && listed.title == chapter.title
}
