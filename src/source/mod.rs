//! Where media comes from: anything with a known length that can be read at any offset.

mod boxes;
mod bytes;
mod context;
mod file;
mod handle;
#[cfg(feature = "http")]
mod http;
mod joined;
mod named;
mod read_at;
mod reader;
mod transport;
mod webp;

pub(crate) use boxes::{ByteRange, MAX_BOXES, Named, expect_movie, first_fragment, first_movie, read_header};
#[cfg(test)]
pub(crate) use boxes::{boxed, words};
pub(crate) use context::Context;
pub use handle::Source;
#[cfg(feature = "http")]
pub use http::HttpOptions;
pub(crate) use named::{other_subtitles, refusal as named_refusal};
pub use read_at::ReadAt;
pub(crate) use transport::{Survey, descriptors, stream_descriptors};
