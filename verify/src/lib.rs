//! Reads a finished package back and reports each rule that it breaks.
//!
//! The files are read with parsers of other authors than the ones that wrote them, and nothing is taken
//! from the engine but the plan: bit rates, times and codec strings are worked out anew from the bytes.
//!
//! ```no_run
//! let report = vodkit::verify::verify("out/film")?;
//! for finding in &report.findings {
//!     eprintln!("{finding}");
//! }
//! # Ok::<(), vodkit::Error>(())
//! ```

mod avc;
mod boxes;
mod captions;
mod cues;
mod dash;
mod entry;
mod files;
mod folder;
mod fragment;
mod hls;
mod init;
mod multivariant;
mod rates;
mod report;
mod representation;
mod samples;
mod storyboard;
mod timeline;
mod track;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

pub use report::{Finding, Report};

use crate::plan::Plan;
use crate::{Error, ErrorKind, Result};
use dash::Dash;
use folder::Folder;
use hls::Hls;
use report::Notes;
use track::TrackReading;

/// The place of the HLS multivariant playlist in a package.
const MASTER: &str = "master.m3u8";
/// The place of the DASH manifest.
const MANIFEST: &str = "manifest.mpd";
/// The place of the plan.
const PLAN: &str = "plan.json";
/// The place of the still picture, where there is one.
const THUMBNAIL: &str = "thumbnail.jpg";

/// The rule's name where it is this crate's own layout that is broken and no standard.
const LAYOUT: &str = "vodkit package";

/// Checks the package in `folder`: its files, its plan, the HLS playlists, the DASH manifest, and every
/// init and media segment down to the samples, the images of a storyboard, and captions.
///
/// A broken package is no error: what is wrong is in the report. The files may come from anywhere; sizes,
/// counts and nesting are bounded before anything is read by them.
///
/// # Errors
/// [`NotFound`](ErrorKind::NotFound) where there is no such folder, [`SourceRead`](ErrorKind::SourceRead)
/// where it cannot be read, [`InvalidArgument`](ErrorKind::InvalidArgument) where it is not a package: it
/// has no `master.m3u8`.
pub fn verify(folder: impl AsRef<Path>) -> Result<Report> {
    let folder = Folder::open(folder.as_ref())?;
    if folder.size(MASTER).is_none() {
        let message = format!("{} is not a package: it has no {MASTER}", folder.name());
        return Err(Error::new(ErrorKind::InvalidArgument, message));
    }
    let mut findings = Vec::new();
    files::check(&folder, &mut findings);
    let plan = read_plan(&folder, &mut Notes::new(PLAN, &mut findings));
    let hls = Hls::read(&folder, &mut findings);
    let dash = Dash::read(&folder, &mut Notes::new(MANIFEST, &mut findings));
    let references: Vec<_> = hls.references().into_iter().chain(dash.references()).collect();
    files::check_references(&folder, &references, &mut findings);
    files::check_strays(&folder, &references, plan.as_ref(), &mut findings);
    let mut segments = 0;
    if let Some(plan) = &plan {
        let media = plan.tracks.iter().filter(|track| !track.is_images());
        let tracks: Vec<_> = media.map(|track| TrackReading::read(&folder, plan, track, &mut findings)).collect();
        timeline::check(&tracks, &mut findings);
        hls.compare(plan, &tracks, &mut findings);
        dash.compare(plan, &tracks, &mut Notes::new(MANIFEST, &mut findings));
        let sheets = storyboard::check(&folder, plan, &hls, &dash, &mut findings);
        captions::check(&folder, plan, &hls, &dash, &mut findings);
        segments = tracks.iter().flat_map(|track| &track.segments).flatten().count() + sheets;
    }
    Ok(Report { files: count(folder.files().count()), segments: count(segments), findings })
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The plan, where it is whole; without it there is nothing to compare the rest with, so that only what
/// the manifests say among themselves is checked.
fn read_plan(folder: &Folder, notes: &mut Notes) -> Option<Plan> {
    let plan =
        folder.text(PLAN).and_then(|json| guarded(|| Plan::from_json(&json).map_err(|error| error.full_message())));
    plan.map_err(|message| notes.add(LAYOUT, message)).ok()
}

/// Runs a parser that others wrote on data from outside: should it panic, that is one more complaint about
/// the data, and not the end of the host.
fn guarded<T>(parse: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(parse)).unwrap_or_else(|_| Err("it is so broken that its parser gave up".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_package_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(verify(folder.path().join("nowhere")).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(verify(folder.path()).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }

    #[test]
    fn a_package_of_nothing_but_a_playlist_has_findings() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(MASTER), "#EXTM3U\n").unwrap();
        let report = verify(folder.path()).unwrap();
        let files: Vec<_> = report.findings.iter().map(|finding| finding.file.as_str()).collect();
        assert!(files.contains(&MASTER) && files.contains(&MANIFEST) && files.contains(&PLAN), "{files:?}");
        assert_eq!((report.files, report.segments), (1, 0));
    }

    #[test]
    fn a_parser_that_panics_is_a_complaint() {
        let result: Result<(), String> = guarded(|| panic!("on purpose"));
        assert!(result.is_err());
    }
}
