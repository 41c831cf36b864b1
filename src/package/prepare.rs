//! What a job does before and after its segments: the plan comes first, the manifests last.

use super::inventory::Inventory;
use super::output::Output;
use crate::base::{Error, ErrorKind, Result};
use crate::layout::PLAN_KEY;
use crate::manifest::{self, Bandwidth};
use crate::plan::{Plan, Rendition};
use crate::segment;

/// Sizes of the media segments that a sink has, by rendition and index.
pub(crate) type Sizes = Vec<Vec<Option<u64>>>;

/// Makes the sink ready for the plan. Tells which segments an earlier run left there, and which files have to go once
/// the manifests are written that do not name them any more.
pub(crate) fn prepare(plan: &Plan, output: &Output, overwrite: bool) -> Result<(Sizes, Vec<String>)> {
    let mut stale = Vec::new();
    let found = output.get(PLAN_KEY)?;
    let json = plan.to_json();
    let mut same = found.as_ref().is_some_and(|found| *found == json.as_bytes());
    if !same && let Some(old) = found.as_ref().and_then(|found| sibling(plan, found)) {
        stale = change_plan(&old, plan, output)?;
        same = true;
    } else if !same {
        let old = found.as_ref().map(|bytes| Inventory::read(bytes));
        if overwrite {
            clear(plan, old.as_ref(), output)?;
            output.put(PLAN_KEY, json)?;
        } else {
            check_free(plan, old.as_ref(), output)?;
            if !output.put_new(PLAN_KEY, json.clone())? {
                // Another job has begun here in this very moment: one of the same plan makes the same bytes.
                same = output.get(PLAN_KEY)?.is_some_and(|found| found == json.as_bytes());
                if !same {
                    return Err(conflict(output, "a package that another job has just begun"));
                }
            }
        }
    }
    for rendition in plan.renditions() {
        let Some(key) = rendition.init_key() else { continue };
        if !same || output.size(&key)?.is_none() {
            output.put(&key, segment::init(rendition)?)?;
        }
    }
    if !same {
        // Nothing is there that can be believed, whoever wrote into the folder just now.
        let missing = |rendition: &Rendition| vec![None; rendition.segment_count as usize];
        return Ok((plan.renditions().iter().map(missing).collect(), stale));
    }
    Ok((sizes(plan, output)?, stale))
}

/// The sizes of the segments that are there.
pub(super) fn sizes(plan: &Plan, output: &Output) -> Result<Sizes> {
    let sizes = |rendition: &Rendition| {
        (0..rendition.segment_count).map(|index| output.size(&rendition.segment_key(index))).collect()
    };
    plan.renditions().iter().map(sizes).collect()
}

/// Refuses to write among files that this job did not make.
fn check_free(plan: &Plan, old: Option<&Inventory>, output: &Output) -> Result<()> {
    if let Some(old) = old {
        let what = if old.is_of_other_build(plan.build()) {
            "a package that another version of vodkit made"
        } else {
            "another package, of another source or with other settings"
        };
        return Err(conflict(output, what));
    }
    // The plan is the first file that is written and the last that is removed: without one, these are somebody else's.
    for key in Inventory::of(plan).keys() {
        if output.size(&key)?.is_some() {
            return Err(conflict(output, &format!("a {key} that is not of this package")));
        }
    }
    Ok(())
}

pub(super) fn conflict(output: &Output, what: &str) -> Error {
    let message = format!("{} holds {what}: choose another folder or allow overwriting", output.name());
    Error::new(ErrorKind::OutputConflict, message)
}

/// Removes the package that is there. Its plan stays until another takes its place: it tells the next run what is left.
fn clear(plan: &Plan, old: Option<&Inventory>, output: &Output) -> Result<()> {
    let new = Inventory::of(plan);
    old.into_iter().chain([&new]).flat_map(Inventory::keys).try_for_each(|key| output.remove(&key))
}

/// The plan in these bytes, where it makes the same segments as `plan`.
pub(super) fn sibling(plan: &Plan, found: &[u8]) -> Option<Plan> {
    Plan::from_json(std::str::from_utf8(found).ok()?).ok().filter(|old| old.has_same_segments_as(plan))
}

/// Puts the plan in the place of its sibling, and tells which files it does not have any more.
pub(super) fn change_plan(old: &Plan, plan: &Plan, output: &Output) -> Result<Vec<String>> {
    output.put(PLAN_KEY, plan.to_json())?;
    let kept: Vec<String> = Inventory::of(plan).keys().collect();
    Ok(Inventory::of(old).keys().filter(|key| !kept.contains(key)).collect())
}

/// Writes the manifests, with the bit rates that the segments have.
pub(crate) fn put_manifests(plan: &Plan, output: &Output, sizes: &[Vec<u64>]) -> Result<()> {
    let bandwidth = Bandwidth::measured(plan, sizes);
    let mut texts = manifest::keys(plan).filter_map(|key| Some((key, manifest::text(plan, key, &bandwidth)?)));
    texts.try_for_each(|(key, text)| output.put(&key.to_string(), text))
}
