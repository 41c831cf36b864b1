//! What work on a source carries with it.

use super::handle::Source;
use crate::base::{Limits, Watch};

/// A source, and when to stop reading it.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) source: Source,
    pub(crate) watch: Watch,
}

impl Context {
    /// For work that ends when it is done or cancelled.
    pub(crate) fn new(source: &Source) -> Self {
        Self { source: source.clone(), watch: Watch::new(source.cancel_token()) }
    }

    /// For work that the limits give a time to: probing and planning.
    pub(crate) fn timed(source: &Source) -> Self {
        let context = Self::new(source);
        Self { watch: context.watch.within(source.limits().wall_time), ..context }
    }

    pub(crate) fn limits(&self) -> &Limits {
        self.source.limits()
    }
}
