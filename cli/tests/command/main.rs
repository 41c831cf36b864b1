//! The command as people run it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../runs/mod.rs"]
mod runs;

mod bench;
mod commands;
mod errors;
mod outputs;
mod same_bytes;
#[cfg(unix)]
mod serve;
