//! The sheets of a storyboard, on all cores: none needs what another one has decoded.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use bytes::Bytes;
use vodkit::{Error, ErrorKind, Plan, Result, SegmentMaker, Source};

/// Makes sheets of a rendition and passes each to `write`, in whatever order they are ready.
pub(crate) fn make(
    source: &Source,
    plan: &Plan,
    rendition: &str,
    range: &RangeInclusive<u32>,
    write: impl Fn(u32, Bytes) -> Result<()> + Sync,
) -> Result<()> {
    let next = AtomicU32::new(*range.start());
    let work = || {
        let mut maker = SegmentMaker::new(source, plan)?;
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if !range.contains(&index) {
                return Ok(());
            }
            let made = maker.segment(rendition, index).and_then(|bytes| write(index, bytes));
            if made.is_err() {
                // The others stop after what they are at.
                next.store(range.end().saturating_add(1), Ordering::Relaxed);
                return made;
            }
        }
    };
    let sheets = (range.end() - range.start()).saturating_add(1) as usize;
    let others = thread::available_parallelism().map_or(1, usize::from).min(sheets) - 1;
    thread::scope(|scope| {
        // Where there is no other thread, this one does all.
        let started: Vec<_> =
            (0..others).filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok()).collect();
        let own = work();
        let panicked = |_| Err(Error::new(ErrorKind::Internal, "a thread that made sheets panicked"));
        started.into_iter().map(|thread| thread.join().unwrap_or_else(panicked)).fold(own, Result::and)
    })
}
