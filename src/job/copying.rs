//! Copying segments into a folder. They get their names many at a time, as a disk takes hardly longer for several files than
//! for one.

use super::queue::WorkItem;
use super::run::Run;
use crate::base::{Result, guarded};
use crate::package::Staged;
use crate::plan::Rendition;
use crate::segment::SegmentMaker;
use crate::sink::Target;

impl Run {
    /// Whether batch workers leave it to another thread to name what they copy.
    pub(super) fn names_apart(&self) -> bool {
        self.source.is_file() && self.plan.renditions().iter().any(Rendition::is_passthrough)
    }

    /// Copies the item's segment and leaves it to that thread, if it is a segment of this kind and the sink a folder; returns
    /// whether it is.
    pub(super) fn copy(&self, maker: &mut SegmentMaker, item: &WorkItem) -> Result<bool> {
        let &[position] = item.renditions.as_slice() else { return Ok(false) };
        let rendition = self.plan.renditions().get(position).filter(|rendition| rendition.is_passthrough());
        let Some(rendition) = rendition.filter(|_| self.source.is_file()) else { return Ok(false) };
        let write = |target: &mut dyn Target| maker.copy(rendition, item.index, target);
        let Some(staged) = self.output.stage(&rendition.segment_key(item.index), write)? else { return Ok(false) };
        self.save_damage()?;
        self.naming.add(((position, item.index), staged), &self.stop)?;
        Ok(true)
    }

    /// Names what the batch workers have copied.
    pub(super) fn run_naming(&self) -> Result<()> {
        guarded(|| self.name_all()).unwrap_or_else(|error| self.fail(error));
        // After a failure, before which no more is added.
        self.naming.clear();
        Ok(())
    }

    fn name_all(&self) -> Result<()> {
        while let Some(copied) = self.naming.take(&self.stop)? {
            let (ids, staged): (Vec<_>, Vec<_>) = copied.into_iter().unzip();
            let sizes: Vec<u64> = staged.iter().map(Staged::len).collect();
            self.output.publish(staged)?;
            for (&id, &size) in ids.iter().zip(&sizes) {
                self.complete(id, size);
                self.report_progress()?;
            }
            self.naming.done(sizes.len(), sizes.iter().sum());
        }
        Ok(())
    }
}
