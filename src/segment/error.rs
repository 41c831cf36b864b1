//! Errors for segments that do not exist.

use crate::base::{Error, ErrorKind};

pub(super) fn out_of_range(index: u32, count: u32) -> Error {
    let message = format!("there is no segment {index}: the last is {}", count.saturating_sub(1));
    Error::new(ErrorKind::OutOfRange, message)
}
