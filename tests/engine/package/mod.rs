//! Packages in a sink.

mod captions;
mod overwriting;
mod progressive;
