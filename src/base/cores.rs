//! How many cores there are.

use std::num::NonZero;
use std::sync::OnceLock;
use std::thread;

/// The cores that this process may use, at least one. Asked once: on Linux that reads files.
pub(crate) fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get))
}
