//! The plan itself.

mod checks;
mod json;
mod renditions;
mod texts;
