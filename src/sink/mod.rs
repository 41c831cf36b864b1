//! Where output goes: files by key, each written completely or not at all.

mod callback;
mod dir;
mod handle;
mod memory;

pub use callback::CallbackSink;
pub use dir::DirSink;
pub(crate) use dir::unfinished;
pub(crate) use handle::write_error;
pub use handle::{SharedSink, Sink};
pub use memory::MemorySink;
