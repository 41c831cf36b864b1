//! From one plan of a package to another that makes the same segments.

use super::output::Output;
use super::prepare::{conflict, put_manifests};
use crate::base::{Cancel, Error, ErrorKind, Result, guarded};
use crate::layout::{HLS_KEY, PLAN_KEY};
use crate::manifest::Bandwidth;
use crate::plan::{Plan, Track};
use crate::sink::SharedSink;

/// Brings a finished package to another plan that makes the same segments: to other captions. The source is not
/// needed, players go on, and each file that they read is whole at each moment.
///
/// ```no_run
/// use std::sync::Arc;
/// use vodkit::{DirSink, Plan, SharedSink, Sink, engine};
///
/// let sink: SharedSink = Arc::new(DirSink::open("holiday")?);
/// let plan = Plan::from_json(&std::fs::read_to_string("holiday/plan.json").unwrap())?;
/// let plan = plan.with_captions("en", "English", "WEBVTT\n\n00:01.000 --> 00:02.000\nThe sea!\n")?;
/// vodkit::update_package(&plan, &sink)?;
/// # Ok::<(), vodkit::Error>(())
/// ```
///
/// # Errors
/// [`NotFound`](ErrorKind::NotFound) where the sink has no finished package: a job of `plan` finishes it.
/// [`OutputConflict`](ErrorKind::OutputConflict) where its plan differs in more than captions,
/// [`SinkWrite`](ErrorKind::SinkWrite) and [`NoSpace`](ErrorKind::NoSpace) where writing fails.
pub fn update_package(plan: &Plan, sink: &SharedSink) -> Result<()> {
    guarded(|| {
        plan.verify()?;
        let output = Output::new(sink.clone(), Cancel::new());
        let unfinished = || {
            let message = format!("{} has no finished package: let a job of the plan finish it", output.name());
            Error::new(ErrorKind::NotFound, message)
        };
        let found = output.get(PLAN_KEY)?.ok_or_else(unfinished)?;
        let old = sibling(plan, &found)
            .ok_or_else(|| conflict(&output, "another package, of another source or with other settings"))?;
        let sizes = |track: &Track| (0..track.segments).map(|index| output.size(&track.segment_key(index))).collect();
        let sizes: Vec<Option<Vec<u64>>> = plan.tracks.iter().map(sizes).collect::<Result<_>>()?;
        let sizes: Option<Vec<_>> = sizes.into_iter().collect();
        let sizes = sizes.filter(|_| matches!(output.size(HLS_KEY), Ok(Some(_)))).ok_or_else(unfinished)?;
        // Nothing goes that a manifest still names. Killed in between, the same call does it again; what then stays is a
        // file of captions that nobody names.
        put_manifests(plan, &output, &Bandwidth::measured(plan, &sizes))?;
        let stale = change_plan(&old, plan, &output)?;
        stale.iter().try_for_each(|key| output.remove(key))
    })
}

/// The plan in these bytes, where it makes the same segments as `plan`.
pub(crate) fn sibling(plan: &Plan, found: &[u8]) -> Option<Plan> {
    Plan::from_json(std::str::from_utf8(found).ok()?).ok().filter(|old| old.makes_segments_of(plan))
}

/// Puts the plan in the place of its sibling, and says which files it does not have any more.
pub(crate) fn change_plan(old: &Plan, plan: &Plan, output: &Output) -> Result<Vec<String>> {
    output.put(PLAN_KEY, plan.to_json())?;
    let gone = old.captions.iter().filter(|old| plan.captions.iter().all(|captions| captions.key() != old.key()));
    Ok(gone.flat_map(|captions| [captions.key(), captions.playlist_key()]).collect())
}
