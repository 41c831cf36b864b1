//! What a ladder makes of a source.

mod clips;
mod odd_sources;
