//! Where video comes from: anything that can be read at a position and knows its length.

mod bytes;
mod file;
mod handle;
#[cfg(feature = "http")]
mod http;
mod reader;

pub use self::bytes::BytesSource;
pub use file::FileSource;
pub use handle::{SharedSource, Source};
pub(crate) use handle::{digest, read_error, read_exact_at, shrunk};
#[cfg(feature = "http")]
pub use http::{HttpOptions, HttpSource};
pub use reader::ReaderSource;
