//! The plan itself.

mod checks;
