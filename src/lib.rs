//! vodkit turns any video into what a streaming service needs: an adaptive ladder of renditions, cut into
//! segments for HLS and DASH, thumbnails, and storyboards. It is a library, to build a service on.
//!
//! Its one idea: **a segment is a pure function of source, plan, rendition and index**. [`plan`](fn@plan) looks
//! at a source once and writes down everything that was decided, as plain data. After that [`segment`](fn@segment)
//! makes any segment from the source and the [`Plan`], alone, with the same bytes wherever and in whatever
//! order it is asked. A [`Job`] makes all of them on all cores and writes the manifests.
//!
//! ```no_run
//! use std::sync::Arc;
//! use vodkit::{DirSink, Job, JobOptions, Ladder, Source};
//!
//! let source = Source::file("holiday.mp4")?;
//! let info = vodkit::probe(&source)?;
//! println!("{} seconds", info.duration.to_f64());
//!
//! let plan = vodkit::plan(&source, &Ladder::default())?;
//! let sink = Arc::new(DirSink::open("holiday")?);
//! let summary = Job::start(&source, &plan, sink, JobOptions::default())?.wait()?;
//! println!("{} renditions in holiday/master.m3u8", summary.renditions.len());
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
mod sound;
mod source;
pub mod thumbnail;

/// What segments, pictures and files come in.
pub use bytes::Bytes;

pub use base::{CancelToken, Error, ErrorKind, Limits, Rational, Result};
pub use codec::Profile;
pub use job::{Job, JobOptions, Pool, Progress};
pub use media::{MediaInfo, QuickInfo};
pub use package::{Package, RenditionSummary, Summary};
pub use plan::{
    Captions, Clip, CopyTop, Ladder, Plan, Rung, StoryboardOptions, Warning, WarningKind, Watermark, WatermarkPosition,
};
pub use planner::plan;
pub use probe::{probe, probe_quick};
pub use segment::{SegmentMaker, init_segment, segment};
pub use sink::{CallbackSink, DirSink, MemorySink, SharedSink, Sink};
#[cfg(feature = "http")]
pub use source::HttpOptions;
pub use source::{ReadAt, Source};
pub use thumbnail::{
    AnimationOptions, ImageFormat, Thumbnail, ThumbnailCache, ThumbnailMaker, ThumbnailOptions, plan_animation,
    plan_thumbnail, thumbnail,
};

/// This crate's version, such as `"0.1.0"`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The code of the README and of the guide compiles, and holds what it asserts.
#[cfg(doctest)]
mod guide {
    macro_rules! pages {
        ($($name:ident: $file:literal),*) => {
            $(#[doc = include_str!(concat!("../", $file))] struct $name;)*
        };
    }
    pages! {
        Readme: "README.md",
        GettingStarted: "docs/guide/getting-started.md",
        Concepts: "docs/guide/concepts.md",
        Ladder: "docs/guide/ladder.md",
        OnRequest: "docs/guide/on-request.md",
        Storage: "docs/guide/storage.md",
        Safety: "docs/guide/safety.md",
        Hosting: "docs/guide/hosting.md"
    }
}
