//! wip

mod av;
mod cancel;
mod error;
mod limits;
pub mod engine;
pub mod manifest;
mod mux;
mod planner;
pub mod plan;
pub mod probe;
mod segment;
mod sink;
mod source;
pub mod thumbnail;
mod time;
#[cfg(feature = "verify")]
pub mod verify;

pub use cancel::Cancel;
pub use error::{Error, ErrorKind, Result};
pub use limits::Limits;
pub use plan::{Ladder, Plan, Rung};
pub use engine::{Job, JobOptions, Progress, Summary, TrackSummary};
pub use planner::{plan, plan_within};
pub use probe::{MediaInfo, probe, probe_within};
pub use segment::{init_segment, segment};
pub use sink::{CallbackSink, DirSink, MemorySink, SharedSink, Sink};
pub use source::{BytesSource, FileSource, ReaderSource, SharedSource, Source};
pub use thumbnail::{ImageFormat, Thumbnail, ThumbnailOptions, thumbnail};
pub use time::Rational;
