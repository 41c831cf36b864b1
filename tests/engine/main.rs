//! The engine, asked from outside. One program, so that it is linked once and its tests share the processor; those
//! that measure time, or start compilers, have programs of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod inputs;
mod job;
mod manifest;
mod media_files;
mod package;
mod plan;
mod planner;
mod probe;
mod processors;
mod segment;
mod source;
mod threads;
mod thumbnail;
mod verified;
