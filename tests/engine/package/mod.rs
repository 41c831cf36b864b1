//! Packages in a sink.

mod captions;
mod progressive;
