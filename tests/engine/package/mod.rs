//! Packages in a sink.

mod captions;
mod opened;
mod overwriting;
mod progressive;
mod removal;
