//! What every function that reads a source needs.

use super::handle::Source;
use crate::base::{Limits, Watch};

/// A source, and the watch that says when to stop reading it.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) source: Source,
    pub(crate) watch: Watch,
}

impl Context {
    /// For work without a time limit, which runs until it is done or cancelled.
    pub(crate) fn new(source: &Source) -> Self {
        Self { source: source.clone(), watch: Watch::new(source.cancel_token()) }
    }

    /// For probing and planning, which [`Limits::wall_time`] bounds.
    pub(crate) fn timed(source: &Source) -> Self {
        let context = Self::new(source);
        Self { watch: context.watch.within(source.limits().wall_time), ..context }
    }

    pub(crate) fn limits(&self) -> &Limits {
        self.source.limits()
    }
}
