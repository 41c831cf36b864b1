//! What everything else stands on: errors, limits, cancellation, exact numbers.

mod cancel;
mod error;
pub(crate) mod hex;
mod limits;
mod rational;

pub use cancel::Cancel;
#[cfg(feature = "http")]
pub(crate) use cancel::check_current;
pub(crate) use cancel::{Pause, Watch};
pub(crate) use error::guarded;
pub use error::{Error, ErrorKind, Result};
pub use limits::Limits;
pub use rational::Rational;
