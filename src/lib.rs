//! vodkit turns any video into what a streaming service needs: an adaptive ladder of renditions, cut into
//! segments for HLS and DASH, thumbnails, and storyboards. It is a library, to build a service on.
//!
//! Its one idea: **a segment is a pure function of source, plan, track and index**. [`plan`](fn@plan) looks
//! at a source once and writes down everything that was decided, as plain data. After that [`segment`](fn@segment)
//! makes any segment from the source and the [`Plan`], alone, with the same bytes wherever and in whatever
//! order it is asked. A [`Job`] makes all of them on all cores and writes the manifests.
//!
//! ```no_run
//! use std::sync::Arc;
//! use vodkit::{DirSink, FileSource, Job, JobOptions, Ladder};
//!
//! let source: vodkit::SharedSource = Arc::new(FileSource::open("holiday.mp4")?);
//! let info = vodkit::probe(&source)?;
//! println!("{} seconds", info.duration.to_f64());
//!
//! let plan = vodkit::plan(&source, &Ladder::default())?;
//! let sink = Arc::new(DirSink::open("holiday")?);
//! let summary = Job::start(source, plan, sink, JobOptions::default())?.wait()?;
//! println!("{} tracks in holiday/master.m3u8", summary.tracks.len());
//! # Ok::<(), vodkit::Error>(())
//! ```
//!
//! The data flows one way: [`Source`] → [`probe()`] → [`plan()`] → [`segment()`] → [`Sink`], with
//! [`manifest`] beside it. All that is read is bounded by [`Limits`]; all that fails is an [`Error`] with a
//! stable [`ErrorKind`] and one sentence that says what, where and what to do. Events go to `tracing`; the
//! library installs no subscriber.

mod base;
mod codec;
mod ffmpeg;
pub mod job;
pub mod layout;
pub mod manifest;
pub mod media;
mod mux;
pub mod package;
pub mod plan;
mod planner;
mod probe;
mod segment;
mod sink;
mod source;
pub mod thumbnail;

pub use base::{Cancel, Error, ErrorKind, Limits, Rational, Result};
pub use codec::Profile;
pub use job::{Job, JobOptions, Progress};
pub use media::MediaInfo;
pub use package::{Summary, TrackSummary, save_mp4, update_package, write_mp4};
pub use plan::{Captions, Clip, CopyTop, Ladder, Plan, Rung, StoryboardOptions, Watermark, WatermarkPosition};
pub use planner::{plan, plan_within};
pub use probe::{probe, probe_within};
pub use segment::{init_segment, segment};
pub use sink::{CallbackSink, DirSink, MemorySink, SharedSink, Sink};
pub use source::{BytesSource, FileSource, ReaderSource, SharedSource, Source};
#[cfg(feature = "http")]
pub use source::{HttpOptions, HttpSource};
pub use thumbnail::{
    AnimationOptions, ImageFormat, Thumbnail, ThumbnailOptions, plan_animation, plan_thumbnail, thumbnail,
    thumbnail_within,
};

/// This crate's version, such as `"0.1.0"`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
