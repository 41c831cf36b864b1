//! What a job writes before its segments, the plan and init segments, and after them, the manifests.

use bytes::Bytes;

use super::damage;
use super::inventory::Inventory;
use super::output::Output;
use crate::base::{Damage, Error, ErrorKind, Result};
use crate::layout::PLAN_KEY;
use crate::manifest::{self, Bandwidth};
use crate::plan::{Plan, Rendition};
use crate::segment;

/// Sizes in bytes of a package's media segments, by rendition and index; `None` for those that are missing.
pub(crate) type Sizes = Vec<Vec<Option<u64>>>;

/// What a sink had before a job.
pub(crate) struct Prepared {
    /// Sizes of the segments from an earlier run.
    pub(crate) sizes: Sizes,
    /// The files to remove once the new manifests, which do not refer to them, are written.
    pub(crate) stale: Vec<String>,
    /// Whether another package was removed, whose job may still have been running.
    pub(crate) replaced: bool,
}

/// Prepares the sink for the plan, and notes what an earlier run found of `damage`.
pub(crate) fn prepare(plan: &Plan, output: &Output, overwrite: bool, damage: &Damage) -> Result<Prepared> {
    let (mut stale, mut replaced) = (Vec::new(), false);
    let found = output.plan_json()?;
    let json = Bytes::from(plan.to_json());
    let mut same = found.as_ref() == Some(&json);
    if !same && let Some(old) = found.as_ref().and_then(|found| compatible_plan(plan, found)) {
        stale = replace_plan(&old, plan, output)?;
        same = true;
    } else if !same {
        let old = found.as_ref().map(|bytes| Inventory::read(bytes));
        if overwrite {
            clear(plan, old.as_ref(), output)?;
            replaced = old.is_some();
        } else {
            check_free(plan, old.as_ref(), output)?;
        }
        if !output.put_new(PLAN_KEY, json.clone())? {
            // Another job has just started here. With the same plan it makes the same bytes.
            same = output.plan_json()?.as_ref() == Some(&json);
            if !same {
                return Err(conflict(output, "a package that another job has just started"));
            }
        }
    }
    output.claim(json)?;
    for rendition in plan.renditions() {
        let Some(key) = rendition.init_key() else { continue };
        if !same || output.size(&key)?.is_none() {
            output.put(&key, segment::init(rendition)?)?;
        }
    }
    if !same {
        // Any files that are there now were not written for this plan.
        let missing = |rendition: &Rendition| vec![None; rendition.segment_count as usize];
        let sizes = plan.renditions().iter().map(missing).collect();
        return Ok(Prepared { sizes, stale, replaced });
    }
    // Before a segment the damage in it is written down, so here after it.
    let sizes = sizes(plan, output)?;
    damage::load(plan, output, damage)?;
    Ok(Prepared { sizes, stale, replaced })
}

/// Checks, before the manifests are written, that the sink has what the job made.
pub(crate) fn confirm(plan: &Plan, output: &Output, made: &[Vec<u64>], replaced: bool) -> Result<()> {
    if replaced {
        output.await_others()?;
    }
    output.check_claim()?;
    // Until it noticed, the job of the package that was replaced may have written files of the same names.
    let init_is_own = |rendition: &Rendition| match rendition.init_key() {
        Some(key) => Ok(output.get(&key)?.as_ref() == Some(&segment::init(rendition)?)),
        None => Ok(true),
    };
    let is_own = || {
        let found = sizes(plan, output)?;
        let all = found.iter().flatten().copied().eq(made.iter().flatten().copied().map(Some));
        plan.renditions().iter().try_fold(all, |all, rendition| Ok(all && init_is_own(rendition)?))
    };
    if replaced && !is_own()? { Err(output.replaced()) } else { Ok(()) }
}

/// The sizes of the plan's segments in the sink.
pub(super) fn sizes(plan: &Plan, output: &Output) -> Result<Sizes> {
    let sizes = |rendition: &Rendition| {
        (0..rendition.segment_count).map(|index| output.size(&rendition.segment_key(index))).collect()
    };
    plan.renditions().iter().map(sizes).collect()
}

/// Refuses a sink with another package, or with other files of the package's names.
fn check_free(plan: &Plan, old: Option<&Inventory>, output: &Output) -> Result<()> {
    if let Some(old) = old {
        let what = if old.is_of_other_build(plan.build()) {
            "a package that another version of vodkit made"
        } else {
            "another package, of another source or with other settings"
        };
        return Err(conflict(output, what));
    }
    // The plan is written first and removed last, so that without one these files are not of a package.
    for key in Inventory::of(plan).keys() {
        if output.size(&key)?.is_some() {
            return Err(conflict(output, &format!("a {key} that does not belong to this package")));
        }
    }
    Ok(())
}

fn conflict(output: &Output, what: &str) -> Error {
    let message = format!("{} holds {what}: choose another folder or allow overwriting", output.name());
    Error::new(ErrorKind::OutputConflict, message)
}

/// Removes the existing package. Its plan is last; until then it tells an interrupted run what is left to remove.
fn clear(plan: &Plan, old: Option<&Inventory>, output: &Output) -> Result<()> {
    let new = Inventory::of(plan);
    old.into_iter().chain([&new]).flat_map(Inventory::keys).try_for_each(|key| output.remove(&key))?;
    output.remove(PLAN_KEY)
}

/// The plan in `found`, if it makes the same segments as `plan`.
pub(super) fn compatible_plan(plan: &Plan, found: &[u8]) -> Option<Plan> {
    Plan::from_json(std::str::from_utf8(found).ok()?).ok().filter(|old| old.has_same_segments_as(plan))
}

/// Replaces the stored plan with one that makes the same segments. Returns the files that the new plan does not have.
pub(super) fn replace_plan(old: &Plan, plan: &Plan, output: &Output) -> Result<Vec<String>> {
    output.put(PLAN_KEY, plan.to_json())?;
    let kept: Vec<String> = Inventory::of(plan).keys().collect();
    Ok(Inventory::of(old).keys().filter(|key| !kept.contains(key)).collect())
}

/// Writes the manifests with the segments' actual bit rates.
pub(crate) fn put_manifests(plan: &Plan, output: &Output, sizes: &[Vec<u64>]) -> Result<()> {
    let bandwidth = Bandwidth::measured(plan, sizes);
    let mut texts = manifest::keys(plan).filter_map(|key| Some((key, manifest::text(plan, key, &bandwidth)?)));
    texts.try_for_each(|(key, text)| output.put(&key.to_string(), text))
}
