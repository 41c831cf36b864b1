//! vodkit for C: the Rust API under C names, one file for each object, in the order in which a program meets them.
//! `include/vodkit.h` is made from these files and their comments by `tests/header.rs`; what holds for all functions
//! is said in `preamble.h`.
//!
//! No logic lives here: arguments are checked and turned into Rust, and results into C.
#![allow(non_camel_case_types)]
// The contract of all functions is the header's preamble, in C's terms.
#![allow(clippy::missing_safety_doc)]

pub mod animation;
pub mod bytes;
mod call;
pub mod callback;
pub mod cancel_token;
pub mod captions;
pub mod error;
pub mod job;
pub mod job_options;
pub mod ladder;
pub mod limits;
pub mod link;
pub mod log;
pub mod manifest;
pub mod media_info;
mod options;
pub mod package;
pub mod plan;
pub mod pool;
pub mod rational;
pub mod segment;
pub mod sink;
pub mod source;
pub mod task;
pub mod thumbnail;
pub mod thumbnail_cache;
pub mod thumbnail_maker;
pub mod verify;
pub mod version;

use rational::vodkit_rational;
