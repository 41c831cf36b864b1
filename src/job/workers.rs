//! The threads of a job.

use std::io;
use std::thread::{self, Scope, ScopedJoinHandle};

use super::pool::Worker;
use super::queue::{Queue, WorkItem};
use super::requests::Next;
use super::run::{OWN_JOB, Run, no_thread};
use crate::base::{Error, Result, Watch, guarded};
use crate::segment::SegmentMaker;
use crate::source::Context;

impl Run {
    /// Runs the workers until the queue is empty or one fails.
    pub(super) fn work_off(&self) -> Result<()> {
        let queue = Queue::new(&self.plan, &self.first, |position, index| self.requests.is_missing((position, index)));
        let fillers = if self.options.on_request { self.workers } else { self.workers.min(queue.len()) };
        self.requests.open();
        thread::scope(|scope| {
            let mut filling = Vec::new();
            for worker in 0..fillers {
                match self.start(scope, format!("vodkit-{worker}"), Work::Fill(worker, &queue)) {
                    Ok(thread) => filling.push(thread),
                    Err(cause) if worker == 0 => self.fail(no_thread(cause)),
                    // Fewer do it as well.
                    Err(_) => break,
                }
                if self.stop.is_cancelled() {
                    break;
                }
            }
            let servers =
                self.workers.min(self.plan.renditions().iter().map(|rendition| rendition.segment_count as usize).sum());
            let serving =
                (0..servers).map_while(|worker| self.start(scope, format!("vodkit-ask-{worker}"), Work::Serve).ok());
            let serving: Vec<_> = serving.collect();
            if serving.is_empty() && servers > 0 {
                // Others would hold still for them.
                self.fail(no_thread(io::ErrorKind::OutOfMemory.into()));
            }
            guarded(|| self.put_thumbnail()).unwrap_or_else(|error| self.fail(error));
            // The scope alone would wait for their work, not until they are gone; a host may unload the library.
            join(filling);
            self.requests.close();
            join(serving);
        });
        self.failure().clone().map_or(Ok(()), Err)
    }

    /// Starts a thread, whose failure is the job's.
    fn start<'scope, 'env>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
        name: String,
        work: Work<'env>,
    ) -> io::Result<ScopedJoinHandle<'scope, ()>> {
        let body = move || guarded(|| work.run(self)).unwrap_or_else(|error| self.fail(error));
        thread::Builder::new().name(name).spawn_scoped(scope, body)
    }

    pub(super) fn fail(&self, error: Error) {
        // The first failure is the cause; the others were only stopped by it.
        self.failure().get_or_insert(error);
        self.stop.cancel();
    }

    /// Goes through the package.
    fn fill(&self, worker: usize, queue: &Queue) -> Result<()> {
        let watch = Watch::new(&self.stop).with_pause(self.requests.pause(worker));
        let mut maker = SegmentMaker::checked(Context { source: self.source.clone(), watch }, &self.plan);
        let mut turn = None;
        while self.await_work()? {
            turn = self.await_turn(turn.take())?;
            match self.next_item(worker, queue)? {
                Some(item) => self.make(&mut maker, &item)?,
                None if self.options.on_request => {}
                None => break,
            }
            // Who waits for requests lets others work meanwhile.
            if self.options.on_request {
                turn = None;
            }
        }
        Ok(())
    }

    /// Waits until there may be something to make; whether there will be.
    fn await_work(&self) -> Result<bool> {
        while self.options.on_request && !self.requests.has_ahead() {
            if self.stop.is_cancelled() {
                return Err(Error::cancelled());
            }
            if self.requests.all_sizes().is_some() {
                return Ok(false);
            }
            self.requests.idle();
        }
        Ok(true)
    }

    /// Waits for a worker of the pool that the job shares with others.
    fn await_turn(&self, had: Option<Worker>) -> Result<Option<Worker>> {
        let Some(pool) = &self.options.pool else { return Ok(None) };
        let turn = pool.acquire(had, self.options.priority, || self.stop.is_cancelled());
        turn.map(Some).ok_or_else(Error::cancelled)
    }

    fn next_item(&self, worker: usize, queue: &Queue) -> Result<Option<WorkItem>> {
        loop {
            if self.stop.is_cancelled() {
                return Err(Error::cancelled());
            }
            if let Some(item) = self.requests.take_ahead(worker) {
                return Ok(Some(item));
            }
            if self.options.on_request {
                return Ok(None);
            }
            let Some(item) = queue.take(worker) else { return Ok(None) };
            if let Some(item) = self.requests.take(worker, item) {
                return Ok(Some(item));
            }
        }
    }

    /// Makes what is asked for.
    fn serve(&self) -> Result<()> {
        let mut held = None;
        loop {
            let (cancel, mut maker) = held.take().unwrap_or_else(|| {
                let cancel = self.stop.child();
                let context = Context { source: self.source.clone(), watch: Watch::new(&cancel) };
                (cancel, SegmentMaker::checked(context, &self.plan))
            });
            match self.requests.next(&cancel) {
                Next::Exit => return Ok(()),
                // The source is closed, and decoders go.
                Next::Idle => {}
                Next::Make(position, index) => {
                    let item = WorkItem { renditions: vec![position], index };
                    match guarded(|| self.make(&mut maker, &item)) {
                        Ok(()) => held = Some((cancel, maker)),
                        Err(error) => self.requests.failed((position, index), error),
                    }
                }
            }
        }
    }

    fn make(&self, maker: &mut SegmentMaker, WorkItem { renditions, index }: &WorkItem) -> Result<()> {
        let wanted: Vec<_> = renditions.iter().filter_map(|&position| self.plan.renditions().get(position)).collect();
        let segments = maker.make(&wanted, *index)?;
        for ((position, rendition), bytes) in renditions.iter().zip(&wanted).zip(segments) {
            let size = bytes.len() as u64;
            self.output.put(&rendition.segment_key(*index), bytes)?;
            // Who gets it because it was made finds it counted.
            self.meter.done(1, rendition.cost(*index));
            self.requests.made((*position, *index), size);
        }
        self.tell()
    }
}

/// What a thread of a job is for.
enum Work<'queue> {
    /// To go through the package, as the worker of this number.
    Fill(usize, &'queue Queue),
    /// To make what is asked for.
    Serve,
}

impl Work<'_> {
    fn run(self, run: &Run) -> Result<()> {
        OWN_JOB.set(run);
        match self {
            Self::Fill(worker, queue) => run.fill(worker, queue),
            Self::Serve => run.serve(),
        }
    }
}

fn join(threads: Vec<ScopedJoinHandle<'_, ()>>) {
    for thread in threads {
        let _ = thread.join();
    }
}
