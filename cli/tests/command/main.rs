//! The command as people run it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../../tests/common/mod.rs"]
mod common;
#[path = "../runs/mod.rs"]
mod runs;

mod commands;
mod errors;
mod outputs;
mod same_bytes;
#[cfg(unix)]
mod serve;
