//! Where output goes: files by key, each written completely or not at all.

mod callback;
mod dir;
mod handle;
mod memory;

pub use callback::CallbackSink;
pub use dir::DirSink;
pub(crate) use dir::unfinished;
pub use handle::{SharedSink, Sink};
pub(crate) use handle::{is_full, write_error};
pub use memory::MemorySink;
