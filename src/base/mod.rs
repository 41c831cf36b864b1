//! Errors, limits, cancellation and exact time: used by every other folder.

mod cancel;
mod cores;
mod damage;
mod error;
pub(crate) mod hex;
mod limits;
mod long_vec;
mod rational;
mod setters;
mod watch;

pub use cancel::CancelToken;
pub(crate) use cores::cores;
pub(crate) use damage::{Damage, MAX_MOMENTS, Moments};
pub use error::{Error, ErrorKind, Result};
pub(crate) use error::{guarded, words};
pub use limits::Limits;
pub(crate) use long_vec::long_vec;
pub use rational::Rational;
pub(crate) use setters::setters;
#[cfg(feature = "http")]
pub(crate) use watch::check_current;
pub(crate) use watch::{Pause, Watch};
