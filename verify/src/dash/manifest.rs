//! Rules of the DASH manifest; those of a representation are in `representation`.

use dash_mpd::{MPD, Period};

use crate::dash::representation::View;
use crate::dash::text_sets::{files_of, is_text, text_sets};
use crate::durations::AAC_FRAME;
use crate::files::Reference;
use crate::folder::{Folder, resolve};
use crate::guard::guarded;
use crate::layout::{LAYOUT, MANIFEST};
use crate::notes::Notes;
use crate::plan::{Plan, Rendition, RenditionKind};
use crate::rational::{self, to_f64};
use crate::rendition::RenditionReading;

const ROOT: &str = "ISO/IEC 23009-1 5.3.1.2";
const NAMESPACE: &str = "urn:mpeg:dash:schema:mpd:2011";
const PROFILE: &str = "urn:mpeg:dash:profile:isoff-live:2011";
const BASE: &str = "ISO/IEC 23009-1 5.6";

/// The manifest of a package, as far as it could be read.
pub(crate) struct Dash {
    mpd: Option<MPD>,
}

impl Dash {
    /// Reads the manifest and checks it on its own.
    pub(crate) fn read(folder: &Folder, notes: &mut Notes) -> Self {
        let text = folder.text(MANIFEST).map_err(|message| notes.add(LAYOUT, message)).ok();
        let mpd = text.and_then(|text| parse(&text).map_err(|message| notes.add(ROOT, message)).ok());
        if let Some(mpd) = &mpd {
            check(mpd, notes);
            for view in views(mpd) {
                view.check(notes);
            }
        }
        Self { mpd }
    }

    /// All files that the manifest names.
    pub(crate) fn references(&self) -> Vec<Reference> {
        let names = self.views().into_iter().flat_map(|view| view.names());
        let texts = self.mpd.iter().flat_map(text_sets).flat_map(files_of);
        names
            .chain(texts.map(str::to_owned))
            .map(|uri| Reference { by: MANIFEST.to_owned(), key: resolve(MANIFEST, &uri), uri })
            .collect()
    }

    /// The manifest itself.
    pub(crate) fn mpd(&self) -> Option<&MPD> {
        self.mpd.as_ref()
    }

    /// All representations but those of captions.
    pub(crate) fn views(&self) -> Vec<View<'_>> {
        self.mpd.iter().flat_map(views).collect()
    }

    /// Compares the manifest with the plan and with what was read of its renditions.
    pub(crate) fn compare(&self, plan: &Plan, readings: &[RenditionReading], notes: &mut Notes) {
        let Some(mpd) = &self.mpd else { return };
        compare_duration(mpd, plan, readings, notes);
        let views = views(mpd);
        // Those of text that captions replace are not there.
        for Rendition { id, .. } in plan.renditions.iter().filter(|rendition| !rendition.is_text()) {
            let own: Vec<_> = views.iter().filter(|view| view.id() == id).collect();
            notes.check(own.len() == 1, LAYOUT, || {
                format!("it has {} representations of the rendition {id} instead of one", own.len())
            });
            // A storyboard has no reading.
            if let Some(reading) = readings.iter().find(|reading| reading.rendition.id == *id) {
                own.into_iter().for_each(|view| view.compare(reading, plan, notes));
            }
        }
        for view in &views {
            let known = plan.renditions.iter().any(|rendition| rendition.id == view.id());
            notes.check(known, LAYOUT, || format!("the representation {} is of no rendition of the plan", view.id()));
        }
    }
}

fn parse(text: &str) -> Result<MPD, String> {
    guarded(|| dash_mpd::parse(text).map_err(|error| format!("it is not an MPD: {error}")))
}

fn views(mpd: &MPD) -> Vec<View<'_>> {
    let sets = mpd.periods.iter().flat_map(|period| period.adaptations.iter().map(move |set| (period, set)));
    let sets = sets.filter(|(_, set)| !is_text(set));
    let all = sets.flat_map(|(period, set)| set.representations.iter().map(move |one| View::new(period, set, one)));
    all.collect()
}

fn check(mpd: &MPD, notes: &mut Notes) {
    let kind = mpd.mpdtype.as_deref().unwrap_or("static");
    notes.check(kind == "static", ROOT, || format!("it is {kind} instead of static, so that players treat it as live"));
    let namespace = mpd.xmlns.as_deref().unwrap_or("none");
    notes.check(namespace == NAMESPACE, ROOT, || format!("its namespace is {namespace} instead of {NAMESPACE}"));
    let profiles = mpd.profiles.as_deref().unwrap_or("");
    notes.check(profiles.split(',').any(|profile| profile.trim() == PROFILE), ROOT, || {
        format!("{PROFILE}, that of segment templates, is not among its profiles")
    });
    notes.check(mpd.minBufferTime.is_some(), ROOT, || "it has no minBufferTime".into());
    notes.check(mpd.mediaPresentationDuration.is_some(), ROOT, || "it has no mediaPresentationDuration".into());
    notes.check(mpd.periods.len() == 1, LAYOUT, || format!("it has {} periods instead of one", mpd.periods.len()));
    let bases = mpd.base_url.len() + mpd.periods.iter().map(base_urls).sum::<usize>();
    notes.check(bases == 0, BASE, || "it has a BaseURL, which leads away from the package".into());
    // The parser's own checks, whose arithmetic is not made for hostile numbers.
    for message in guarded(|| Ok(dash_mpd::check_conformity(mpd))).unwrap_or_default() {
        notes.add("ISO/IEC 23009-1", message);
    }
}

fn base_urls(period: &Period) -> usize {
    // A BaseURL names the file of captions.
    let sets = period.adaptations.iter().filter(|set| !is_text(set));
    let inner =
        sets.map(|set| set.BaseURL.len() + set.representations.iter().map(|one| one.BaseURL.len()).sum::<usize>());
    period.BaseURL.len() + inner.sum::<usize>()
}

/// The manifest's durations are that of the longest rendition, to a frame.
fn compare_duration(mpd: &MPD, plan: &Plan, readings: &[RenditionReading], notes: &mut Notes) {
    let longest = readings.iter().map(RenditionReading::end).max().unwrap_or_default();
    let frame = |reading: &RenditionReading| match (&reading.rendition.kind, &plan.source_video) {
        (RenditionKind::Video(_), Some(source)) => source.frame_rate.recip(),
        _ => reading.seconds(AAC_FRAME.into()),
    };
    let tolerance = readings.iter().map(frame).max().unwrap_or_default();
    let periods = mpd.periods.iter().map(|period| ("its period's duration", period.duration));
    let stated = [("mediaPresentationDuration", mpd.mediaPresentationDuration)].into_iter().chain(periods);
    for (name, duration) in stated {
        let Some(duration) = duration else { continue };
        let seconds = rational::seconds(i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX), 1_000_000_000);
        notes.check(seconds.max(longest) - seconds.min(longest) <= tolerance, ROOT, || {
            format!("{name} is {:.6} s, but the longest rendition has {:.6} s", to_f64(seconds), to_f64(longest))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::tests::noted;

    fn found(text: &str) -> Vec<String> {
        noted(|notes| match parse(text) {
            Ok(mpd) => check(&mpd, notes),
            Err(message) => notes.add(ROOT, message),
        })
    }

    const GOOD: &str = "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" \
        profiles=\"a,urn:mpeg:dash:profile:isoff-live:2011\" type=\"static\" minBufferTime=\"PT4S\" mediaPresentationDuration=\"PT8S\">\
        <Period><AdaptationSet/></Period></MPD>";

    #[test]
    fn a_good_manifest_is_clean() {
        assert_eq!(found(GOOD), Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_is_found() {
        assert_eq!(found("<MPD type=\"dynamic\"/>").len(), 6);
        assert!(found("<html>")[0].contains("not an MPD"));
        assert!(
            found(&GOOD.replace("<AdaptationSet/>", "<AdaptationSet/><BaseURL>http://a/</BaseURL>"))[0]
                .contains("BaseURL")
        );
    }

    #[test]
    fn numbers_out_of_range_do_no_harm() {
        // Whether the parser panics or wraps here depends on the build; neither may get out of it.
        found(&GOOD.replace("PT8S", "PT18446744073709551615H"));
        let zero = "<AdaptationSet><SegmentTemplate timescale=\"0\"><SegmentTimeline><S d=\"1\"/></SegmentTimeline>\
            </SegmentTemplate></AdaptationSet>";
        let text = GOOD.replace("<AdaptationSet/>", zero).replace("type=", "maxSegmentDuration=\"PT4S\" type=");
        assert_eq!(found(&text), Vec::<String>::new());
    }
}
