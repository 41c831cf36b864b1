//! Reads a finished package of vodkit back and reports each rule that it breaks: of HLS, DASH, CMAF, WebVTT and
//! JPEG, and of its own plan.
//!
//! This crate shares no code with the one that writes packages. Playlists, manifests and boxes are read with other
//! authors' parsers, `plan.json` by a reader of its own, and bit rates, times and codec strings are worked out anew
//! from the bytes.
//!
//! ```no_run
//! let report = vodkit_verify::verify("out/film")?;
//! for finding in &report.findings {
//!     eprintln!("{finding}");
//! }
//! assert!(report.is_clean());
//! # Ok::<(), vodkit_verify::Error>(())
//! ```
//!
//! A [`Report`] serializes with serde, for hosts that pass it on as JSON.

mod bit_rate;
mod captions;
mod chapters;
mod cmaf;
mod consistency;
mod dash;
mod durations;
mod error;
mod files;
mod folder;
mod guard;
mod h264_level;
mod hls;
mod layout;
mod notes;
mod package;
mod plan;
mod rational;
mod rendition;
mod report;
mod storyboard;
mod text;
mod timeline;
mod webvtt;

pub use error::{Error, Result};
pub use package::verify;
pub use report::{Finding, Report};
