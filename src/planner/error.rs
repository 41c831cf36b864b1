//! Errors for sources that cannot be planned.

use crate::base::{Error, ErrorKind};

pub(super) fn unsupported(message: String) -> Error {
    Error::new(ErrorKind::Unsupported, message)
}
