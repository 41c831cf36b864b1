//! wip

mod av;
mod cancel;
mod error;
mod limits;
mod mux;
mod planner;
pub mod plan;
pub mod probe;
mod segment;
mod sink;
mod source;
mod time;

pub use cancel::Cancel;
pub use error::{Error, ErrorKind, Result};
pub use limits::Limits;
pub use plan::{Ladder, Plan, Rung};
pub use planner::{plan, plan_within};
pub use probe::{probe, probe_within};
pub use segment::{init_segment, segment};
pub use sink::{CallbackSink, DirSink, MemorySink, SharedSink, Sink};
pub use source::{BytesSource, FileSource, ReaderSource, SharedSource, Source};
pub use time::Rational;
