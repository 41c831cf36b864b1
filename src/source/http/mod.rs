//! Files on web servers, read in ranges.

mod address;
mod backoff;
mod cache;
mod client;
mod fetching;
mod options;
mod polled;
mod reader;
mod resolver;

pub use options::HttpOptions;
pub(crate) use reader::HttpReader;
