//! What no plan can be made of.

use crate::base::{Error, ErrorKind};

pub(super) fn unsupported(message: String) -> Error {
    Error::new(ErrorKind::Unsupported, message)
}
