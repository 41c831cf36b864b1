//! The order in which workers go through a package.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::plan::{Plan, SourceVideo};

/// Segment `index` of renditions that are made together, by their positions in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WorkItem {
    pub(super) renditions: Vec<usize>,
    pub(super) index: u32,
}

/// Video windows that begin with the same packet, for which one decoder is enough.
struct Run {
    items: VecDeque<WorkItem>,
    owner: Option<usize>,
}

/// The remaining work.
pub(super) struct Queue(Mutex<Work>);

struct Work {
    /// Goes before all else, so that playback can begin.
    first: VecDeque<WorkItem>,
    runs: Vec<Run>,
    /// Audio, passthrough, text and storyboard sheets: cheap items that are independent of each other.
    light: VecDeque<WorkItem>,
}

impl Queue {
    /// All segments of `plan` for which `missing(rendition, index)` holds, `first` before the others.
    pub(super) fn new(plan: &Plan, first: &[(usize, u32)], missing: impl Fn(usize, u32) -> bool) -> Self {
        let positions = |encoded_video: bool| {
            let renditions = plan.renditions().iter().enumerate();
            renditions.filter(move |(_, rendition)| rendition.is_encoded_video() == encoded_video)
        };
        let item = |index| {
            let left = positions(true).map(|(position, _)| position).filter(|&position| missing(position, index));
            let renditions: Vec<usize> = left.collect();
            (!renditions.is_empty()).then_some(WorkItem { renditions, index })
        };
        let runs = plan.source_video().into_iter().flat_map(SourceVideo::decoder_runs);
        let runs = runs.map(|run| Run { items: run.filter_map(item).collect(), owner: None });
        let mut light: Vec<(usize, u32)> = positions(false)
            .flat_map(|(position, rendition)| (0..rendition.segment_count).map(move |index| (position, index)))
            .filter(|&(position, index)| missing(position, index))
            .collect();
        // All text of a moment together: it lies together in the source, and what was read serves all languages.
        let is_text = |position: usize| plan.renditions().get(position).is_some_and(|each| each.text().is_some());
        light.sort_by_key(|&(position, index)| if is_text(position) { (true, index, position) } else { (false, 0, 0) });
        let light = light.into_iter().map(|(position, index)| WorkItem { renditions: vec![position], index });
        let first = first.iter().filter(|&&(position, index)| missing(position, index));
        let first = first.map(|&(position, index)| WorkItem { renditions: vec![position], index }).collect();
        Self(Mutex::new(Work { first, light: light.collect(), runs: runs.collect() }))
    }

    /// Number of remaining segments, not counting `first`, which are also part of the others.
    pub(super) fn segments(&self) -> usize {
        let work = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let runs = work.runs.iter().flat_map(|run| &run.items).map(|item| item.renditions.len());
        work.light.len() + runs.sum::<usize>()
    }

    /// Whether several renditions of a window are missing.
    pub(super) fn has_shared(&self) -> bool {
        let work = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work.runs.iter().flat_map(|run| &run.items).any(|item| item.renditions.len() > 1)
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// The next item for the owner of a run; `None` if there are no more. For nobody there are only `first` and light items.
    ///
    /// After `first`, the owner continues its run, or starts the next run that has no owner, or takes a light item, or
    /// takes over the later half of the longest run. Items in `first` come up again in their usual order.
    pub(super) fn take(&self, owner: Option<usize>) -> Option<WorkItem> {
        let mut work = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(item) = work.first.pop_front() {
            return Some(item);
        }
        let Some(owner) = owner else { return work.light.pop_front() };
        work.runs.retain(|run| !run.items.is_empty());
        let current = work.runs.iter_mut().find(|run| run.owner == Some(owner));
        if let Some(item) = current.and_then(|run| run.items.pop_front()) {
            return Some(item);
        }
        if let Some(run) = work.runs.iter_mut().find(|run| run.owner.is_none()) {
            run.owner = Some(owner);
            return run.items.pop_front();
        }
        if let Some(item) = work.light.pop_front() {
            return Some(item);
        }
        let longest = work.runs.iter_mut().max_by_key(|run| run.items.len())?;
        let mut items = longest.items.split_off(longest.items.len() / 2);
        let item = items.pop_front();
        work.runs.push(Run { items, owner: Some(owner) });
        item
    }
}

impl Work {
    fn is_empty(&self) -> bool {
        self.first.is_empty() && self.light.is_empty() && self.runs.iter().all(|run| run.items.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs from one index to before another.
    fn queue(runs: &[(u32, u32)], light: u32) -> Queue {
        let item = |index| WorkItem { renditions: vec![0], index };
        let runs = runs.iter().map(|&(first, end)| Run { items: (first..end).map(item).collect(), owner: None });
        let light = (0..light).map(|index| WorkItem { renditions: vec![1], index }).collect();
        Queue(Mutex::new(Work { first: VecDeque::new(), runs: runs.collect(), light }))
    }

    #[test]
    fn owners_stay_on_their_run() {
        let queue = queue(&[(0, 2), (2, 4)], 0);
        let taken = [0, 1, 0, 1].map(|worker| queue.take(Some(worker)).unwrap().index);
        assert_eq!(taken, [0, 2, 1, 3]);
        assert_eq!(queue.take(Some(0)), None);
    }

    #[test]
    fn an_idle_owner_takes_light_items_and_then_the_later_half() {
        let queue = queue(&[(0, 9)], 1);
        assert_eq!(queue.take(Some(0)).unwrap().index, 0);
        assert_eq!(queue.take(Some(1)).unwrap().renditions, [1]);
        assert_eq!(queue.take(Some(1)).unwrap().index, 5);
        assert_eq!(queue.take(Some(1)).unwrap().index, 6);
        assert_eq!(queue.take(Some(0)).unwrap().index, 1);
    }

    #[test]
    fn what_belongs_to_nobody_is_light() {
        let queue = queue(&[(0, 9)], 2);
        let light = [queue.take(None), queue.take(None)].map(|item| item.unwrap().renditions);
        assert_eq!((light, queue.take(None)), ([vec![1], vec![1]], None));
        assert!(!queue.is_empty());
    }

    #[test]
    fn every_item_is_given_out_once() {
        let queue = queue(&[(0, 7), (7, 8), (8, 30)], 5);
        let mut seen: Vec<_> =
            (0..).map_while(|turn| queue.take(Some(turn % 3))).map(|item| (item.renditions, item.index)).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 35);
    }
}
