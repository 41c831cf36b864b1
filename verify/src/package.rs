//! The order in which a package is checked.

use std::path::Path;

use crate::consistency;
use crate::dash::manifest::Dash;
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::hls::playlists::Hls;
use crate::layout::{LAYOUT, MANIFEST, MULTIVARIANT, PLAN};
use crate::notes::Notes;
use crate::plan::Plan;
use crate::rendition::RenditionReading;
use crate::report::{Finding, Report};
use crate::{captions, chapters, files, storyboard, text, timeline};

/// Checks the package in `folder`: its files, its plan, the HLS playlists, the DASH manifest, and every
/// init and media segment down to the samples, the sheets of a storyboard, text, captions, and chapters.
///
/// A broken package is no error: what is wrong is in the report. The files may come from anywhere; sizes,
/// counts and nesting are bounded before anything is read by them.
///
/// # Errors
/// [`NotFound`](Error::NotFound) where there is no such folder, [`Unreadable`](Error::Unreadable) where it cannot be
/// listed, [`NotAPackage`](Error::NotAPackage) where it is a file or has no `master.m3u8`.
pub fn verify(folder: impl AsRef<Path>) -> Result<Report> {
    let folder = Folder::open(folder.as_ref())?;
    if folder.size(MULTIVARIANT).is_none() {
        return Err(Error::NotAPackage { folder: folder.root().to_owned() });
    }
    let mut findings = Vec::new();
    files::check(&folder, &mut findings);
    let plan = read_plan(&folder, &mut Notes::new(PLAN, &mut findings));
    let hls = Hls::read(&folder, &mut findings);
    let dash = Dash::read(&folder, &mut Notes::new(MANIFEST, &mut findings));
    let references: Vec<_> = hls.references().into_iter().chain(dash.references()).collect();
    files::check_references(&folder, &references, &mut findings);
    files::check_strays(&folder, &references, plan.as_ref(), &mut findings);
    let segments = plan.map_or(0, |plan| check_against(&plan, &folder, &hls, &dash, &mut findings));
    Ok(Report { files: count(folder.files().count()), segments: count(segments), findings })
}

/// Compares all with the plan and gives the number of segments that were read.
fn check_against(plan: &Plan, folder: &Folder, hls: &Hls, dash: &Dash, findings: &mut Vec<Finding>) -> usize {
    let media = plan.renditions.iter().filter(|rendition| !rendition.is_storyboard() && !rendition.is_text());
    let readings: Vec<_> = media.map(|rendition| RenditionReading::read(folder, plan, rendition, findings)).collect();
    timeline::check(&readings, findings);
    hls.compare(plan, &readings, findings);
    dash.compare(plan, &readings, &mut Notes::new(MANIFEST, findings));
    let sheets = storyboard::check(folder, plan, hls, dash, findings);
    captions::check(folder, plan, hls, dash, findings);
    chapters::check(folder, plan, hls, findings);
    let texts = text::check(folder, plan, hls, dash, findings);
    readings.iter().flat_map(|reading| &reading.segments).flatten().count() + sheets + texts
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The plan, if it is intact; without it only what the manifests say among themselves can be checked.
fn read_plan(folder: &Folder, notes: &mut Notes) -> Option<Plan> {
    let plan = folder.text(PLAN).and_then(|json| Plan::from_json(&json)).and_then(|plan| {
        consistency::check(&plan).map_err(|message| format!("it contradicts itself: {message}"))?;
        Ok(plan)
    });
    plan.map_err(|message| notes.add(LAYOUT, message)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_package_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = verify(folder.path().join("nowhere")).unwrap_err();
        assert!(matches!(error, Error::NotFound { .. }) && error.to_string().contains("nowhere"), "{error}");
        let error = verify(folder.path()).unwrap_err();
        assert!(matches!(error, Error::NotAPackage { .. }) && error.to_string().contains(MULTIVARIANT), "{error}");
        std::fs::write(folder.path().join("file"), "text").unwrap();
        assert!(matches!(verify(folder.path().join("file")), Err(Error::NotAPackage { .. })));
    }

    #[test]
    fn a_package_of_nothing_but_a_playlist_has_findings() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(MULTIVARIANT), "#EXTM3U\n").unwrap();
        let report = verify(folder.path()).unwrap();
        let files: Vec<_> = report.findings.iter().map(|finding| finding.file.as_str()).collect();
        assert!(files.contains(&MULTIVARIANT) && files.contains(&MANIFEST) && files.contains(&PLAN), "{files:?}");
        assert_eq!((report.files, report.segments), (1, 0));
    }
}
