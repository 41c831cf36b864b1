//! A plan as tasks: for hosts that spread the work themselves.

use serde::{Deserialize, Serialize};

use super::plan::Plan;
use super::rendition::{Media, Rendition};

/// Consecutive segments that are cheaper made together than apart, as they share a decoder.
///
/// Tasks depend on nothing but the plan: in whatever order, and wherever they are done, the bytes are the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Task {
    /// The ids of the renditions.
    pub renditions: Vec<String>,
    /// Index of the first segment, of each of the renditions.
    pub first: u32,
    /// Number of segments, of each of the renditions.
    pub count: u32,
    /// What the task costs, in pixels that are encoded: to be compared with other tasks of the same plan.
    pub cost: u64,
}

impl Plan {
    /// All segments of the plan as tasks: of all video renditions that are encoded the windows that share a decoder, of
    /// other renditions each segment alone.
    ///
    /// ```
    /// # fn longest(plan: &vodkit::Plan) -> Option<vodkit::plan::Task> {
    /// let mut tasks = plan.tasks();
    /// // The most expensive first, so that all workers end at about the same time.
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
    /// Whether its frames are decoded and encoded, so that it is made together with others of the kind.
    pub(crate) fn is_encoded_video(&self) -> bool {
        matches!(self.media, Media::Video(..)) && !self.is_passthrough()
    }
}
