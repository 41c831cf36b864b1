//! Where output goes: files by key, each written completely or not at all.

mod callback;
mod dir;
mod draft;
mod handle;
mod memory;
mod target;

pub use callback::CallbackSink;
pub use dir::DirSink;
pub(crate) use draft::{Draft, unfinished};
pub use handle::{SharedSink, Sink};
pub(crate) use handle::{is_full, write_error};
pub use memory::MemorySink;
pub(crate) use target::Target;
