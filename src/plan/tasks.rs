//! Tasks of a plan, for hosts that distribute the work themselves.

use serde::{Deserialize, Serialize};

use super::plan::Plan;
use super::rendition::{Media, Rendition};

/// Consecutive segments that are cheaper to make together, as they share a decoder.
///
/// Tasks are independent of each other: in whatever order and on whatever machine they are done, the bytes are the
/// same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Task {
    /// Ids of the renditions.
    pub renditions: Vec<String>,
    /// Index of the first segment in each of the renditions.
    pub first: u32,
    /// Number of segments in each of the renditions.
    pub count: u32,
    /// Estimated cost in encoded pixels, comparable only within the plan.
    pub cost: u64,
}

impl Plan {
    /// All segments of the plan as tasks. Encoded video makes one task, with all its renditions, of each run of windows
    /// that begin at the same packet; any other segment is a task of its own.
    ///
    /// ```
    /// # fn longest(plan: &vodkit::Plan) -> Option<vodkit::plan::Task> {
    /// let mut tasks = plan.tasks();
    /// // The most expensive first, so that all workers finish at about the same time.
    /// tasks.sort_by_key(|task| std::cmp::Reverse(task.cost));
    /// # tasks.into_iter().next() }
    /// ```
    pub fn tasks(&self) -> Vec<Task> {
        let encoded: Vec<&Rendition> =
            self.renditions().iter().filter(|rendition| rendition.is_encoded_video()).collect();
        let mut tasks: Vec<Task> = Vec::new();
        let windows = self.source_video().into_iter().flat_map(|video| &video.windows);
        let mut last = None;
        for (window, index) in windows.zip(0_u32..).filter(|_| !encoded.is_empty()) {
            let cost = encoded.iter().map(|rendition| rendition.cost(index)).sum::<u64>();
            match tasks.last_mut().filter(|_| last == Some(window.seek)) {
                Some(task) => (task.count, task.cost) = (task.count + 1, task.cost + cost),
                None => {
                    let renditions = encoded.iter().map(|rendition| rendition.id.clone()).collect();
                    tasks.push(Task { renditions, first: index, count: 1, cost });
                }
            }
            last = Some(window.seek);
        }
        for rendition in self.renditions().iter().filter(|rendition| !rendition.is_encoded_video()) {
            let task = |index| {
                let renditions = vec![rendition.id.clone()];
                Task { renditions, first: index, count: 1, cost: rendition.cost(index) }
            };
            tasks.extend((0..rendition.segment_count).map(task));
        }
        tasks
    }
}

impl Rendition {
    /// Whether it is encoded video, which is made together with other encoded video from one decoder.
    pub(crate) fn is_encoded_video(&self) -> bool {
        matches!(self.media, Media::Video(..)) && !self.is_passthrough()
    }
}
