//! The worker threads of a job.

use std::io;
use std::thread::{self, Scope, ScopedJoinHandle};

use bytes::Bytes;

use super::pool::Worker;
use super::queue::{Queue, WorkItem};
use super::requests::Next;
use super::run::{CURRENT_JOB, Run, no_thread};
use super::windows::{Lane, Windows};
use crate::base::{Error, Result, Watch, guarded};
use crate::segment::{SegmentMaker, Step};
use crate::source::Context;

impl Run {
    /// Runs the workers until all segments are made or one fails.
    pub(super) fn run_workers(&self) -> Result<()> {
        let startup = &self.startup_segments;
        let queue = Queue::new(&self.plan, startup, |position, index| self.requests.is_missing((position, index)));
        let windows = Windows::new(&self.plan, self.workers, queue.has_shared());
        self.requests.open();
        thread::scope(|scope| {
            let naming = self.start_naming(scope);
            let batch = self.start_batch(scope, &queue, &windows);
            let request = self.start_request(scope);
            // Playing begins with these, and a picture far inside the source is as much work as they are.
            self.requests.await_first(startup, self.options.on_request, || self.stop.is_cancelled());
            guarded(|| self.put_thumbnail()).unwrap_or_else(|error| self.fail(error));
            // The scope itself waits only for the closures, not for the threads to exit. A host may unload the library.
            join(batch);
            self.naming.close();
            join(naming);
            self.requests.close();
            join(request);
        });
        self.failure().clone().map_or(Ok(()), Err)
    }

    /// Starts the batch workers. The job goes on with fewer if not all can be started, but fails without any.
    fn start_batch<'scope, 'env>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
        queue: &'env Queue,
        windows: &'env Windows<'env>,
    ) -> Vec<ScopedJoinHandle<'scope, ()>> {
        let count = if self.options.on_request { self.workers } else { self.workers.min(queue.segments()) };
        let mut threads = Vec::new();
        for worker in 0..count {
            match self.start(scope, format!("vodkit-{worker}"), Work::Batch(worker, queue, windows)) {
                Ok(thread) => threads.push(thread),
                Err(cause) if worker == 0 => self.fail(no_thread(cause)),
                Err(_) => break,
            }
            if self.stop.is_cancelled() {
                break;
            }
        }
        threads
    }

    /// Starts the thread that names copied segments, if there are such.
    fn start_naming<'scope, 'env>(&'env self, scope: &'scope Scope<'scope, 'env>) -> Vec<ScopedJoinHandle<'scope, ()>> {
        let started = self.names_apart().then(|| self.start(scope, "vodkit-name".into(), Work::Naming));
        let thread = started.and_then(|thread| thread.map_err(|cause| self.fail(no_thread(cause))).ok());
        thread.into_iter().collect()
    }

    /// Starts the request workers. Without any the job fails, as batch workers would pause for requests forever.
    fn start_request<'scope, 'env>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
    ) -> Vec<ScopedJoinHandle<'scope, ()>> {
        let segments = self.plan.renditions().iter().map(|rendition| rendition.segment_count as usize).sum();
        let count = self.workers.min(segments);
        let threads =
            (0..count).map_while(|worker| self.start(scope, format!("vodkit-req-{worker}"), Work::Request).ok());
        let threads: Vec<_> = threads.collect();
        if threads.is_empty() && count > 0 {
            self.fail(no_thread(io::ErrorKind::OutOfMemory.into()));
        }
        threads
    }

    /// Starts a thread. Its error is the job's.
    fn start<'scope, 'env>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
        name: String,
        work: Work<'env>,
    ) -> io::Result<ScopedJoinHandle<'scope, ()>> {
        let body = move || guarded(|| work.run(self)).unwrap_or_else(|error| self.fail(error));
        thread::Builder::new().name(name).spawn_scoped(scope, body)
    }

    /// Ends the job with an error. The first one counts, as it is the cause of the others.
    pub(super) fn fail(&self, error: Error) {
        self.failure().get_or_insert(error);
        self.stop.cancel();
    }

    /// For making segments: what cannot be decoded is the job's to tell.
    fn context(&self, watch: Watch) -> Context {
        let mut context = Context::watched(&self.source, watch);
        context.damage = self.damage.clone();
        context
    }

    /// A batch worker: goes through the package.
    fn run_batch<'env>(&'env self, worker: usize, queue: &Queue, windows: &Windows<'env>) -> Result<()> {
        let watch = Watch::new(&self.stop).with_pause(self.requests.pause(worker));
        let mut maker = SegmentMaker::checked(self.context(watch.clone()), &self.plan);
        let mut turn = None;
        while self.await_work()? {
            turn = self.await_turn(turn.take())?;
            let mut has_helped = false;
            // With its turn: of a window that waited for another one its encoders would stay open.
            while self.work_on(windows, &mut maker, &watch)? {
                has_helped = true;
            }
            if has_helped {
                // The beginning was decoded apart.
                maker.close_video();
                continue;
            }
            let lane = windows.lane();
            let owner = if windows.is_shared() { lane.as_ref().map(|lane| lane.number) } else { Some(worker) };
            match (self.next_item(worker, queue, owner)?, lane) {
                (Some(item), Some(lane)) if item.renditions.len() > 1 => self.open(lane, item, &maker, &watch)?,
                (Some(item), lane) => {
                    drop(lane);
                    self.make_alone(&mut maker, &item)?;
                }
                (None, _) if self.options.on_request => {}
                (None, lane) => {
                    drop(lane);
                    if queue.is_empty() && windows.is_empty() {
                        break;
                    }
                    turn = None;
                    windows.wait();
                }
            }
            // While it waits for requests, other jobs may use the worker.
            if self.options.on_request {
                turn = None;
            }
        }
        Ok(())
    }

    /// Goes on with a window, if there is one to go on with.
    fn work_on<'env>(&'env self, windows: &Windows<'env>, maker: &mut SegmentMaker, watch: &Watch) -> Result<bool> {
        watch.check()?;
        let Some((shared, step)) = windows.step(watch)? else { return Ok(false) };
        let (item, source) = (&shared.item, self.plan.source_video());
        let (place, bytes) = match (step, source) {
            (Step::Made(place, bytes), _) => (place, Some(bytes)),
            (Step::Again(attempt), Some(source)) => {
                (attempt.place(), maker.make_again(source, attempt, item.index)?.into_iter().next())
            }
            _ => return Ok(true),
        };
        if let Some((&position, bytes)) = item.renditions.get(place).zip(bytes) {
            self.save_damage()?;
            self.put((position, item.index), bytes)?;
            self.report_progress()?;
        }
        Ok(true)
    }

    /// Opens the window of an item for all workers.
    fn open<'env>(&'env self, lane: Lane<'_, 'env>, item: WorkItem, maker: &SegmentMaker, watch: &Watch) -> Result<()> {
        let Some(source) = self.plan.source_video() else { return Ok(()) };
        lane.open(&self.plan, source, item, watch, || maker.open_video(source))
    }

    /// Waits until there may be something to make; `false` if there will be nothing any more.
    fn await_work(&self) -> Result<bool> {
        while self.options.on_request && !self.requests.has_prefetch() {
            if self.stop.is_cancelled() {
                return Err(Error::cancelled());
            }
            if self.requests.all_sizes().is_some() {
                return Ok(false);
            }
            self.requests.wait_for_prefetch();
        }
        Ok(true)
    }

    /// Waits for a worker of the shared pool, or for another turn of `held`; `None` without a pool.
    fn await_turn(&self, held: Option<Worker>) -> Result<Option<Worker>> {
        let Some(pool) = &self.options.pool else { return Ok(None) };
        let turn = pool.acquire(held, self.options.priority, || self.stop.is_cancelled());
        turn.map(Some).ok_or_else(Error::cancelled)
    }

    /// What to make next; see [`Queue::take`] for the owner.
    fn next_item(&self, worker: usize, queue: &Queue, owner: Option<usize>) -> Result<Option<WorkItem>> {
        loop {
            if self.stop.is_cancelled() {
                return Err(Error::cancelled());
            }
            if let Some(item) = self.requests.take_prefetch(worker) {
                return Ok(Some(item));
            }
            if self.options.on_request {
                return Ok(None);
            }
            let Some(item) = queue.take(owner) else { return Ok(None) };
            if let Some(item) = self.requests.take(worker, item) {
                return Ok(Some(item));
            }
        }
    }

    /// A request worker: makes what is requested.
    fn run_requests(&self) -> Result<()> {
        let mut reused = None;
        loop {
            let (cancel, mut maker) = reused.take().unwrap_or_else(|| {
                let cancel = self.stop.child();
                let maker = SegmentMaker::checked(self.context(Watch::new(&cancel)), &self.plan);
                (cancel, maker)
            });
            match self.requests.next(&cancel) {
                Next::Exit => return Ok(()),
                // Dropping the maker closes the source and its decoders.
                Next::Idle => {}
                Next::Make(position, index) => {
                    let item = WorkItem { renditions: vec![position], index };
                    match guarded(|| self.make(&mut maker, &item)) {
                        Ok(()) => reused = Some((cancel, maker)),
                        Err(error) => self.requests.fail((position, index), error),
                    }
                }
            }
        }
    }

    /// Makes what no other worker helps with.
    fn make_alone(&self, maker: &mut SegmentMaker, item: &WorkItem) -> Result<()> {
        if self.copy(maker, item)? { Ok(()) } else { self.make(maker, item) }
    }

    /// Makes an item's segments, writes them and reports progress.
    fn make(&self, maker: &mut SegmentMaker, WorkItem { renditions, index }: &WorkItem) -> Result<()> {
        let positions = renditions;
        let renditions: Vec<_> =
            positions.iter().filter_map(|&position| self.plan.renditions().get(position)).collect();
        let segments = maker.make(&renditions, *index)?;
        self.save_damage()?;
        for (position, bytes) in positions.iter().zip(segments) {
            self.put((*position, *index), bytes)?;
        }
        self.report_progress()
    }

    /// Writes a segment and counts it.
    fn put(&self, (position, index): (usize, u32), bytes: Bytes) -> Result<()> {
        let size = bytes.len() as u64;
        if let Some(rendition) = self.plan.renditions().get(position) {
            self.output.put_segment(&rendition.segment_key(index), bytes)?;
        }
        self.complete((position, index), size);
        Ok(())
    }

    /// Counts a segment that has its name.
    pub(super) fn complete(&self, (position, index): (usize, u32), size: u64) {
        // Counted before waiting requests return, so that progress includes what they got.
        let rendition = self.plan.renditions().get(position);
        self.meter.done(1, rendition.map_or(0, |rendition| rendition.cost(index)));
        self.requests.complete((position, index), size);
    }
}

/// The role of a worker thread.
enum Work<'queue> {
    /// A batch worker, with its number.
    Batch(usize, &'queue Queue, &'queue Windows<'queue>),
    /// A request worker.
    Request,
    /// Names what was copied.
    Naming,
}

impl<'queue> Work<'queue> {
    fn run(self, run: &'queue Run) -> Result<()> {
        CURRENT_JOB.set(run);
        match self {
            Self::Batch(worker, queue, windows) => run.run_batch(worker, queue, windows),
            Self::Request => run.run_requests(),
            Self::Naming => run.run_naming(),
        }
    }
}

fn join(threads: Vec<ScopedJoinHandle<'_, ()>>) {
    for thread in threads {
        let _ = thread.join();
    }
}
