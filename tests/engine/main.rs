//! The engine, asked from outside. One program, so that it is linked once and its tests share the processor; those
//! that measure time, or start compilers, have programs of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod animation;
mod captions;
mod clips;
mod copy;
mod download;
mod frames;
mod index;
mod jobs;
mod links;
mod offsets;
mod parts;
mod plans;
mod probe;
mod requests;
mod sound;
mod sources;
mod storyboard;
mod sync;
mod thumbnails;
mod watermark;
