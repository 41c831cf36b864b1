//! The plan itself.

mod checks;
mod json;
mod mutated;
mod renditions;
mod texts;
