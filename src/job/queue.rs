//! Which worker does what next.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::media::SeekPoint;
use crate::plan::{Plan, Track, TrackKind, Window};

/// One piece of work: segment `index` of these tracks of the plan, which are made together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) tracks: Vec<usize>,
    pub(super) index: u32,
}

/// Video windows that begin with the same packet of the source: whoever does one has the others ahead.
struct Run {
    from: SeekPoint,
    tasks: VecDeque<Task>,
    owner: Option<usize>,
}

/// The work that is left.
pub(super) struct Queue(Mutex<Work>);

struct Work {
    /// What comes before all else, so that playing can begin.
    first: VecDeque<Task>,
    runs: Vec<Run>,
    /// Sound, what is copied, and sheets of a storyboard: little work, and nothing that one task has from another.
    light: VecDeque<Task>,
}

impl Queue {
    /// All segments of `plan` for which `missing(track, index)` holds, `first` before the others.
    pub(super) fn new(plan: &Plan, first: &[(usize, u32)], missing: impl Fn(usize, u32) -> bool) -> Self {
        let positions = |heavy: bool| {
            let encoded = |track: &Track| matches!(track.kind, TrackKind::Video(_)) && !track.is_copied();
            plan.tracks.iter().enumerate().filter(move |(_, track)| encoded(track) == heavy)
        };
        let mut runs: Vec<Run> = Vec::new();
        let windows = plan.video.iter().flat_map(|pictures| &pictures.windows).zip(0..);
        for (Window { from, .. }, index) in windows {
            let tracks: Vec<usize> =
                positions(true).map(|(track, _)| track).filter(|&track| missing(track, index)).collect();
            if tracks.is_empty() {
                continue;
            }
            let task = Task { tracks, index };
            match runs.last_mut().filter(|run| run.from == *from) {
                Some(run) => run.tasks.push_back(task),
                None => runs.push(Run { from: *from, tasks: VecDeque::from([task]), owner: None }),
            }
        }
        let light = positions(false)
            .flat_map(|(position, track)| (0..track.segments).map(move |index| (position, index)))
            .filter(|&(track, index)| missing(track, index))
            .map(|(track, index)| Task { tracks: vec![track], index });
        let first = first.iter().filter(|&&(track, index)| missing(track, index));
        let first = first.map(|&(track, index)| Task { tracks: vec![track], index }).collect();
        Self(Mutex::new(Work { first, light: light.collect(), runs }))
    }

    /// How many tasks are left, those that come first aside.
    pub(super) fn len(&self) -> usize {
        let work = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work.light.len() + work.runs.iter().map(|run| run.tasks.len()).sum::<usize>()
    }

    /// The next task for `worker`, or `None` when all are given out.
    ///
    /// What comes first is given out a second time in its place. A worker goes on where its decoder is; else it takes the next run that nobody has begun; else what is light,
    /// whose small pieces fill the time until the others are done; else the later half of what another
    /// worker still has before it.
    pub(super) fn take(&self, worker: usize) -> Option<Task> {
        let mut work = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = work.first.pop_front() {
            return Some(task);
        }
        work.runs.retain(|run| !run.tasks.is_empty());
        let own = work.runs.iter_mut().find(|run| run.owner == Some(worker));
        if let Some(task) = own.and_then(|run| run.tasks.pop_front()) {
            return Some(task);
        }
        if let Some(run) = work.runs.iter_mut().find(|run| run.owner.is_none()) {
            run.owner = Some(worker);
            return run.tasks.pop_front();
        }
        if let Some(task) = work.light.pop_front() {
            return Some(task);
        }
        let longest = work.runs.iter_mut().max_by_key(|run| run.tasks.len())?;
        let mut tasks = longest.tasks.split_off(longest.tasks.len() / 2);
        let (from, task) = (longest.from, tasks.pop_front());
        work.runs.push(Run { from, tasks, owner: Some(worker) });
        task
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(pts: i64) -> SeekPoint {
        SeekPoint { pts: Some(pts), dts: None, pos: None }
    }

    fn queue(runs: &[(i64, std::ops::Range<u32>)], sounds: u32) -> Queue {
        let task = |index| Task { tracks: vec![0], index };
        let runs = runs.iter().map(|(pts, indexes)| Run {
            from: point(*pts),
            tasks: indexes.clone().map(task).collect(),
            owner: None,
        });
        let light = (0..sounds).map(|index| Task { tracks: vec![1], index }).collect();
        Queue(Mutex::new(Work { first: VecDeque::new(), runs: runs.collect(), light }))
    }

    #[test]
    fn workers_stay_on_their_own_run() {
        let queue = queue(&[(0, 0..2), (5, 2..4)], 0);
        let taken = [0, 1, 0, 1].map(|worker| queue.take(worker).unwrap().index);
        assert_eq!(taken, [0, 2, 1, 3]);
        assert_eq!(queue.take(0), None);
    }

    #[test]
    fn an_idle_worker_takes_sound_and_then_the_later_half() {
        let queue = queue(&[(0, 0..9)], 1);
        assert_eq!(queue.take(0).unwrap().index, 0);
        assert_eq!(queue.take(1).unwrap().tracks, [1]);
        assert_eq!(queue.take(1).unwrap().index, 5);
        assert_eq!(queue.take(1).unwrap().index, 6);
        assert_eq!(queue.take(0).unwrap().index, 1);
    }

    #[test]
    fn every_task_is_given_out_once() {
        let queue = queue(&[(0, 0..7), (3, 7..8), (4, 8..30)], 5);
        let mut seen: Vec<_> =
            (0..).map_while(|turn| queue.take(turn % 3)).map(|task| (task.tracks, task.index)).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 35);
    }
}
