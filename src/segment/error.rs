//! What a plan can lack.

use crate::base::{Error, ErrorKind};

pub(super) fn out_of_range(index: u32, count: usize) -> Error {
    let message = format!("there is no segment {index}: the last is {}", count.saturating_sub(1));
    Error::new(ErrorKind::OutOfRange, message)
}

pub(super) fn no_pictures() -> Error {
    Error::new(ErrorKind::InvalidPlan, "the plan has a track of pictures but no pictures")
}
