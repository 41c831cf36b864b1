//! Arithmetic on samples: mixing down, limiting. The same numbers on every processor: sums in a fixed order, and no
//! function of the system's mathematics library. No FFmpeg.

mod limiter;
mod mix;

pub(crate) use limiter::limit;
pub(crate) use mix::{Mix, Speaker, together};
