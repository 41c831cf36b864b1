//! Sources behind links.

mod address;
mod backoff;
mod cache;
mod client;
mod options;
mod polled;
mod reader;
mod resolver;

pub use options::HttpOptions;
pub(crate) use reader::HttpReader;
